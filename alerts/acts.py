"""How a page answers what a person did: the rights, the note, the reply."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import TypedDict

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.models import User
from django.forms import Form
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from alerts import actions, handover, replies
from alerts.forms import NoteForm, problems
from alerts.models import Alert
from alerts.replies import Reply
from ops_portal.lib.bearer import takes_token, token_of

Act = Callable[..., Reply]


class Unread(Exception):
    """What was sent cannot be read; the message says why."""


class Said(TypedDict):
    by: User
    note: str
    now: datetime


def acting(permission: str) -> Callable[[Act], Callable[..., HttpResponse]]:
    """Make a view of what a person with this permission does: a POST, answered by a reply.

    What was refused is a reply too; an alert that does not exist is a page that does not.
    """

    def decorate(act: Act) -> Callable[..., HttpResponse]:
        @takes_token
        @require_POST
        @login_required
        @permission_required(permission, raise_exception=True)
        @wraps(act)
        def view(request: HttpRequest, **found: int) -> HttpResponse:
            try:
                read(NoteForm(request.POST))
                reply = act(request, **found)
            except Unread as problem:
                reply = Reply(str(problem), "warning", 400, alert_id=found.get("pk"))
            except (*actions.REFUSALS, *handover.REFUSALS) as refusal:
                reply = replies.refused(refusal, **found)
            except Alert.DoesNotExist as missing:
                raise Http404 from missing
            return _answer(request, reply)

        return view

    return decorate


def read[F: Form](form: F) -> F:
    """The form, when all of it can be read. Raises Unread, which `acting` answers."""
    if not form.is_valid():
        raise Unread(problems(form))
    return form


def said(request: HttpRequest) -> Said:
    """Who acts, what they wrote and when it is."""
    assert isinstance(request.user, User)  # noqa: S101  login_required has seen to it
    return {"by": request.user, "note": request.POST.get("note", ""), "now": timezone.now()}


def _answer(request: HttpRequest, reply: Reply) -> HttpResponse:
    """JSON for our modules and for scripts; for a form a message and the page it came from."""
    wants_json = request.headers.get("Accept", "").startswith("application/json")
    if wants_json or token_of(request.user):
        return JsonResponse(reply.as_json(), status=reply.status)
    messages.add_message(request, replies.LEVELS[reply.tone], reply.text)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("alert", args=[reply.alert_id]) if reply.alert_id else reverse("alerts")
    return HttpResponseRedirect(back)
