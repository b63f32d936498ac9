"""What a series said in a span of time, as columns, and where a rule on it can have nothing to do.

The columns let a replay pass over the long stretches in which nothing happens: `steady` says of
each sample whether the verdict surely stays what it is until the next one. What it does not know
is judged sample by sample by the evaluator itself.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.conditions import COMPARE, Condition
from alerts.windows import PASTS

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]
SLACK = 1e-9  # of sums that are taken from running sums, relative to the largest of these
KNOWN = frozenset({"last", "avg", "sum", "min", "max", "count", "rate", "change", "absent"})


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
    if size < 2 or not _is_known(condition, recording):
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


def _is_known(condition: Condition, recording: Recording) -> bool:
    """Pasts are known of series that spoke a number, once a second at most."""
    if condition.aggregate not in PASTS:
        return condition.aggregate in KNOWN
    return bool(np.diff(np.floor(recording.ts)).all() and not np.isnan(recording.value).any())


def _sides(condition: Condition, figure: Floats, slack: float | Floats) -> tuple[Flags, Flags]:
    """Whether neither threshold nor clear value makes it hold, and whether both do."""
    compare: Callable[[Floats, float | Floats], Flags] = COMPARE[condition.comparison]  # type: ignore[assignment]
    marks = {condition.threshold, condition.clear_threshold}
    edges = [mark + sign * slack for mark in marks if mark is not None for sign in (-1, 1)]
    found = [compare(figure, edge) for edge in edges]
    if np.any(slack) and condition.comparison in {"==", "!="}:
        return np.zeros(len(figure), dtype=bool), np.zeros(len(figure), dtype=bool)
    return ~np.logical_or.reduce(found), np.logical_and.reduce(found)


class _Windows:
    """The window at each sample, and as it is just before the next one."""

    def __init__(self, condition: Condition, recording: Recording) -> None:
        self.aggregate, self.recording = condition.aggregate, recording
        self._ranks: tuple[Floats, Floats] | None = None
        second = self.second = np.floor(recording.ts)
        edge = recording.ts - condition.window
        until = np.append(recording.ts[1:], recording.ts[-1]) - condition.window
        self.start: Places = np.searchsorted(second, edge, side="right")
        self.after: Places = np.maximum(np.searchsorted(second, until, side="left"), self.start)

    def measure(self, start: Places) -> tuple[Floats, float | Floats, Floats]:
        """The figure of the samples from `start` to each sample, its slack, and their number."""
        if self.aggregate == "deviation":
            return self._deviation(start)
        if self.aggregate == "quantile":
            return self._quantile(start)
        rec, there = self.recording, ~np.isnan(self.recording.value)
        count, _ = _running(np.where(there, rec.count, 0.0), start)
        if self.aggregate == "count":
            return count, 0.0, count
        if self.aggregate == "last":
            return rec.value, 0.0, count
        if self.aggregate in {"rate", "change"}:
            return self._change(start), 0.0, count
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

    def _change(self, start: Places) -> Floats:
        """From the last value of the oldest second; NaN while there is no other second."""
        places = np.arange(len(self.second))
        first = np.minimum(start, places)
        ends = np.searchsorted(self.second, self.second[first], side="right") - 1
        change = self.recording.value - self.recording.value[np.minimum(ends, places)]
        apart = self.second - self.second[first]
        with np.errstate(invalid="ignore", divide="ignore"):
            per_second = change / apart
        figure = per_second if self.aggregate == "rate" else change
        return np.where(apart > 0, figure, np.nan)

    def _deviation(self, start: Places) -> tuple[Floats, Floats, Floats]:
        """Sums of distances from the mean of all: the spread of a window is not lost in them."""
        value, places = self.recording.value, np.arange(len(self.second))
        middle = float(value.mean())
        apart, first = value - middle, np.minimum(start, places)
        sums, sum_slack = _running(apart, first)
        squares, square_slack = _running(apart * apart, first)
        count = (places - first).astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = (sums - apart) / count
            spread = (squares - apart * apart - count * mean * mean) / (count - 1)
            wrong = (square_slack + 2 * np.abs(mean) * sum_slack) / (count - 1)
            least, most = np.sqrt(spread - wrong), np.sqrt(spread + wrong)
            figure = (apart - mean) / np.sqrt(spread)
            slack = sum_slack / count / least + np.abs(apart - mean) * (1 / least - 1 / most)
        floor = 1e-6 * max(1.0, float(np.abs(value).max()))
        figure[(count < 2) | ~(least > floor)] = np.nan
        return figure, slack + SLACK * np.abs(figure), count

    def _quantile(self, start: Places) -> tuple[Floats, float, Floats]:
        """The windows are ordered once; what leaves before the next sample is counted out."""
        if self._ranks is None:
            self._ranks = _ranks(self.recording.value, self.start)
        places = np.arange(len(self.second))
        below, equal = self._ranks
        count = (places - np.minimum(start, places)).astype(float)
        gone = (start > self.start) & (self.start < places)
        leaver = self.recording.value[np.minimum(self.start, places)]
        below = below - (gone & (leaver < self.recording.value))
        equal = equal - (gone & (leaver == self.recording.value))
        with np.errstate(invalid="ignore", divide="ignore"):
            figure = (below + (below + equal)) / 2 / count
        figure[count < 2] = np.nan
        return figure, 0.0, count


def _ranks(value: Floats, start: Places) -> tuple[Floats, Floats]:
    """How many from `start` to before each place are below it, and how many equal it."""
    values, ordered, oldest = value.tolist(), list[float](), 0
    below, up_to = np.zeros(len(values)), np.zeros(len(values))
    for place, (number, first) in enumerate(zip(values, start.tolist(), strict=True)):
        while oldest < min(first, place):
            del ordered[bisect_left(ordered, values[oldest])]
            oldest += 1
        below[place] = bisect_left(ordered, number)
        up_to[place] = bisect_right(ordered, number)
        insort(ordered, number)
    return below, up_to - below


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
