"""The shape of returns: what a bad period costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from analytics.performance.returns import Array
from analytics.performance.undefined import LEAST, Figure, Undefined

LEAST_95, LEAST_99 = 20, 100  # periods below which the tail holds less than one of them
Z_95, Z_99 = NormalDist().inv_cdf(0.05), NormalDist().inv_cdf(0.01)


@dataclass(frozen=True, slots=True)
class Tails:
    """Value at risk and its like are returns: -0.02 is a loss of two percent of equity.

    `var_*` is a quantile of the observed returns, `cvar_*` the mean of those at or below it
    (Rockafellar and Uryasev, Journal of Risk 2000), `*_normal` what a normal distribution of the
    same mean and deviation would have: shown beside, because it is not normal. `skew` and
    `kurtosis` are corrected for bias (Joanes and Gill, The Statistician 1998), kurtosis less the 3
    of a normal distribution. `tail_ratio` is |95 % quantile / 5 % quantile|.
    """

    var_95: Figure
    cvar_95: Figure
    var_99: Figure
    cvar_99: Figure
    var_95_normal: Figure
    var_99_normal: Figure
    tail_ratio: Figure
    skew: Figure
    kurtosis: Figure
    best: Figure
    worst: Figure
    positive: int
    negative: int
    zero: int


def of(returns: Array, spread: Figure) -> Tails:
    """`spread` is the deviation of the returns."""
    ordered = np.sort(returns)
    count = len(ordered)
    var_95, cvar_95 = _var(ordered, 0.05, LEAST_95)
    var_99, cvar_99 = _var(ordered, 0.01, LEAST_99)
    negative = int(np.searchsorted(ordered, 0.0, "left"))
    positive = count - int(np.searchsorted(ordered, 0.0, "right"))
    skew, kurtosis = _moments(returns, spread)
    return Tails(
        var_95,
        cvar_95,
        var_99,
        cvar_99,
        _normal(returns, spread, Z_95, LEAST_95),
        _normal(returns, spread, Z_99, LEAST_99),
        _tail_ratio(ordered),
        skew,
        kurtosis,
        float(ordered[-1]) if count else Undefined.NO_DATA,
        float(ordered[0]) if count else Undefined.NO_DATA,
        positive,
        negative,
        count - positive - negative,
    )


def quantile(ordered: Array, share: float) -> float:
    """Linear between neighbours (Hyndman and Fan's type 7, numpy's default); sorted, not empty."""
    place = share * (len(ordered) - 1)
    lower = int(place)
    upper = min(lower + 1, len(ordered) - 1)
    return float(ordered[lower] + (ordered[upper] - ordered[lower]) * (place - lower))


def _var(ordered: Array, share: float, least: int) -> tuple[Figure, Figure]:
    lacks = _lacks(len(ordered), least)
    if lacks is not None:
        return lacks, lacks
    var = quantile(ordered, share)
    worse = int(np.searchsorted(ordered, var, "right"))
    return var, float(ordered[: max(worse, 1)].mean())


def _normal(returns: Array, spread: Figure, z: float, least: int) -> Figure:
    lacks = _lacks(len(returns), least)
    if lacks is not None:
        return lacks
    return spread if isinstance(spread, Undefined) else float(returns.mean()) + z * spread


def _tail_ratio(ordered: Array) -> Figure:
    lacks = _lacks(len(ordered), LEAST_95)
    if lacks is not None:
        return lacks
    low = quantile(ordered, 0.05)
    return abs(quantile(ordered, 0.95) / low) if abs(low) > LEAST else Undefined.NO_LOSSES


def _lacks(count: int, least: int) -> Undefined | None:
    if not count:
        return Undefined.NO_DATA
    return Undefined.SHORT_SAMPLE if count < least else None


def _moments(returns: Array, spread: Figure) -> tuple[Figure, Figure]:
    """Skew from 3 observations, excess kurtosis from 4."""
    n = len(returns)
    if isinstance(spread, Undefined):
        return spread, spread
    if n < 3:
        return Undefined.SHORT_SAMPLE, Undefined.SHORT_SAMPLE
    if spread < LEAST:
        return Undefined.ZERO_VARIANCE, Undefined.ZERO_VARIANCE
    off = returns - returns.mean()
    squares = off * off
    m2, m3 = float(squares.mean()), float(np.dot(squares, off)) / n
    skew = math.sqrt(n * (n - 1)) / (n - 2) * m3 / m2**1.5
    if n < 4:
        return skew, Undefined.SHORT_SAMPLE
    plain = float(np.dot(squares, squares)) / n / (m2 * m2) - 3.0
    return skew, (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * plain + 6.0)
