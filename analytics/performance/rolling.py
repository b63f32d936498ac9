"""Figures of a window that moves: the last N trades, the last D days."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from analytics.performance.returns import Array
from analytics.performance.streaks import signs
from analytics.performance.undefined import LEAST

# In these arrays NaN stands where a figure is undefined: charts draw a gap there.


def win_ratio(pnls: Array, *, window: int) -> Array:
    """One element for each trade from the `window`th on."""
    return _sums((signs(pnls) > 0).astype(np.float64), window) / window


def profit_factor(pnls: Array, *, window: int) -> Array:
    """Gross profit / gross loss of each window; NaN without losses."""
    sign = signs(pnls)
    won = _sums(np.where(sign > 0, pnls, 0.0), window)
    lost = _sums(np.where(sign < 0, -pnls, 0.0), window)
    losses = _sums((sign < 0).astype(np.float64), window)
    return np.divide(won, lost, out=np.full_like(won, np.nan), where=losses > 0)


def sharpe(returns: Array, *, window: int, days_per_year: float) -> Array:
    """mean / deviation (n - 1) * sqrt(days_per_year) of each window; NaN without variance."""
    if len(returns) < window or window < 2:
        return np.empty(0)
    views = sliding_window_view(returns, window)
    spread = views.std(axis=1, ddof=1)
    ratio = np.divide(
        views.mean(axis=1), spread, out=np.full_like(spread, np.nan), where=spread >= LEAST
    )
    return ratio * float(np.sqrt(days_per_year))


def volatility(returns: Array, *, window: int, days_per_year: float) -> Array:
    if len(returns) < window or window < 2:
        return np.empty(0)
    spread = sliding_window_view(returns, window).std(axis=1, ddof=1)
    return spread * float(np.sqrt(days_per_year))


def share(parts: Array, wholes: Array, *, window: int) -> Array:
    """Sum of the parts / sum of the wholes of each window; NaN where the wholes are 0."""
    above, below = _sums(parts, window), _sums(wholes, window)
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)


def _sums(numbers: Array, window: int) -> Array:
    """Each window is summed alone: running differences would carry their rounding along."""
    if len(numbers) < window or window < 1:
        return np.empty(0)
    return sliding_window_view(numbers, window).sum(axis=1)
