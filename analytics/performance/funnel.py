"""From signals to trades: how many come through, and how long each step takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.performance.quality import Percentiles, percentiles
from analytics.performance.undefined import Figure, Undefined

STAGES = ("signal", "decision", "order", "trade")
ABSENT = np.iinfo(np.int64).min  # the time of a stage that was not reached


@dataclass(frozen=True, slots=True)
class Stage:
    """`of_previous` and `of_first` are shares; `seconds` since the stage before."""

    name: str
    count: int
    of_previous: Figure
    of_first: Figure
    seconds: Percentiles


def stages(times: Sequence[NDArray[np.int64]]) -> list[Stage]:
    """One array for each of STAGES, aligned by signal: microseconds since 1970 or ABSENT.

    A time before that of the stage before (clocks of two machines) counts as reached, and is left
    out of the seconds.
    """
    found: list[Stage] = []
    for place, (name, here) in enumerate(zip(STAGES, times, strict=True)):
        reached = here != ABSENT
        before = times[place - 1] if place else here
        both = reached & (before != ABSENT)
        took = (here[both] - before[both]) / 1e6 if place else np.empty(0)
        count = int(reached.sum())
        found.append(
            Stage(
                name,
                count,
                _share(count, found[-1].count) if found else 1.0,
                _share(count, found[0].count) if found else 1.0,
                percentiles(took[took >= 0]),
            )
        )
    return found


def _share(count: int, of: int) -> Figure:
    return count / of if of else Undefined.NO_DATA
