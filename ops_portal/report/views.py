"""The page of the report, and who gets it by mail."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from analytics import asked, choices, toolbar
from analytics.paths import WHOLE
from analytics.scope import Scope
from ops_portal.lib.words import money
from ops_portal.models import ReportMail, ReportReader
from ops_portal.report import content, drawing, periods, sending
from ops_portal.report.content import Report
from ops_portal.report.periods import Period

SEEN = permission_required("analytics.view_trade", raise_exception=True)


@require_safe
@login_required
@SEEN
def page(request: HttpRequest) -> HttpResponse:
    """`?week=2026-W47`, `?month=2026-11` or `?from=2026-11-02&to=2026-11-13`, with a scope."""
    now = timezone.now()
    known = choices.known()
    scope = asked.read(request.GET, known, now=now).scope
    report = _asked(scope, request.GET.dict(), now=now)
    context = {
        **toolbar.scopes(scope, known),
        "report": report,
        "links": _links(report.period, scope, today=now.date()),
        "kept": [*report.period.query.items()],
        "kept_scope": list(_query(scope).items()),
        "scope_query": urlencode(_query(scope)),
        **_drawn(report),
    }
    return render(request, "ops_portal/report/page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@permission_required(sending.PERMISSIONS, raise_exception=True)
def by_mail(request: HttpRequest) -> HttpResponse:
    """Whether one gets the report of each week by mail."""
    user = cast("User", request.user)
    if request.method == "POST":
        weekly = "weekly" in request.POST
        sending.choose(user, weekly=weekly, now=timezone.now())
        said = "You get the report of each week." if weekly else "No report is mailed to you."
        messages.success(request, said)
        return redirect("report-mail")
    context = {
        "chosen": ReportReader.objects.filter(user=user).exists(),
        "last": ReportMail.objects.filter(user=user).order_by("-first").first(),
        "hour": settings.WEEKLY_REPORT_HOUR,
    }
    return render(request, "ops_portal/report/by_mail.html", context)


def _asked(scope: Scope, query: dict[str, str], *, now: datetime) -> Report:
    """Of the period that is named; else of the last week, or this one if nothing is older."""
    named, week = periods.asked(query, today=now.date()), periods.week_of(now.date())
    report = content.read(scope, named or week.before, now=now)
    if named or report.days:
        return report
    return content.read(scope, week, now=now)


def _links(period: Period, scope: Scope, *, today: Any) -> dict[str, str]:
    """Addresses: the neighbours, and the week and the month that are over and that run."""
    week, month = periods.week_of(today), periods.month_of(today)
    ways = {
        "before": period.before,
        "after": period.after,
        "last_week": week.before,
        "week": week,
        "last_month": month.before,
        "month": month,
    }
    return {
        name: f"?{urlencode(one.query | _query(scope))}"
        for name, one in ways.items()
        if one.first <= today
    }


def _query(scope: Scope) -> dict[str, str]:
    told = {**scope.chosen, "strategy": "" if scope.strategy == WHOLE else scope.strategy}
    return {name: value for name, value in told.items() if value}


def _drawn(report: Report) -> dict[str, Any]:
    titles = [f"{day['day']}: {money(day['pnl'], report.scope.currency)}" for day in report.days]
    return {
        "curve": drawing.curve(report.levels),
        "falls": drawing.curve([0.0, *report.falls], top=0.0) if report.falls else None,
        "bars": drawing.bars([day["pnl"] for day in report.days], titles),
    }
