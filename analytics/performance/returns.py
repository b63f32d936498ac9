"""Returns of an account by period, and what they grow to.

A return is a ratio: 0.01 is one percent of the equity at the start of the period. Every period
between the first and the last is there, 0 when nothing happened. `days_per_year` (365 where the
market never closes, 252 for observed trading days) turns figures of a period into figures of a
year.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analytics.performance.undefined import Figure, Undefined

type Array = NDArray[np.float64]

SHORTEST_YEAR = 30  # periods below which nothing is told of a year: one day of 1 % is 3,678 %


class NotFinite(ValueError):
    """NaN or infinity among the numbers: intake refuses them, so they are a fault here."""


def checked(numbers: Array) -> Array:
    """The same array as float64. Raises NotFinite."""
    numbers = np.asarray(numbers, dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise NotFinite("A figure was asked of NaN or infinity.")
    return numbers


def equity(pnl: Array, *, capital: float, flows: Array | None = None) -> Array:
    """E_0 = capital, E_i = E_(i-1) + pnl_i + flow_i: one element longer than `pnl`, in money."""
    change = pnl if flows is None else pnl + flows
    path = np.empty(len(change) + 1)
    path[0] = capital
    np.cumsum(change, out=path[1:])
    path[1:] += capital
    return path


def of_pnl(pnl: Array, *, capital: float, flows: Array | None = None) -> Array:
    """r_i = pnl_i / (E_(i-1) + max(flow_i, 0)).

    The same as (E_i - E_(i-1) - flow_i) / (E_(i-1) + max(flow_i, 0)): time-weighted, with deposits
    at the start of their period and withdrawals at its end (as Bybit tells its ROI). Without equity
    there is nothing to earn on: 0.
    """
    base = equity(pnl, capital=capital, flows=flows)[:-1]
    if flows is not None:
        base = base + np.maximum(flows, 0.0)
    alive = base > 0
    if alive.all():
        return pnl / base
    return np.divide(pnl, base, out=np.zeros_like(base), where=alive)


def of_equity(levels: Array, *, flows: Array | None = None) -> Array:
    """The same from known equity, E_0 .. E_n; `flows` has one element fewer."""
    change = np.diff(levels)
    if flows is not None:
        change = change - flows
    base = levels[:-1] if flows is None else levels[:-1] + np.maximum(flows, 0.0)
    return np.divide(change, base, out=np.zeros_like(change), where=base > 0)


def on_fixed_capital(pnl: Array, *, capital: float) -> Array:
    """pnl_i / capital: for accounts that take profits out. These add up, they do not compound."""
    return pnl / capital


def growth(returns: Array) -> Array:
    """What 1 grows to: 1, then the running product of 1 + r. Ruin (r <= -1) is 0 for good."""
    path = np.empty(len(returns) + 1)
    path[0] = 1.0
    np.cumprod(np.maximum(1.0 + returns, 0.0), out=path[1:])
    return path


def sums(returns: Array) -> Array:
    """1, then 1 + the running sum of r, for returns on fixed capital; ruin is 0 for good."""
    path = np.empty(len(returns) + 1)
    path[0] = 1.0
    np.cumsum(returns, out=path[1:])
    path[1:] += 1.0
    ruined = np.flatnonzero(path <= 0)
    if len(ruined):
        path[ruined[0] :] = 0.0
    return path


def total(path: Array) -> Figure:
    """prod(1 + r) - 1 from the `growth` of the returns, sum(r) from their `sums`."""
    return float(path[-1]) - 1.0 if len(path) > 1 else Undefined.NO_DATA


def cagr(path: Array, *, days_per_year: float) -> Figure:
    """prod(1 + r)^(days_per_year / n) - 1, from the `growth` of n returns."""
    periods = len(path) - 1
    if not periods:
        return Undefined.NO_DATA
    if path[-1] <= 0:
        return Undefined.RUINED
    if periods < SHORTEST_YEAR:
        return Undefined.SHORT_SAMPLE
    return math.pow(path[-1], days_per_year / periods) - 1.0


def mean(returns: Array) -> Figure:
    return float(returns.mean()) if len(returns) else Undefined.NO_DATA


def deviation(numbers: Array) -> Figure:
    """Standard deviation of a sample (n - 1)."""
    if not len(numbers):
        return Undefined.NO_DATA
    if len(numbers) < 2:
        return Undefined.SHORT_SAMPLE
    off = numbers - numbers.mean()
    return float(np.sqrt(np.dot(off, off) / (len(numbers) - 1)))


def volatility(spread: Figure, *, days_per_year: float) -> Figure:
    """Deviation of a period * sqrt(days_per_year)."""
    return spread if isinstance(spread, Undefined) else spread * float(np.sqrt(days_per_year))
