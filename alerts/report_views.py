"""The reports: how fast alerts are answered, which rules make noise, which days were loud."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from alerts import quieting, reports
from alerts.conditions import BrokenRule
from alerts.models import Alert, Rule
from alerts.walltime import midnight
from ops_portal.lib.sheets import csv_file

RANGES = (("7", "7 days"), ("30", "30 days"), ("90", "90 days"))
WEEKS = (("13", "3 months"), ("26", "6 months"), ("53", "A year"))
MOST_OF_A_DAY = 100  # alerts that are listed
PROPOSED_OVER = 30  # days
RESPONSE_COLUMNS = [
    "by", "key", "fired", "acknowledged", "acknowledge_mean_seconds", "acknowledge_median_seconds",
    "acknowledge_p90_seconds", "resolved", "resolve_mean_seconds", "resolve_median_seconds",
    "resolve_p90_seconds",
]  # fmt: skip
NOISE_COLUMNS = [
    "rule", "fired", "acked", "acted", "by_itself", "by_itself_ratio", "acked_ratio",
    "median_seconds", "messages",
]  # fmt: skip


@require_safe
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def response(request: HttpRequest) -> HttpResponse:
    """Times to acknowledge and to resolve, by week, rule and person."""
    days, since = _since(request)
    found = reports.response(since=since, zone=timezone.get_current_timezone_name())
    most = max((line.fired for line in found.weeks), default=0)
    context = {"found": found, "most": most, "range": str(days), "ranges": RANGES}
    return render(request, "alerts/reports/response.html", context)


@require_safe
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def noise(request: HttpRequest) -> HttpResponse:
    """The rules by how much of what they tell needs nobody."""
    days, since = _since(request)
    lines = reports.noise(since=since)
    context = {
        "lines": lines,
        "fired": sum(line.fired for line in lines),
        "by_itself": sum(line.by_itself for line in lines),
        "range": str(days),
        "ranges": RANGES,
    }
    return render(request, "alerts/reports/noise.html", context)


@require_safe
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def response_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The tables of the page one below the other; `by` says which."""
    _, since = _since(request)
    found = reports.response(since=since, zone=timezone.get_current_timezone_name())
    tables = {
        "all": [found.whole],
        "week": found.weeks,
        "rule": found.rules,
        "person": found.people,
    }
    rows = (
        [by, line.key, line.fired, *line.acked, *line.resolved]
        for by, lines in tables.items()
        for line in lines
    )
    return csv_file(RESPONSE_COLUMNS, rows, name="response")


@require_safe
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def noise_csv(request: HttpRequest) -> StreamingHttpResponse:
    _, since = _since(request)
    rows = ([getattr(line, name) for name in NOISE_COLUMNS] for line in reports.noise(since=since))
    return csv_file(NOISE_COLUMNS, rows, name="noise")


@require_safe
@login_required
@permission_required("alerts.replay_rule", raise_exception=True)
def proposal(request: HttpRequest, rule_name: str) -> HttpResponse:
    """The smallest change that would have quieted the rule, found by replay."""
    rule = get_object_or_404(Rule, name=rule_name)
    context: dict[str, Any] = {"rule": rule, "days": PROPOSED_OVER}
    try:
        context["found"] = quieting.propose(rule, days=PROPOSED_OVER, now=timezone.now())
    except BrokenRule as error:
        context["problem"] = str(error)
    return render(request, "alerts/reports/proposal.html", context)


@require_safe
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def calendar(request: HttpRequest) -> HttpResponse:
    """Every day with its number of alerts, and the alerts of the day that is chosen."""
    zone = ZoneInfo(timezone.get_current_timezone_name())
    today = timezone.localdate()
    given = request.GET.get("range", "")
    weeks = int(given) if given in dict(WEEKS) else int(WEEKS[0][0])
    first = today - timedelta(days=today.weekday() + 7 * (weeks - 1))
    chosen = _day(request.GET.get("day", ""))
    context = {
        "weeks": reports.calendar(
            first=first, today=today, since=midnight(first, zone), zone=str(zone)
        ),
        "range": str(weeks),
        "ranges": WEEKS,
        "chosen": chosen,
        "alerts": _alerts_of(chosen, zone) if chosen else (),
        "most": MOST_OF_A_DAY,
    }
    return render(request, "alerts/reports/calendar.html", context)


def _since(request: HttpRequest) -> tuple[int, datetime]:
    """The range of the address, whole days of the reader; anything unreadable is 30 days."""
    given = request.GET.get("range", "")
    days = int(given) if given in dict(RANGES) else 30
    zone = ZoneInfo(timezone.get_current_timezone_name())
    first = timezone.localdate() - timedelta(days=days - 1)
    return days, midnight(first, zone)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 < day.year < 2100 else None


def _alerts_of(day: date, zone: ZoneInfo) -> list[Alert]:
    start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    found = Alert.objects.filter(started_at__gte=start, started_at__lt=end)
    return list(found.select_related("acknowledged_by", "resolved_by")[:MOST_OF_A_DAY])
