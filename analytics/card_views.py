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

from analytics import asked, card, choices, comparison, figuregroups, formulas, moving, scorecard
from analytics.asked import ALL, Asked
from analytics.performance.undefined import WORDS
from analytics.sums_views import Sums
from ops_portal.lib.sheets import csv_file

SEEN = permission_required("analytics.view_trade", raise_exception=True)
MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
DAILY = ("day", "trades", "pnl", "fees", "funding", "ledger_fees", "flow", "equity", "return")


def _state(view: Asked, now: datetime) -> dict[str, Any]:
    return card.state(view, now=now, reader=timezone.get_current_timezone())


page, state = Sums(
    "analytics/performance.html",
    "analytics.view_trade",
    _state,
    more={"months": MONTHS, "windows": moving.WORDS, "closer": figuregroups.CLOSER},
    otherwise=ALL,
).views()


@require_safe
@login_required
@SEEN
def days(request: HttpRequest, form: str) -> HttpResponseBase:
    """The days of the choice as `csv`, or every figure as `json`."""
    now = timezone.now()
    view = asked.read(request.GET, choices.known(), now=now, otherwise=ALL)
    account = card.account_of(view)
    with connection.cursor() as cursor:
        measured = scorecard.measure(cursor, account, scorecard.basis_of(account))
        found = scorecard.brief(cursor, measured, now=now)
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
def more(request: HttpRequest) -> JsonResponse:
    """What the page shows last: moving windows, and strategies beside each other."""
    view = asked.read(request.GET, choices.known(), now=timezone.now(), otherwise=ALL)
    account = card.account_of(view)
    window = moving.WINDOWS.get(request.GET.get("window", ""), moving.DEFAULT)
    with connection.cursor() as cursor:
        measured = scorecard.measure(cursor, account, scorecard.basis_of(account))
        found = {
            "scope": account.chosen,
            "words": WORDS,
            "rolling": moving.curves(cursor, measured, window),
            "strategies": comparison.lines(
                cursor, account, comparison.strategies(cursor, view.scope)
            ),
            "closer": figuregroups.closer(
                cursor, measured, benchmark=request.GET.get("benchmark", "")
            ),
        }
    return JsonResponse(found)


@require_safe
@login_required
@SEEN
def explained(request: HttpRequest) -> HttpResponse:
    return render(request, "analytics/formulas.html", {"formulas": formulas.formulas()})
