"""What a series said in a span of time, as columns, and where a rule on it can have nothing to do.

The columns let a replay pass over the long stretches in which nothing happens: `steady` says of
each sample whether the verdict surely stays what it is until the next one. What it does not know
is judged sample by sample by the evaluator itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.conditions import COMPARE, Condition

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]
SLACK = 1e-9  # of sums that are taken from running sums, relative to the largest of these
KNOWN = frozenset({"last", "avg", "sum", "min", "max", "count", "absent"})


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


def steady(condition: Condition, min_samples: int, recording: Recording) -> tuple[Flags, Flags]:
    """Where the condition surely does not hold until the next sample, and where it surely does.

    "Surely": whether or not it held before, whatever the rounding. The last sample is never sure.
    """
    size = len(recording)
    nowhere = np.zeros(size, dtype=bool)
    if condition.aggregate not in KNOWN or size < 2:
        return nowhere, nowhere
    gap = np.append(np.diff(recording.ts), math.inf)
    if condition.aggregate == "absent":
        return (gap < condition.threshold) & ~np.isnan(recording.value), nowhere
    known = ~np.isnan(recording.value) & np.isfinite(gap)
    if condition.no_data_seconds:
        known &= gap < condition.no_data_seconds
    if not condition.windowed:
        clear, holds = _sides(condition, recording.value, 0.0)
        return known & clear, known & holds
    clear, holds = np.ones(size, dtype=bool), np.ones(size, dtype=bool)
    figures = _Windows(condition, recording)
    known &= figures.after - figures.start <= 1
    for start in (figures.start, figures.after):
        figure, slack, count = figures.measure(start)
        known &= (start <= np.arange(size)) & ~np.isnan(figure)
        this_clear, this_holds = _sides(condition, figure, slack)
        few = count < min_samples
        clear &= this_clear | few
        holds &= this_holds & ~few
    return known & clear, known & holds


def _sides(condition: Condition, figure: Floats, slack: float) -> tuple[Flags, Flags]:
    """Whether neither threshold nor clear value makes it hold, and whether both do."""
    compare: Callable[[Floats, float], Flags] = COMPARE[condition.comparison]  # type: ignore[assignment]
    marks = {condition.threshold, condition.clear_threshold}
    edges = [mark + sign * slack for mark in marks if mark is not None for sign in (-1, 1)]
    found = [compare(figure, edge) for edge in edges]
    if slack and condition.comparison in {"==", "!="}:
        return np.zeros(len(figure), dtype=bool), np.zeros(len(figure), dtype=bool)
    return ~np.logical_or.reduce(found), np.logical_and.reduce(found)


class _Windows:
    """The window at each sample, and as it is just before the next one."""

    def __init__(self, condition: Condition, recording: Recording) -> None:
        self.aggregate, self.recording = condition.aggregate, recording
        second = np.floor(recording.ts)
        edge = recording.ts - condition.window
        until = np.append(recording.ts[1:], recording.ts[-1]) - condition.window
        self.start: Places = np.searchsorted(second, edge, side="right")
        self.after: Places = np.maximum(np.searchsorted(second, until, side="left"), self.start)

    def measure(self, start: Places) -> tuple[Floats, float, Floats]:
        """The figure of the samples from `start` to each sample, its slack, and their number."""
        rec, there = self.recording, ~np.isnan(self.recording.value)
        count, _ = _running(np.where(there, rec.count, 0.0), start)
        if self.aggregate == "count":
            return count, 0.0, count
        if self.aggregate == "last":
            return rec.value, 0.0, count
        if self.aggregate in {"min", "max"}:
            column = rec.low if self.aggregate == "min" else -rec.high
            least = _least(np.where(there, column, math.inf), start)
            least[np.isinf(least)] = np.nan
            return least if self.aggregate == "min" else -least, 0.0, count
        total, slack = _running(np.where(there, rec.total, 0.0), start)
        if self.aggregate == "sum":
            return total, slack, count
        with np.errstate(invalid="ignore", divide="ignore"):
            return total / count, slack, count


def _running(column: Floats, start: Places) -> tuple[Floats, float]:
    """The sums from `start` to each place, and how wrong they may be."""
    sums = np.concatenate(([0.0], np.cumsum(column)))
    largest = float(np.abs(sums).max())
    return sums[1:] - sums[np.minimum(start, len(column))], SLACK * largest


def _least(column: Floats, start: Places) -> Floats:
    """The least from `start` to each place: from two overlapping spans of 2^k places."""
    places = np.arange(len(column))
    length = places - start + 1
    level = np.where(length > 0, np.log2(np.maximum(length, 1)).astype(np.int64), -1)
    found = np.full(len(column), np.nan)
    spans, width = column, 1  # spans[i]: the least of column[i : i + width]
    for each in range(int(level.max()) + 1):
        here = np.flatnonzero(level == each)
        found[here] = np.minimum(spans[start[here]], spans[places[here] - width + 1])
        if len(spans) > width:
            spans = np.minimum(spans[:-width], spans[width:])
        width *= 2
    return found
