"""What holding the asset would have given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.performance.returns import Array
from analytics.performance.undefined import LEAST, Figure, Undefined

COVERED = 0.95  # share of the window that the prices must cover


@dataclass(frozen=True, slots=True)
class Benchmark:
    """`hold` and `excess` are returns of the whole window; `beta` and `correlation` are of days."""

    hold: Figure
    excess: Figure
    beta: Figure
    correlation: Figure


def hold(closes: Array, *, wanted: int) -> Figure:
    """Last close / first close - 1; `wanted` closes would cover the window whole."""
    if not len(closes):
        return Undefined.NO_DATA
    if len(closes) < COVERED * wanted or closes[0] <= 0:
        return Undefined.NO_BENCHMARK
    return float(closes[-1] / closes[0]) - 1.0


def equal_weight(holds: list[Figure]) -> Figure:
    """The mean of several: bought in equal parts and left alone."""
    values: list[float] = []
    for one in holds:
        if isinstance(one, Undefined):
            return one
        values.append(one)
    return sum(values) / len(values) if values else Undefined.NO_DATA


def excess(total_return: Figure, held: Figure) -> Figure:
    """The account's return less that of holding, both over the same window."""
    if isinstance(total_return, Undefined):
        return total_return
    return held if isinstance(held, Undefined) else total_return - held


def beta(returns: Array, market: Array) -> tuple[Figure, Figure]:
    """cov(r, m) / var(m), and the correlation, of aligned days (CAPM, Sharpe 1964)."""
    if len(returns) < 2:
        short = Undefined.SHORT_SAMPLE if len(returns) else Undefined.NO_DATA
        return short, short
    own, others = returns - returns.mean(), market - market.mean()
    spread, moved = float(np.dot(own, own)), float(np.dot(others, others))
    if moved <= LEAST * LEAST * len(market):
        return Undefined.ZERO_VARIANCE, Undefined.ZERO_VARIANCE
    both = float(np.dot(own, others))
    if spread <= LEAST * LEAST * len(returns):
        return 0.0, Undefined.ZERO_VARIANCE
    return both / moved, both / float(np.sqrt(spread * moved))


def against(
    returns: Array, closes: Array, total_return: Figure, *, wanted: int | None = None
) -> Benchmark:
    """Days against one close more than there are days: the first is the close before them."""
    held = hold(closes, wanted=len(returns) + 1 if wanted is None else wanted)
    if isinstance(held, Undefined) or len(closes) != len(returns) + 1:
        lacks = held if isinstance(held, Undefined) else Undefined.NO_BENCHMARK
        return Benchmark(held, excess(total_return, held), lacks, lacks)
    return Benchmark(
        held, excess(total_return, held), *beta(returns, closes[1:] / closes[:-1] - 1.0)
    )
