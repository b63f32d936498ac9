"""All figures of an account by group, and the days they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics import book, candles, orders, reported
from analytics.book import Account, Days
from analytics.performance import daily, returns
from analytics.performance.returns import Array
from analytics.performance.undefined import Figure, Undefined
from analytics.scorecard import risk, trading
from analytics.scorecard.basis import Basis
from analytics.scorecard.entries import MONEY, RATIO, Told, told

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper


def read(
    cursor: CursorWrapper, account: Account, basis: Basis, *, now: datetime, benchmark: str = ""
) -> dict[str, Any]:
    """JSON-able; money as text where it is exact. `benchmark` names the symbol of its candles."""
    days, closed = book.by_day(cursor, account), book.closed(cursor, account)
    start = None if basis.capital is None else basis.capital + days.before
    series = None if start is None else returns.of_pnl(
        days.gain, capital=float(start), flows=days.flows
    )  # fmt: skip
    found = None if series is None else daily.of(
        series, days_per_year=basis.days_per_year, risk_free=basis.risk_free
    )  # fmt: skip
    said = reported.of(cursor, account, now=now)
    carried = orders.of(cursor, account)
    total = Undefined.NO_CAPITAL if found is None else found.total_return
    closes, have = candles.closes(cursor, benchmark or account.symbol, days.day)
    return {
        "money": _money(days, start, said),
        "trades": trading.of_trades(days, closed),
        "returns": risk.of_returns(found, days),
        "drawdown": risk.of_falls(found, days, closed, start),
        "tails": risk.of_tails(found, days),
        "rolling": trading.of_the_last(closed, series, basis),
        "exposure": risk.of_exposure(days, closed, start, basis) | _stakes(said),
        "limits": {
            name: told(used, RATIO) for name, used in reported.limits(cursor, account).items()
        },
        "execution": trading.of_orders(carried),
        "funnel": trading.of_stages(carried),
        "benchmark": risk.of_benchmark(series, total, closes, have),
        "daily": _daily(days, series, start),
    }


def _money(days: Days, start: Decimal | None, said: Mapping[str, Figure]) -> dict[str, Told]:
    sums = days.tally
    gain = sums.pnl + days.totals["funding"] + days.totals["ledger_fees"]
    flows = days.totals["flows"]
    return {
        "net_pnl": told(sums.pnl, MONEY),
        "gross_profit": told(sums.gross_profit, MONEY),
        "gross_loss": told(sums.gross_loss, MONEY),
        **{name: told(amount, MONEY) for name, amount in days.totals.items()},
        "unrealized_pnl": told(said["unrealized_pnl"], MONEY),
        "equity_start": told(Undefined.NO_CAPITAL if start is None else start, MONEY),
        "equity_end": told(Undefined.NO_CAPITAL if start is None else start + gain + flows, MONEY),
    }


def _stakes(said: Mapping[str, Figure]) -> dict[str, Told]:
    """As the agent reports it."""
    return {
        "gross_exposure": told(said["gross_exposure"], MONEY),
        "net_exposure": told(said["net_exposure"], MONEY),
        "leverage": told(said["leverage"], RATIO),
        "margin_used_ratio": told(said["margin_used_ratio"], RATIO),
    }


def _daily(days: Days, series: Array | None, start: Decimal | None) -> list[dict[str, Any]]:
    """One row a day; floats, because the exact sums stand in `money`."""
    levels = (
        np.full(len(days.day) + 1, np.nan)
        if start is None
        else returns.equity(days.gain, capital=float(start), flows=days.flows)
    )
    columns = zip(
        days.day.tolist(), days.trades.tolist(), days.pnl.tolist(), days.fees.tolist(),
        days.funding.tolist(), days.flows.tolist(), levels[1:].tolist(),
        [None] * len(days.day) if series is None else series.tolist(), strict=True,
    )  # fmt: skip
    return [
        {
            "day": day.isoformat(), "trades": trades, "pnl": pnl, "fees": fees,
            "funding": funding, "flow": flow, "equity": None if start is None else equity,
            "return": value,
        }
        for day, trades, pnl, fees, funding, flow, equity, value in columns
    ]  # fmt: skip
