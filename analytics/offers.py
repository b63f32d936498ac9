"""The tables and charts that each trading page offers as files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from analytics import sheets
from analytics.sheets import Maker


class Offer(NamedTuple):
    """A sheet, its words in the menu, and the page that shows it."""

    word: str
    page: str
    make: Maker


SEEN: Mapping[str, str] = {
    "trading": "analytics.view_trade",
    "performance": "analytics.view_trade",
    "risk": "analytics.view_riskdecision",
    "execution": "analytics.view_execution",
}
BEFORE = "Beside the period before"  # where it is compared
OFFERS: Mapping[str, Offer] = {
    "trades": Offer("Trades of the range", "trading", sheets.trades),
    "pnl": Offer("Profit and loss", "trading", sheets.pnl),
    "signals": Offer("Signals", "trading", sheets.signals),
    "positions": Offer("Open positions", "trading", sheets.held),
    "funnel": Offer("From signal to trade", "trading", sheets.funnel),
    "tradesbefore": Offer(BEFORE, "trading", sheets.compared_trades),
    "days": Offer("Days", "performance", sheets.days),
    "figures": Offer("All figures", "performance", sheets.figures),
    "months": Offer("Months", "performance", sheets.months),
    "shares": Offer("By strategy and symbol", "performance", sheets.shares),
    "window": Offer("Moving window", "performance", sheets.window),
    "strategies": Offer("Strategies", "performance", sheets.strategies),
    "daysbefore": Offer(BEFORE, "performance", sheets.compared_days),
    "drawdown": Offer("Drawdown", "risk", sheets.drawdown),
    "limits": Offer("Limits", "risk", sheets.limits),
    "exposure": Offer("Exposure", "risk", sheets.exposure),
    "hours": Offer("Hours and weekdays", "risk", sheets.hours),
    "decisions": Offer("Decisions", "risk", sheets.decisions),
    "refusals": Offer("Why it said no", "risk", sheets.refusals),
    "riskbefore": Offer(BEFORE, "risk", sheets.compared_risk),
    "orders": Offer("Reports of orders", "execution", sheets.orders),
    "latency": Offer("Latency", "execution", sheets.latency),
    "slippage": Offer("Slippage", "execution", sheets.slippage),
    "rejections": Offer("Rejections", "execution", sheets.rejections),
    "ordersbefore": Offer(BEFORE, "execution", sheets.compared_orders),
}


def of_pages(*, compares: bool) -> dict[str, list[tuple[str, str]]]:
    """Page -> the names and words of its files."""
    found: dict[str, list[tuple[str, str]]] = {page: [] for page in SEEN}
    for name, offer in OFFERS.items():
        if compares or offer.word != BEFORE:
            found[offer.page].append((name, offer.word))
    return found
