"""How well orders are carried out: latency, slippage, refusals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.performance.returns import Array
from analytics.performance.tails import quantile
from analytics.performance.undefined import Figure, Undefined, over

FILLED, REFUSED = "FILLED", "REJECTED"
ENDED = (FILLED, REFUSED, "CANCELLED", "EXPIRED")  # an order ends once; the rest is the way there


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Linear between neighbours, in the unit of the observations."""

    count: int
    mean: Figure
    p50: Figure
    p95: Figure
    p99: Figure


def percentiles(observed: Array) -> Percentiles:
    """Of single observations: seconds of latency, basis points of slippage (above 0 a cost)."""
    if not len(observed):
        return Percentiles(0, *[Undefined.NO_DATA] * 4)
    ordered = np.sort(observed)
    return Percentiles(
        count=len(ordered),
        mean=float(ordered.mean()),
        p50=quantile(ordered, 0.50),
        p95=quantile(ordered, 0.95),
        p99=quantile(ordered, 0.99),
    )


def of_buckets(edges: Sequence[float], counts: Sequence[int], share: float) -> Figure:
    """A quantile from a histogram, linear within its bucket, as Prometheus' histogram_quantile.

    `counts` has one element more than `edges`: the last is above every edge, where nothing better
    is known than the highest edge. The first bucket begins at 0, or at its edge if that is not
    above 0.
    """
    total = sum(counts)
    if not total:
        return Undefined.NO_DATA
    cumulated = np.cumsum(counts)
    rank = share * total
    place = int(np.searchsorted(cumulated, rank, "left"))
    if place >= len(edges):
        return float(edges[-1])
    if not place and edges[0] <= 0:
        return float(edges[0])
    low = edges[place - 1] if place else 0.0
    before = int(cumulated[place - 1]) if place else 0
    return low + (edges[place] - low) * (rank - before) / counts[place]


def rejection_ratio(statuses: Mapping[str, int]) -> Figure:
    """Rejected / all orders that ended."""
    return over(statuses.get(REFUSED, 0), ended(statuses), Undefined.NO_DATA)


def fill_ratio(statuses: Mapping[str, int]) -> Figure:
    """Filled / all orders that ended."""
    return over(statuses.get(FILLED, 0), ended(statuses), Undefined.NO_DATA)


def ended(statuses: Mapping[str, int]) -> int:
    return sum(statuses.get(name, 0) for name in ENDED)
