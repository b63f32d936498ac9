"""The path that realised PnL takes within a day: where it ends, how low, how high, how deep.

A path is whole numbers of a unit so small that nothing is rounded. It can be walked in pieces: what
is known at the end of one is all that the next one needs.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

SAFE = 2**62  # what is smaller can be added to another such number in a machine word

type Steps = NDArray[Any]  # int64, or Python's whole numbers (object) where those might overflow


class Path(NamedTuple):
    """A path from 0 up to some point."""

    pnl: int = 0  # where it is
    low: int = 0  # lowest point, <= 0
    high: int = 0  # highest point, >= 0
    drop: int = 0  # deepest fall from the highest point before it, >= 0


START = Path()


def extended(path: Path, steps: Steps) -> Path:
    """The path after more steps, oldest first; trades of the same time are one step."""
    if not len(steps):
        return path
    if max(map(abs, path)) + float(np.abs(steps).sum(dtype=float)) >= SAFE:
        steps = steps.astype(object)
    points = path.pnl + np.cumsum(steps)
    peaks = np.maximum(np.maximum.accumulate(points), path.high)
    return Path(
        pnl=int(points[-1]),
        low=min(path.low, int(points.min())),
        high=int(peaks[-1]),
        drop=max(path.drop, int((peaks - points).max())),
    )


def by_time(times: NDArray[np.int64], steps: Steps) -> tuple[NDArray[np.int64], Steps]:
    """Each time once, with the sum of its steps; `times` are in order."""
    if not len(times):
        return times, steps
    starts = np.flatnonzero(np.append(True, np.diff(times) > 0))
    return times[starts], np.add.reduceat(steps, starts)
