"""UTC days without gaps, and what they add up to by week and month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from analytics.performance.returns import Array

type Days = NDArray[np.datetime64]


def between(first: date, last: date) -> Days:
    """Every day from the first to the last."""
    after = np.datetime64(last, "D") + np.timedelta64(1, "D")
    return np.arange(np.datetime64(first, "D"), after)


def spread_over(days: Days, some: Sequence[date], amounts: Array) -> Array:
    """The amounts at their days, summed where a day comes twice, and 0 on quiet days."""
    full = np.zeros(len(days))
    places = (np.array(some, dtype="datetime64[D]") - days[0]).astype(np.int64)
    np.add.at(full, places, amounts)
    return full


def by_month(days: Days, returns: Array) -> dict[str, float]:
    """Compounded by `2026-11`."""
    return _compounded(days.astype("datetime64[M]").astype(str), returns)


def by_week(days: Days, returns: Array) -> dict[str, float]:
    """Compounded by ISO week with the ISO year, `2025-W01`: the last days of December may be in it.

    Grouping by calendar year and ISO week would put 2024-12-30 beside 2024-01-02.
    """
    names = [f"{year}-W{week:02}" for year, week, _ in map(date.isocalendar, days.tolist())]
    return _compounded(np.array(names), returns)


def _compounded(names: NDArray[np.str_], returns: Array) -> dict[str, float]:
    if not len(returns):
        return {}
    starts = np.flatnonzero(np.concatenate(([True], names[1:] != names[:-1])))
    grown = np.multiply.reduceat(np.maximum(1.0 + returns, 0.0), starts) - 1.0
    return dict(zip(names[starts].tolist(), grown.tolist(), strict=True))
