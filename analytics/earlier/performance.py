"""The performance page: as many whole days before, their figures, equity and fall."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics import scorecard
from analytics.charts import DAY, Span, ms
from analytics.earlier.period import told
from analytics.earlier.rows import MORE, Compared, in_counts, in_money, in_numbers, in_shares, rows
from analytics.performance import trades
from analytics.performance.daily import Daily
from analytics.performance.thinning import MOST, places
from analytics.performance.undefined import Figure, Undefined
from analytics.scorecard import Measured

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper


def state(cursor: CursorWrapper, measured: Measured) -> dict[str, Any] | None:
    """None for an account without a first and a last day: all there is has nothing before it."""
    account = measured.account
    if account.first is None or account.last is None:
        return None
    days = account.last - account.first + timedelta(days=1)
    earlier = replace(account, first=account.first - days, last=account.first - timedelta(days=1))
    before = scorecard.measure(cursor, earlier, measured.basis)
    return told(
        _span(account.first, days),
        _span(account.first - days, days),
        rows(figures(account.currency), measured, before),
        equity=_level(measured, before),
        drawdown=_falls(before),
    )


def figures(currency: str) -> list[Compared[Measured]]:
    return [
        in_money("Net PnL", lambda one: one.days.tally.pnl, currency, better=MORE),
        in_shares("Return", _of(lambda found: found.total_return), places=2, better=MORE),
        in_shares("Volatility", _of(lambda found: found.volatility), places=2),
        in_numbers("Sharpe", _of(lambda found: found.sharpe), better=MORE),
        in_shares("Deepest drawdown", _of(lambda found: found.underwater.worst), places=2,
                  better=MORE),
        in_counts("Trades", lambda one: one.days.tally.trades),
        in_shares("Win rate", lambda one: trades.win_ratio(
            one.days.tally.wins, one.days.tally.trades), better=MORE),
        in_numbers("Profit factor", lambda one: trades.profit_factor(
            one.days.tally.gross_profit, one.days.tally.gross_loss), better=MORE),
        in_money("Expectancy", lambda one: trades.expectancy(
            one.days.tally.pnl, one.days.tally.trades), currency, better=MORE),
        in_money("Fees", lambda one: one.days.totals["fees"], currency, sign=False),
    ]  # fmt: skip


def _of(read: Callable[[Daily], Figure]) -> Callable[[Measured], Figure]:
    def figure(one: Measured) -> Figure:
        if not len(one.days.day):
            return Undefined.NO_DATA
        return Undefined.NO_CAPITAL if one.found is None else read(one.found)

    return figure


def _span(first: date, days: timedelta) -> Span:
    start = datetime.combine(first, time(), UTC)
    return Span(start, start + days, DAY)


def _level(measured: Measured, before: Measured) -> list[list[float]]:
    """[ms of a day's end, level]: from the one at which the range began, by what was gained."""
    days = before.days
    if not len(days.day):
        return []
    gained = np.cumsum(days.pnl if before.start is None else days.gain)
    level = gained + float(measured.start or 0)
    ends = [_end(day) for day in days.day.tolist()]
    return [[ends[place], float(level[place])] for place in places(level, most=MOST)]


def _falls(before: Measured) -> list[list[float]]:
    curves = scorecard.curves(before)
    days = map(date.fromisoformat, curves["day"])
    return [[_end(day), fall] for day, fall in zip(days, curves["drawdown"], strict=True)]


def _end(day: date) -> int:
    return ms(datetime.combine(day, time(), UTC)) + DAY * 1_000
