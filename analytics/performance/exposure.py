"""How much is at stake, and for how long."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.performance.returns import Array
from analytics.performance.undefined import Figure, Undefined, over

type Instants = NDArray[np.int64]  # microseconds since 1970


def time_in_market(opened: Instants, closed: Instants, *, start: int, end: int) -> Figure:
    """Share of start .. end in which at least one trade was open; overlapping ones count once."""
    if end <= start:
        return Undefined.NO_DATA
    opened, closed = np.clip(opened, start, end), np.clip(closed, start, end)
    order = np.argsort(opened, kind="stable")
    opened, closed = opened[order], closed[order]
    until = np.maximum.accumulate(closed)
    begins = np.maximum(opened[1:], until[:-1])
    covered = np.maximum(closed[:1] - opened[:1], 0).sum()
    covered += np.maximum(closed[1:] - begins, 0).sum()
    return float(covered) / (end - start)


def leverage(gross_exposure: Figure, equity: Figure) -> Figure:
    """Sum of |position| / equity."""
    if not isinstance(equity, Undefined) and equity <= 0:
        return Undefined.RUINED
    return over(gross_exposure, equity, Undefined.NO_DATA)


def limit_usage(used: Figure, allowed: Figure) -> Figure:
    """Used / allowed: 1 is the limit itself."""
    return over(used, allowed, Undefined.NO_DATA)


def turnover(traded: float, equity: Array, *, days_per_year: float) -> Figure:
    """Money traded in a year / mean equity; `equity` by day, `traded` over these days."""
    if not len(equity):
        return Undefined.NO_DATA
    level = float(equity.mean())
    return traded / level * days_per_year / len(equity) if level > 0 else Undefined.RUINED
