"""All figures of an account by group, and the days they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics import book, candles, orders, reported
from analytics.book import Account, Days
from analytics.performance import daily, exposure, returns
from analytics.performance.daily import Daily
from analytics.performance.returns import Array
from analytics.performance.undefined import Figure, Undefined
from analytics.scorecard import risk, trading
from analytics.scorecard.basis import Basis
from analytics.scorecard.entries import MONEY, RATIO, Told, told

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper


@dataclass(frozen=True, slots=True)
class Measured:
    """An account's days and what they give; `start` and what follows are None without a capital."""

    account: Account
    basis: Basis
    days: Days
    start: Decimal | None  # equity before the first day
    series: Array | None  # returns
    found: Daily | None


def measure(cursor: CursorWrapper, account: Account, basis: Basis) -> Measured:
    days = book.by_day(cursor, account)
    if basis.capital is None:
        return Measured(account, basis, days, None, None, None)
    start = basis.capital + days.before
    if basis.fixed:
        series = returns.on_fixed_capital(days.gain, capital=float(basis.capital))
    else:
        series = returns.of_pnl(days.gain, capital=float(start), flows=days.flows)
    found = daily.of(
        series,
        days_per_year=basis.days_per_year,
        risk_free=basis.risk_free,
        fixed=basis.fixed,
    )
    return Measured(account, basis, days, start, series, found)


def brief(cursor: CursorWrapper, measured: Measured, *, now: datetime) -> dict[str, Any]:
    """What rollups and reports say, at a cost that does not grow with the number of trades."""
    account, days, found = measured.account, measured.days, measured.found
    said = reported.of(cursor, account, now=now)
    used = reported.limits(cursor, account)
    newest = book.newest(cursor, account, days, most=trading.LAST)
    return {
        "money": _money(days, measured.start, said),
        "trades": trading.of_tally(days),
        "returns": risk.of_returns(found, days),
        "drawdown": risk.of_falls(found, days, measured.start),
        "tails": risk.of_tails(found, days),
        "rolling": trading.of_the_last(newest, measured.series, measured.basis),
        "exposure": _stakes(said),
        "limits": {name: told(share, RATIO) for name, share in used.items()},
        "daily": _daily(days, measured.series, measured.start),
    }


def read(
    cursor: CursorWrapper, account: Account, basis: Basis, *, now: datetime, benchmark: str = ""
) -> dict[str, Any]:
    """All figures, those that are read from single trades and orders too.

    JSON-able; money is text where it is exact. `benchmark` names the symbol of its candles.
    """
    measured = measure(cursor, account, basis)
    card = brief(cursor, measured, now=now)
    carried = orders.of(cursor, account)
    every_day = card.pop("daily")
    for group, figures in closer(cursor, measured, benchmark=benchmark).items():
        card[group] = card.get(group, {}) | figures
    return card | {
        "execution": trading.of_orders(carried),
        "funnel": trading.of_stages(carried.stages),
        "daily": every_day,
    }


def closer(
    cursor: CursorWrapper, measured: Measured, *, benchmark: str = ""
) -> dict[str, dict[str, Told]]:
    """What single trades say, and prices; the cost grows with the number of trades."""
    account, days, start = measured.account, measured.days, measured.start
    closed = book.closed(cursor, account)
    total = measured.found.total_return if measured.found else Undefined.NO_CAPITAL
    closes, have = candles.closes(cursor, benchmark or account.symbol, days.day)
    return {
        "trades": trading.of_singles(closed),
        "drawdown": risk.of_falls_by_trade(days, closed, start),
        "exposure": risk.of_exposure(days, closed, start, measured.basis),
        "benchmark": risk.of_benchmark(measured.series, total, closes, have),
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
    """As the agent reports it; leverage from exposure and equity where it does not."""
    leverage = said["leverage"]
    if isinstance(leverage, Undefined):
        leverage = exposure.leverage(said["gross_exposure"], said["equity"])
    return {
        "gross_exposure": told(said["gross_exposure"], MONEY),
        "net_exposure": told(said["net_exposure"], MONEY),
        "leverage": told(leverage, RATIO),
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
        days.funding.tolist(), days.ledger_fees.tolist(), days.flows.tolist(), levels[1:].tolist(),
        [None] * len(days.day) if series is None else series.tolist(), strict=True,
    )  # fmt: skip
    return [
        {
            "day": day.isoformat(), "trades": trades, "pnl": pnl, "fees": fees,
            "funding": funding, "ledger_fees": charged, "flow": flow,
            "equity": None if start is None else equity, "return": value,
        }
        for day, trades, pnl, fees, funding, charged, flow, equity, value in columns
    ]  # fmt: skip
