"""The alerts list, the page of one alert, and what people do there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from alerts import actions, around, listing, replies, routing, timeline
from alerts.forms import BulkForm, FilterForm, NoteForm
from alerts.models import Alert, Severity
from analytics import live

SEEN_BEFORE = 5  # earlier episodes shown


@require_safe
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def index(request: HttpRequest) -> HttpResponse:
    """The list. `seq` is read before the rows, so that no change falls between page and socket."""
    seq, now = live.position(), timezone.now()
    filters = FilterForm(request.GET).filters()
    after = request.GET.get("after", "")
    rows, older = listing.page(filters, after=after, now=now)
    counts = listing.counts(filters, now=now)
    context = {
        "seq": seq,
        "filters": filters,
        "rows": rows,
        "blank": listing.blank(),
        "tabs": [
            (tab, word, counts[tab], _query(request, tab=tab)) for tab, word in listing.TABS.items()
        ],
        "first": _query(request) if after else "",
        "older": f"{_query(request)}&{urlencode({'after': older})}" if older else "",
        "clear": f"?tab={filters.tab}",
        "severities": Severity.choices,
        "envs": listing.ENVS,
        "maintenance": routing.maintenance(now=now),
    }
    return render(request, "alerts/index.html", context)


@require_safe
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def counts(request: HttpRequest) -> JsonResponse:
    """The numbers of the tabs under the filters, and what fires by severity."""
    filters = FilterForm(request.GET).filters()
    tabs = listing.counts(filters, now=timezone.now())
    return JsonResponse({"tabs": tabs, "firing": listing.firing_by_severity()})


@require_safe
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    seq, now = live.position(), timezone.now()
    found = Alert.objects.select_related(
        "rule", "escalation", "acknowledged_by", "resolved_by", "previous"
    )
    alert = get_object_or_404(found, pk=pk)
    earlier = Alert.objects.filter(fingerprint=alert.fingerprint, started_at__lt=alert.started_at)
    context = {
        "seq": seq,
        "alert": alert,
        "metric": alert.rule_snapshot.get("metric", ""),
        "sentence": around.sentence(alert.rule_snapshot),
        "runbook": around.safe_link(alert.runbook_url),
        "lasted": around.lasted_seconds(alert),
        "next": around.next_step(alert),
        "items": timeline.of(alert),
        "chart": around.chart(alert, now=now),
        "earlier": earlier[:SEEN_BEFORE],
    }
    return render(request, "alerts/detail.html", context)


@require_POST
@login_required
@permission_required("alerts.acknowledge_alert", raise_exception=True)
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """200 also for whoever comes second: the answer says who was first and when."""
    note = _note(request)
    try:
        outcome = actions.acknowledge(pk, by=_user(request), note=note, now=timezone.now())
    except actions.NotOpen as refusal:
        return _answer(request, replies.resolved_already(refusal.alert))
    return _answer(request, replies.acknowledged(outcome))


@require_POST
@login_required
@permission_required("alerts.acknowledge_alert", raise_exception=True)
def acknowledge_many(request: HttpRequest) -> HttpResponse:
    """Several alerts with one note, each on its own: one that is taken does not stop the rest."""
    form = BulkForm(request.POST)
    if not form.is_valid():
        return _answer(request, replies.Reply("Choose at least one alert.", "warning", 400))
    taken, others = [], []
    for pk in form.cleaned_data["ids"]:
        try:
            outcome = actions.acknowledge(
                pk, by=_user(request), note=form.cleaned_data["note"], now=timezone.now()
            )
        except (actions.NotOpen, Alert.DoesNotExist):
            others.append(f"#{pk} is resolved")
        else:
            if outcome.won:
                taken.append(pk)
            else:
                others.append(replies.taken(outcome))
    return _answer(request, replies.acknowledged_many(taken, others))


@require_POST
@login_required
@permission_required("alerts.acknowledge_alert", raise_exception=True)
def unacknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    note = _note(request)
    try:
        alert = actions.unacknowledge(pk, by=_user(request), note=note, now=timezone.now())
    except actions.NotOpen as refusal:
        return _answer(request, replies.resolved_already(refusal.alert))
    except actions.NotAcknowledged as refusal:
        return _answer(request, replies.nobody_has_it(refusal.alert))
    return _answer(request, replies.given_back(alert))


@require_POST
@login_required
@permission_required("alerts.resolve_alert", raise_exception=True)
def resolve(request: HttpRequest, pk: int) -> HttpResponse:
    note = _note(request)
    try:
        alert = actions.resolve(pk, by=_user(request), note=note, now=timezone.now())
    except actions.NotOpen as refusal:
        return _answer(request, replies.resolved_already(refusal.alert))
    return _answer(request, replies.resolved(alert))


@require_POST
@login_required
@permission_required("alerts.comment_alert", raise_exception=True)
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        written = actions.comment(
            pk, by=_user(request), body=request.POST.get("note", ""), now=timezone.now()
        )
    except actions.EmptyComment as refusal:
        return _answer(request, replies.Reply(str(refusal), "warning", 400, alert_id=pk))
    return _answer(request, replies.Reply("Comment saved.", "ok", alert_id=written.alert_id))


def _answer(request: HttpRequest, reply: replies.Reply) -> HttpResponse:
    """JSON for our modules; for a plain form a message and the page it came from."""
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse(reply.as_json(), status=reply.status)
    messages.add_message(request, replies.LEVELS[reply.tone], reply.text)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("alert", args=[reply.alert_id]) if reply.alert_id else reverse("alerts")
    return HttpResponseRedirect(back)


def _note(request: HttpRequest) -> str:
    form = NoteForm(request.POST)
    form.is_valid()
    return str(form.cleaned_data.get("note", ""))


def _user(request: HttpRequest) -> User:
    """The logged-in person; login_required has seen to it."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def _query(request: HttpRequest, **changes: Any) -> str:
    """The address of the list with these parameters changed and the place forgotten."""
    query: QueryDict = request.GET.copy()
    query.pop("after", None)
    for name, value in changes.items():
        query[name] = str(value)
    return f"?{query.urlencode()}"
