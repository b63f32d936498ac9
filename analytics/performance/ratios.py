"""Return against risk. All are per year and without unit."""

from __future__ import annotations

import math

import numpy as np

from analytics.performance.returns import Array, deviation
from analytics.performance.undefined import LEAST, Figure, Undefined


def excess(returns: Array, *, risk_free: float, days_per_year: float) -> Array:
    """Returns above a yearly risk-free rate: r - ((1 + rf)^(1 / days_per_year) - 1)."""
    return returns - ((1.0 + risk_free) ** (1.0 / days_per_year) - 1.0) if risk_free else returns


def sharpe(above: Array, *, days_per_year: float) -> Figure:
    """mean / deviation (n - 1) * sqrt(days_per_year), of excess returns.

    Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 1994.
    """
    spread = deviation(above)
    if isinstance(spread, Undefined):
        return spread
    if spread < LEAST:
        return Undefined.ZERO_VARIANCE
    return float(above.mean()) / spread * math.sqrt(days_per_year)


def sortino(above: Array, *, days_per_year: float) -> Figure:
    """mean / sqrt(mean(min(r, 0)^2)) * sqrt(days_per_year), of excess returns.

    All n periods are in the mean below (Sortino and van der Meer, "Downside Risk", Journal of
    Portfolio Management 1991): a deviation of the losing ones around their own mean is 0 when
    losses are equal.
    """
    if not len(above):
        return Undefined.NO_DATA
    below = np.minimum(above, 0.0)
    downside = math.sqrt(float(np.dot(below, below)) / len(above))
    if downside < LEAST:
        return Undefined.NO_DOWNSIDE
    return float(above.mean()) / downside * math.sqrt(days_per_year)


def calmar(cagr: Figure, worst_drawdown: Figure) -> Figure:
    """CAGR / |worst drawdown| (Young, "Calmar Ratio: A Smoother Tool", Futures 1991)."""
    if isinstance(cagr, Undefined):
        return cagr
    if isinstance(worst_drawdown, Undefined):
        return worst_drawdown
    return cagr / -worst_drawdown if worst_drawdown < 0 else Undefined.NO_DRAWDOWN


def omega(returns: Array) -> Figure:
    """Sum of gains / sum of losses at threshold 0 (Keating and Shadwick 2002)."""
    if not len(returns):
        return Undefined.NO_DATA
    lost = -float(np.minimum(returns, 0.0).sum())
    if lost < LEAST:
        return Undefined.NO_LOSSES
    return float(np.maximum(returns, 0.0).sum()) / lost
