"""The alerts list, the page of one alert, and what people do there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypedDict
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.models import User
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from alerts import actions, around, forms, handover, listing, plan, replies, routing, timeline
from alerts.forms import AssignForm, BulkForm, NoteForm, SnoozeForm
from alerts.models import Alert, Severity
from alerts.replies import Reply
from analytics import live

SEEN_BEFORE = 5  # earlier episodes shown
Act = Callable[..., Reply]


class _Said(TypedDict):
    by: User
    note: str
    now: datetime


@require_safe
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def index(request: HttpRequest) -> HttpResponse:
    """The list. `seq` is read before the rows, so that no change falls between page and socket."""
    seq, now = live.position(), timezone.now()
    filters = forms.filters(request.GET)
    after = request.GET.get("after", "")
    rows, older = listing.page(filters, after=after, now=now)
    counts = listing.counts(filters, now=now)
    context = {
        "seq": seq,
        "filters": filters,
        "rows": rows,
        "blank": listing.BLANK,
        "tabs": tuple(
            (tab, word, counts[tab], _query(request, tab=tab)) for tab, word in listing.TABS.items()
        ),
        "first": _query(request) if after else "",
        "older": f"{_query(request)}&{urlencode({'after': older})}" if older else "",
        "clear": f"?tab={filters.tab}",
        "query": request.GET.urlencode(),
        "frozen": "1" if filters.narrowed or after else "",
        "may_acknowledge": request.user.has_perm("alerts.acknowledge_alert"),
        "severities": tuple(Severity.choices),
        "envs": listing.ENVS,
        "snoozes": forms.SNOOZES,
        "maintenance": routing.maintenance(now=now),
    }
    return render(request, "alerts/index.html", context)


@require_safe
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def counts(request: HttpRequest) -> JsonResponse:
    """The numbers of the tabs under the filters, and what fires by severity."""
    filters = forms.filters(request.GET)
    tabs = listing.counts(filters, now=timezone.now())
    return JsonResponse({"tabs": tabs, "firing": listing.desk().firing})


@require_safe
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    seq, now = live.position(), timezone.now()
    found = Alert.objects.select_related(
        "rule", "escalation", "acknowledged_by", "resolved_by", "previous", "assignee"
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
        "plan": plan.of_alert(alert, now=now),
        "items": timeline.of(alert),
        "chart": around.chart(alert, now=now),
        "earlier": earlier[:SEEN_BEFORE],
        "snoozes": forms.SNOOZES,
        "people": handover.candidates() if alert.is_open else (),
    }
    return render(request, "alerts/detail.html", context)


def acting(permission: str) -> Callable[[Act], Callable[..., HttpResponse]]:
    """Make a view of what a person with this permission does: a POST, answered by a reply.

    What was refused is a reply too; an alert that does not exist is a page that does not.
    """

    def decorate(act: Act) -> Callable[..., HttpResponse]:
        @require_POST
        @login_required
        @permission_required(permission, raise_exception=True)
        @wraps(act)
        def view(request: HttpRequest, **found: int) -> HttpResponse:
            note = NoteForm(request.POST)
            if not note.is_valid():
                problem = " ".join(str(error) for error in note.errors["note"])
                return _answer(request, Reply(problem, "warning", 400, alert_id=found.get("pk")))
            try:
                reply = act(request, **found)
            except (*actions.REFUSALS, *handover.REFUSALS) as refusal:
                reply = replies.refused(refusal, **found)
            except Alert.DoesNotExist as missing:
                raise Http404 from missing
            return _answer(request, reply)

        return view

    return decorate


@acting("alerts.acknowledge_alert")
def acknowledge(request: HttpRequest, pk: int) -> Reply:
    """200 also for whoever comes second: the answer says who was first and when."""
    return replies.acknowledged(actions.acknowledge(pk, **_said(request)))


@acting("alerts.acknowledge_alert")
def snooze(request: HttpRequest, pk: int) -> Reply:
    """Acknowledge until a time; then it fires again."""
    form, said = SnoozeForm(request.POST), _said(request)
    if not form.is_valid():
        return Reply("Choose until when.", "warning", 400, alert_id=pk)
    return replies.acknowledged(actions.snooze(pk, until=form.end(said["now"]), **said))


@acting("alerts.acknowledge_alert")
def assign(request: HttpRequest, pk: int) -> Reply:
    """Say who works on it; refused when it was assigned to another meanwhile."""
    form = AssignForm(request.POST)
    if not form.is_valid():
        return Reply("Choose somebody who is there.", "warning", 400, alert_id=pk)
    chosen = form.cleaned_data
    return replies.assigned(
        handover.assign(pk, to=chosen["to"], expected=chosen["expected"], **_said(request))
    )


@acting("alerts.resolve_alert")
def reopen(request: HttpRequest, pk: int) -> Reply:
    """A new alert goes on where this one was closed too early."""
    return replies.reopened(handover.reopen(pk, **_said(request)))


@acting("alerts.acknowledge_alert")
def acknowledge_many(request: HttpRequest) -> Reply:
    """Several alerts with one note, each on its own: one that is taken does not stop the rest."""
    form = BulkForm(request.POST)
    if not form.is_valid():
        return Reply("Choose at least one alert.", "warning", 400)
    taken, others = [], []
    said = _said(request)
    for pk in form.cleaned_data["ids"]:
        try:
            outcome = actions.acknowledge(pk, **said)
        except (actions.NotOpen, Alert.DoesNotExist):
            others.append(f"#{pk} is resolved")
        else:
            if outcome.won:
                taken.append(pk)
            else:
                others.append(replies.taken(outcome))
    return replies.acknowledged_many(taken, others)


@acting("alerts.resolve_alert")
def resolve_many(request: HttpRequest) -> Reply:
    """Several alerts with one note; those that are over already are named."""
    form, said = BulkForm(request.POST), _said(request)
    if not form.is_valid():
        return Reply("Choose at least one alert.", "warning", 400)
    done, others = [], []
    for pk in form.cleaned_data["ids"]:
        try:
            done.append(actions.resolve(pk, **said).pk)
        except (actions.NotOpen, Alert.DoesNotExist):
            others.append(f"#{pk} is resolved already.")
    return replies.resolved_many(done, others)


@acting("alerts.acknowledge_alert")
def unacknowledge(request: HttpRequest, pk: int) -> Reply:
    return replies.given_back(actions.unacknowledge(pk, **_said(request)))


@acting("alerts.acknowledge_alert")
def escalate(request: HttpRequest, pk: int) -> Reply:
    """Take the next step now."""
    said = _said(request)
    return replies.escalated(actions.escalate(pk, by=said["by"], now=said["now"]))


@acting("alerts.resolve_alert")
def resolve(request: HttpRequest, pk: int) -> Reply:
    return replies.resolved(actions.resolve(pk, **_said(request)))


@acting("alerts.comment_alert")
def comment(request: HttpRequest, pk: int) -> Reply:
    return replies.commented(actions.comment(pk, **_said(request)))


def _answer(request: HttpRequest, reply: Reply) -> HttpResponse:
    """JSON for our modules; for a plain form a message and the page it came from."""
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse(reply.as_json(), status=reply.status)
    messages.add_message(request, replies.LEVELS[reply.tone], reply.text)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("alert", args=[reply.alert_id]) if reply.alert_id else reverse("alerts")
    return HttpResponseRedirect(back)


def _said(request: HttpRequest) -> _Said:
    """Who acts, what they wrote and when it is."""
    assert isinstance(request.user, User)  # noqa: S101  login_required has seen to it
    return {"by": request.user, "note": request.POST.get("note", ""), "now": timezone.now()}


def _query(request: HttpRequest, **changes: Any) -> str:
    """The address of the list with these parameters changed and the place forgotten."""
    kept = {name: values for name, values in request.GET.lists() if name != "after"}
    return f"?{urlencode(kept | changes, doseq=True)}"
