"""How far and how long a path stays below its peak."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analytics.performance.returns import Array
from analytics.performance.undefined import LEAST, Figure, Undefined


@dataclass(frozen=True, slots=True)
class Underwater:
    """Ratios <= 0; `peak`, `trough` and `recovery` are places in the path, 0 its beginning.

    `recovery` is None while the worst fall is not made good. `longest` and `since` count periods
    below the peak: of the longest stretch, and of the one that lasts to the end. `ulcer` is the
    root mean square of the drawdown over all periods (Martin, "The Investor's Guide to Fidelity
    Funds", 1989).
    """

    worst: Figure
    current: Figure
    ulcer: Figure
    peak: int | None = None
    trough: int | None = None
    recovery: int | None = None
    longest: int = 0
    since: int = 0


NOTHING = Underwater(Undefined.NO_DATA, Undefined.NO_DATA, Undefined.NO_DATA)


def drawdowns(path: Array) -> Array:
    """E_t / max(E_0 .. E_t) - 1 of each element; the path begins above 0, ruin is -1."""
    below = np.maximum(path / np.maximum.accumulate(path) - 1.0, -1.0)
    below[below > -LEAST] = 0.0
    return below


def of_path(path: Array) -> Underwater:
    """The first element is what there was before the first period: a first loss counts."""
    if len(path) < 2:
        return NOTHING
    below = drawdowns(path)
    trough = int(below.argmin())
    worst = float(below[trough])
    peaks = np.flatnonzero(below == 0.0)
    stretches = np.diff(peaks, append=len(path)) - 1
    figures = Underwater(
        worst=worst,
        current=float(below[-1]),
        ulcer=math.sqrt(float(np.dot(below, below)) / (len(path) - 1)),
        longest=int(stretches.max()),
        since=int(stretches[-1]),
    )
    if not worst:
        return figures
    before = int(np.searchsorted(peaks, trough))
    recovery = int(peaks[before]) if before < len(peaks) else None
    return Underwater(
        figures.worst, figures.current, figures.ulcer, int(peaks[before - 1]), trough, recovery,
        figures.longest, figures.since,
    )  # fmt: skip


def largest_fall(path: Array) -> tuple[Figure, Figure]:
    """The deepest fall in the path's own unit (>= 0), and that same fall as a ratio (<= 0).

    A path of PnL alone begins at 0: its falls have no ratio.
    """
    if len(path) < 2:
        return Undefined.NO_DATA, Undefined.NO_DATA
    peaks = np.maximum.accumulate(path)
    falls = peaks - path
    place = int(falls.argmax())
    amount, peak = float(falls[place]), float(peaks[place])
    return amount, max(-1.0, -amount / peak) + 0.0 if peak > 0 else Undefined.NO_CAPITAL
