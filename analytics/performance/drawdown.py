"""How far an account stands below its peak, as ratios <= 0.

Drawdown_t = E_t / max(E_0 .. E_t) - 1, the peak starting at the initial capital (Magdon-Ismail and
Atiya, "Maximum drawdown", Risk 2004; a loss on the first day counts). Equity at or below zero is
ruin: -1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

ZERO, RUIN = Decimal(0), Decimal(-1)


class Drawdown(NamedTuple):
    """`current` at the end of the path, `worst` anywhere on it; ratios <= 0."""

    current: Decimal
    worst: Decimal


def of_equity(path: Sequence[Decimal]) -> Drawdown:
    """Drawdown of an equity path, oldest first, its first element the initial capital (> 0)."""
    peak = path[0]
    current = worst = ZERO
    for value in path:
        peak = max(peak, value)
        current = max(RUIN, value / peak - 1)
        worst = min(worst, current)
    return Drawdown(current, worst)


@dataclass(frozen=True, slots=True)
class Day:
    """The path of one day's PnL from 0: its end, lowest, highest point and deepest fall."""

    day: date
    pnl: Decimal
    low: Decimal  # <= 0
    high: Decimal  # >= 0
    drop: Decimal  # >= 0, largest (highest so far - now), money
    version: int = 0


Expand = Callable[[Day, Decimal, Decimal], Decimal]


def day_of(day: date, pnls: Iterable[Decimal]) -> Day:
    """Summarise a day's PnL, already aggregated by timestamp, oldest first."""
    total = low = high = drop = ZERO
    for pnl in pnls:
        total += pnl
        low, high = min(low, total), max(high, total)
        drop = max(drop, high - total)
    return Day(day, total, low, high, drop)


def of_days(capital: Decimal, days: Iterable[Day], expand: Expand) -> Drawdown:
    """Drawdown of years from the summaries of their days, exactly.

    1. A day's lowest point lies at least (E + low) / P - 1 below the peak P it started under.
    2. It can lie deeper only under a peak of its own, and then by at most drop / P.
    3. Only days whose bound by 2 beats the worst by 1 are walked point by point:
    `expand(day, equity_before, peak_before)` gives the day's worst ratio.
    """
    equity = peak = capital
    worst = ZERO
    open_bounds: list[tuple[Decimal, Day, Decimal, Decimal]] = []
    for day in days:
        worst = min(worst, (equity + day.low) / peak - 1)
        if day.high > 0 and day.drop > 0:
            open_bounds.append((-day.drop / peak, day, equity, peak))
        peak = max(peak, equity + day.high)
        equity += day.pnl
    open_bounds.sort(key=lambda bound: bound[0])
    for bound, day, before, under in open_bounds:
        if bound >= worst:
            break
        worst = min(worst, expand(day, before, under))
    return Drawdown(max(RUIN, equity / peak - 1), max(RUIN, worst))


def worst_of_day(pnls: Iterable[Decimal], equity: Decimal, peak: Decimal) -> Decimal:
    """The worst ratio within a day that starts at `equity` under `peak`."""
    worst = ZERO
    for pnl in pnls:
        equity += pnl
        peak = max(peak, equity)
        worst = min(worst, equity / peak - 1)
    return worst
