"""The page of one trade."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from analytics import journey
from analytics.models import Execution, Trade
from ops_portal.lib.words import ABSENT, NARROW, duration, quantity, signed


@require_safe
@login_required
@permission_required("analytics.view_trade", raise_exception=True)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    trade = get_object_or_404(Trade, pk=pk)
    found = journey.of(trade)
    context = {
        "trade": trade,
        "journey": found,
        "fees": [(currency, quantity(paid)) for currency, paid in sorted(found.fees.items())],
        "begins": found.opened_at or trade.closed_at,
        "quantity": quantity(trade.quantity),
        "entry": quantity(found.entry),
        "exit": quantity(trade.price),
        "slippage": None if found.slippage_bps is None else signed(found.slippage_bps, 2),
        "fills": [_fill(report) for report in found.reports],
    }
    return render(request, "analytics/trade.html", context)


def _fill(report: Execution) -> dict[str, Any]:
    """One report of an order, in words."""
    bps = report.slippage_bps
    fee = quantity(report.fee)
    return {
        "at": report.ts,
        "order": report.order_id or report.execution_id,
        "side": report.side,
        "status": report.status.replace("_", " ").capitalize(),
        "quantity": quantity(report.quantity),
        "asked": quantity(report.requested_price),
        "paid": quantity(report.price),
        "slippage": ABSENT if bps is None else f"{signed(bps, 2)}{NARROW}bps",
        "latency": duration(report.execution_seconds),
        "fee": fee if report.fee is None else f"{fee}{NARROW}{report.fee_currency}".rstrip(NARROW),
        "pnl": report.pnl,
    }
