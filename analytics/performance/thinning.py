"""Long curves in few points, without losing a peak or a trough."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.performance.returns import Array

MOST = 2_000  # points of a curve that a page draws


def places(curve: Array, *, most: int = MOST) -> NDArray[np.int64]:
    """Which elements to keep, in order: at most `most`, all of a curve that has no more.

    1. The first and the last are kept. 2. What lies between is cut into spans of equal length. 3.
    Of each span its lowest and its highest element are kept, so that the extremes of the whole
    curve are among them, and no fall looks shallower than it was.
    """
    if most < 4:
        raise ValueError("A curve keeps its ends and its extremes: at least 4 points.")
    n = len(curve)
    if n <= most:
        return np.arange(n)
    edges = np.linspace(1, n - 1, (most - 2) // 2 + 1).astype(np.int64)
    kept = {0, n - 1}
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        span = curve[start:end]
        kept |= {start + int(span.argmin()), start + int(span.argmax())}
    return np.array(sorted(kept), dtype=np.int64)
