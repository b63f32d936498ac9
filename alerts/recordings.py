"""What a series said in a span of time, as columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Recording:
    """The samples of a series, oldest first; `value` is NaN where there was no number."""

    name: str
    labels: Mapping[str, str]
    ts: Floats  # epoch seconds
    value: Floats
    low: Floats
    high: Floats
    total: Floats
    count: Floats

    def __len__(self) -> int:
        return len(self.ts)


def plain(name: str, labels: Mapping[str, str], ts: Floats, value: Floats) -> Recording:
    """A recording whose samples are single observations."""
    value = np.where(np.isfinite(value), value, np.nan)
    return Recording(name, labels, ts, value, value, value, value, np.ones(len(ts)))
