"""The performance page, its state, its days as files, and how figures are made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from analytics import asked, card, charts, formulas, scorecard, toolbar
from analytics.asked import ALL, Asked
from analytics.live import position
from ops_portal.lib.sheets import csv_file

SEEN = permission_required("analytics.view_trade", raise_exception=True)
MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
DAILY = ("day", "trades", "pnl", "fees", "funding", "flow", "equity", "return")


@require_safe
@login_required
@SEEN
def page(request: HttpRequest) -> HttpResponse:
    now, seq = timezone.now(), position()
    known = charts.choices()
    view = asked.read(request.GET, known, now=now, otherwise=ALL)
    context = {
        **toolbar.of(request.GET, view, known),
        "state": _state(view, seq=seq, now=now),
        "months": MONTHS,
        "query": request.GET.urlencode(),
    }
    return render(request, "analytics/performance.html", context)


@require_safe
@login_required
@SEEN
def state(request: HttpRequest) -> JsonResponse:
    """What the page shows, for the page itself; equal to what a new page holds."""
    now, seq = timezone.now(), position()
    view = asked.read(request.GET, charts.choices(), now=now, otherwise=ALL)
    return JsonResponse(_state(view, seq=seq, now=now))


@require_safe
@login_required
@SEEN
def days(request: HttpRequest, form: str) -> HttpResponseBase:
    """The days of the choice as `csv`, or every figure as `json`."""
    now = timezone.now()
    view = asked.read(request.GET, charts.choices(), now=now, otherwise=ALL)
    account = card.account_of(view)
    with connection.cursor() as cursor:
        found = scorecard.brief(cursor, account, scorecard.basis_of(account), now=now)
    name = f"performance-{account.env}-{account.currency}"
    if form == "json":
        response = JsonResponse(found)
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
        return response
    lines = ([day[column] for column in DAILY] for day in found["daily"])
    return csv_file(DAILY, lines, name=name)


@require_safe
@login_required
@SEEN
def explained(request: HttpRequest) -> HttpResponse:
    return render(request, "analytics/formulas.html", {"formulas": formulas.formulas()})


def _state(view: Asked, *, seq: str, now: datetime) -> dict[str, Any]:
    return card.state(view, now=now) | {"seq": seq, "follows": view.follows}
