"""Figures of a window that moves over an account: of its last trades, or of its last days."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics import book
from analytics.performance import rolling
from analytics.performance.returns import Array
from analytics.performance.thinning import places
from analytics.performance.undefined import Undefined
from analytics.scorecard import Measured

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

MOST_TRADES = 20_000  # the newest, over which a window of trades moves
POINTS = 1_000  # of a curve
DAY_US = 86_400_000_000

type Points = list[tuple[int, float | None]]


class Window(NamedTuple):
    """How many trades or days; the address names it `30t` or `30d`."""

    size: int
    of_trades: bool

    @property
    def days(self) -> int:
        """Ratios of returns are of days, whatever the window of the trades is."""
        return DEFAULT.size if self.of_trades else self.size


DEFAULT = Window(30, of_trades=True)
WINDOWS = {
    "30t": DEFAULT,
    "100t": Window(100, of_trades=True),
    "30d": Window(30, of_trades=False),
    "90d": Window(90, of_trades=False),
}
WORDS = (("30t", "30 trades"), ("100t", "100 trades"), ("30d", "30 days"), ("90d", "90 days"))


def curves(cursor: CursorWrapper, measured: Measured, window: Window) -> dict[str, Any]:
    """[ms, value or null] of win rate, profit factor, Sharpe; an empty curve says why."""
    days = measured.days
    if window.of_trades:
        at, pnl = book.latest(cursor, measured.account, days, most=MOST_TRADES)
        won = rolling.win_ratio(pnl, window=window.size)
        factor = rolling.profit_factor(pnl, window=window.size)
    else:
        at = ends(days.day)
        wins, trades, profit, loss = book.columns(
            days, "wins", "trades", "gross_profit", "gross_loss"
        )
        won = rolling.share(wins, trades, window=window.size)
        factor = rolling.share(profit, loss, window=window.size)
    return {
        "win_rate": _curve(at, won),
        "profit_factor": _curve(at, factor),
        "sharpe": _sharpe(measured, window.days),
    }


def _sharpe(measured: Measured, window: int) -> dict[str, Any]:
    if measured.series is None:
        lacks = Undefined.NO_CAPITAL if len(measured.days.day) else Undefined.NO_DATA
        return {"points": [], "reason": lacks.value}
    year = measured.basis.days_per_year
    found = rolling.sharpe(measured.series, window=window, days_per_year=year)
    return _curve(ends(measured.days.day), found)


def _curve(at: NDArray[np.int64], values: Array) -> dict[str, Any]:
    """`at` is of each observation; the first window ends at a later one than the first."""
    if not len(values):
        reason = Undefined.SHORT_SAMPLE if len(at) else Undefined.NO_DATA
        return {"points": [], "reason": reason.value}
    ends = at[len(at) - len(values) :] // 1_000
    kept = places(np.nan_to_num(values), most=POINTS)
    told = zip(ends[kept].tolist(), values[kept].tolist(), strict=True)
    return {"points": [(when, None if isnan(value) else value) for when, value in told]}


def ends(day: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """When each day ended, microseconds since 1970."""
    return day.astype("datetime64[us]").astype(np.int64) + DAY_US
