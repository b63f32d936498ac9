"""Doors without a login: the link of a mail, and the buttons of Slack and Telegram."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from alerts import actions, callbacks, links, replies
from alerts.callbacks import NotGenuine
from alerts.forms import NoteForm
from alerts.models import AckToken
from ops_portal.lib import http

logger = logging.getLogger(__name__)

SLACKS_OWN = "hooks.slack.com"
ANSWER_SECONDS = 2.0  # Slack waits three for ours


# The unguessable address is what a CSRF token would be; and without a referrer browsers send
# `Origin: null`, which Django's check refuses.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def take(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the alert and a button, whoever or whatever follows the link; POST takes it."""
    now = timezone.now()
    try:
        found = links.find(token, now=now)
        reply = _taken(request, found) if request.method == "POST" else None
    except links.DeadLink:
        return _private(render(request, "alerts/dead_link.html", status=410))
    except PermissionDenied:
        return _private(render(request, "alerts/may_not.html", status=403))
    shown = {"alert": reply.alert if reply and reply.alert else found.alert}
    context = {**shown, "reader": found.user, "reply": reply, "form": NoteForm()}
    return _private(render(request, "alerts/take.html", context))


def _taken(request: HttpRequest, found: AckToken) -> replies.Reply:
    form = NoteForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    now = timezone.now()
    try:
        with transaction.atomic():  # what is refused uses nothing up
            links.use(found, now=now)
            outcome = actions.acknowledge(
                found.alert_id, by=found.user, note=note, via="link", now=now
            )
    except actions.NotOpen as refusal:
        return replies.resolved_already(refusal.alert)
    return replies.acknowledged(outcome)


@csrf_exempt
@require_POST
def slack(request: HttpRequest) -> HttpResponse:
    """Slack's interactivity request URL."""
    if not settings.SLACK_SIGNING_SECRET:
        raise Http404
    now = timezone.now()
    try:
        press = callbacks.read_slack(
            request.body,
            timestamp=request.headers.get("X-Slack-Request-Timestamp", ""),
            signature=request.headers.get("X-Slack-Signature", ""),
            now=now,
        )
        text = callbacks.act(press, ip=_ip(request), now=now)
    except NotGenuine as refusal:
        return _refused(request, callbacks.SLACK, refusal)
    _whisper(press.answer_to, text)
    return HttpResponse()


@csrf_exempt
@require_POST
def telegram(request: HttpRequest) -> HttpResponse:
    """Telegram's webhook; its answer is the small notice above the button."""
    if not settings.TELEGRAM_WEBHOOK_SECRET:
        raise Http404
    token = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
    try:
        press = callbacks.read_telegram(request.body, token=token)
        if press is None:
            return HttpResponse()
        text = callbacks.act(press, ip=_ip(request), now=timezone.now())
    except NotGenuine as refusal:
        return _refused(request, callbacks.TELEGRAM, refusal)
    notice = {"callback_query_id": press.answer_to, "text": text[:200], "show_alert": False}
    return JsonResponse({"method": "answerCallbackQuery", **notice})


def _whisper(address: str, text: str) -> None:
    """Tell the one who pressed what came of it, where Slack said to."""
    host = urlsplit(address).hostname
    if host not in {SLACKS_OWN, urlsplit(settings.SLACK_API_URL).hostname}:
        return
    body = {"response_type": "ephemeral", "replace_original": False, "text": text}
    try:
        http.post_json(address, body, deadline=ANSWER_SECONDS)
    except (http.Forbidden, http.Unreachable) as error:
        logger.warning("Slack took no answer", extra={"error": str(error)})


def _refused(request: HttpRequest, service: str, refusal: NotGenuine) -> HttpResponse:
    digest = callbacks.digest_of(request.body)
    callbacks.refuse(service, digest, str(refusal), ip=_ip(request), now=timezone.now())
    return HttpResponse("Not genuine.\n", status=401, content_type="text/plain")


def _ip(request: HttpRequest) -> str:
    return str(get_adapter(request).get_client_ip(request) or "")


def _private(response: HttpResponse) -> HttpResponse:
    """The address holds the token: it goes to nobody, and no search engine keeps it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
