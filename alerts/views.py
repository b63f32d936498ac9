"""The alerts list, the page of one alert, and what people do there."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from alerts import (
    actions,
    around,
    forms,
    handover,
    listing,
    measures,
    plan,
    replies,
    routing,
    timeline,
)
from alerts.acts import acting, read, said
from alerts.forms import AssignForm, SnoozeForm
from alerts.models import Alert, Severity
from alerts.replies import Reply
from analytics import live
from ops_portal.lib import remembered
from ops_portal.lib.bearer import takes_token

SEEN_BEFORE = 5  # earlier episodes shown


@require_safe
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def index(request: HttpRequest) -> HttpResponse:
    """The list. `seq` is read before the rows, so that no change falls between page and socket."""
    seq, now = live.position(), timezone.now()
    make = partial(_list, request, seq=seq, now=now)
    return remembered.shared(request, make, fresh={"seq": seq}, now=now)


def _list(request: HttpRequest, *, seq: str, now: datetime) -> HttpResponse:
    filters = forms.filters(request.GET)
    after = request.GET.get("after", "")
    rows, older = listing.page(filters, after=after, now=now)
    counts = listing.counts(filters, now=now)
    values = {
        "filters": filters,
        "rows": tuple(rows),
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
        "maintenance": tuple(
            (each.id, each.reason, each.by) for each in routing.maintenance(now=now)
        ),
    }
    return remembered.render(request, "alerts/index.html", values, fresh={"seq": seq}, now=now)


@takes_token
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
        "unit": measures.unit(alert.rule_snapshot),
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


@acting("alerts.acknowledge_alert")
def acknowledge(request: HttpRequest, pk: int) -> Reply:
    """200 also for whoever comes second: the answer says who was first and when."""
    return replies.acknowledged(actions.acknowledge(pk, **said(request)))


@acting("alerts.acknowledge_alert")
def snooze(request: HttpRequest, pk: int) -> Reply:
    """Acknowledge until a time; then it fires again."""
    form, told = read(SnoozeForm(request.POST)), said(request)
    return replies.acknowledged(actions.snooze(pk, until=form.end(told["now"]), **told))


@acting("alerts.acknowledge_alert")
def assign(request: HttpRequest, pk: int) -> Reply:
    """Say who works on it; refused when it was assigned to another meanwhile."""
    chosen = read(AssignForm(request.POST)).cleaned_data
    return replies.assigned(
        handover.assign(pk, to=chosen["to"], expected=chosen["expected"], **said(request))
    )


@acting("alerts.resolve_alert")
def reopen(request: HttpRequest, pk: int) -> Reply:
    """A new alert goes on where this one was closed too early."""
    return replies.reopened(handover.reopen(pk, **said(request)))


@acting("alerts.acknowledge_alert")
def unacknowledge(request: HttpRequest, pk: int) -> Reply:
    return replies.given_back(actions.unacknowledge(pk, **said(request)))


@acting("alerts.acknowledge_alert")
def escalate(request: HttpRequest, pk: int) -> Reply:
    """Take the next step now."""
    told = said(request)
    return replies.escalated(actions.escalate(pk, by=told["by"], now=told["now"]))


@acting("alerts.resolve_alert")
def resolve(request: HttpRequest, pk: int) -> Reply:
    return replies.resolved(actions.resolve(pk, **said(request)))


@acting("alerts.comment_alert")
def comment(request: HttpRequest, pk: int) -> Reply:
    return replies.commented(actions.comment(pk, **said(request)))


def _query(request: HttpRequest, **changes: Any) -> str:
    """The address of the list with these parameters changed and the place forgotten."""
    kept = {name: values for name, values in request.GET.lists() if name != "after"}
    return f"?{urlencode(kept | changes, doseq=True)}"
