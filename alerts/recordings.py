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
from alerts.windows import PASTS

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]
SLACK = 1e-9  # of sums that are taken from running sums, relative to the largest of these
UNSURE = 2  # neither CLEAR (0) nor HOLDS (1): the evaluator itself must look
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


@dataclass(frozen=True, slots=True)
class Course:
    """What a condition says at each sample.

    `codes` are the verdicts by whether the condition held before: CLEAR, HOLDS, or UNSURE where it
    may change before the next sample, or where rounding decides. `same` is the first place from
    each one on whose verdict is not that of its key any more. `leaves` is when the figure becomes
    `later`, before the next sample.
    """

    codes: tuple[list[int], list[int]]
    same: tuple[list[int], list[int]]
    value: list[float]
    later: list[float]
    leaves: list[float]

    def value_at(self, place: int, at: float) -> float:
        """The figure at a time from this sample to the next."""
        return self.later[place] if at >= self.leaves[place] else self.value[place]


def course(
    condition: Condition, min_samples: int, recording: Recording, *, beside: bool = False
) -> Course | None:
    """None: nothing is known before the evaluator looks. Sums may be off by their rounding.

    `beside`: another series is judged by it, also at the very time of its next sample before that
    one is heard, when what is due to leave the window has left.
    """
    size = len(recording)
    if size < 2 or condition.aggregate == "absent" or not _is_known(condition, recording):
        return None
    gap = np.append(np.diff(recording.ts), math.inf)
    known = ~np.isnan(recording.value) & np.isfinite(gap)
    if condition.no_data_seconds:
        known &= gap < condition.no_data_seconds
    value = later = recording.value
    leaves = np.full(size, math.inf)
    now, then = _held(condition, value, 0.0), _held(condition, value, 0.0)
    if condition.windowed:
        figures = _Windows(condition, recording, at_the_next=beside)
        value, slack, count = figures.measure(figures.start)
        later, later_slack, rest = figures.measure(figures.after)
        now = _held(condition, value, slack, few=count < min_samples)
        then = _held(condition, later, later_slack, few=rest < min_samples)
        known &= (figures.after - figures.start <= 1) & (figures.after <= np.arange(size))
        known &= ~np.isnan(value) & ~np.isnan(later)
        oldest = figures.second[np.minimum(figures.start, size - 1)]
        leaves = np.where(figures.after > figures.start, oldest + condition.window, math.inf)
    codes = [
        np.where(known & (np.where(held == 1, then[1], then[0]) == held), held, UNSURE)
        for held in now
    ]
    return Course(
        codes=(codes[0].tolist(), codes[1].tolist()),
        same=(until_not(codes[0], 0), until_not(codes[1], 1)),
        value=value.tolist(),
        later=later.tolist(),
        leaves=leaves.tolist(),
    )


def _held(
    condition: Condition, figure: Floats, slack: float | Floats, *, few: Flags | None = None
) -> tuple[Ints, Ints]:
    """CLEAR, HOLDS or UNSURE, for whoever comes from clear and for whoever held before."""
    compare: Callable[[Floats, float | Floats], Flags] = COMPARE[condition.comparison]  # type: ignore[assignment]
    clear = condition.threshold if condition.clear_threshold is None else condition.clear_threshold
    found = []
    for mark in (condition.threshold, clear):
        least, most = compare(figure, mark - slack), compare(figure, mark + slack)
        apart = least != most
        if np.any(slack) and condition.comparison in {"==", "!="}:
            apart = np.ones(len(figure), dtype=bool)
        codes = np.where(apart, UNSURE, least).astype(np.int32)
        found.append(codes if few is None else np.where(few, 0, codes))
    return found[0], found[1]


def until_not(codes: Ints, code: int) -> list[int]:
    """The first place from each one on that has another code; one more stands for the end."""
    size = len(codes)
    others = np.append(np.where(codes != code, np.arange(size), size), size)
    return list(np.minimum.accumulate(others[::-1])[::-1].tolist())


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
    """The window at each sample, and as it is just before the next one, or at its very time."""

    def __init__(
        self, condition: Condition, recording: Recording, *, at_the_next: bool = False
    ) -> None:
        self.aggregate, self.recording = condition.aggregate, recording
        self._ranks: tuple[Floats, Floats] | None = None
        second = self.second = np.floor(recording.ts)
        edge = recording.ts - condition.window
        until = np.append(recording.ts[1:], recording.ts[-1]) - condition.window
        self.start: Places = np.searchsorted(second, edge, side="right")
        after = np.searchsorted(second, until, side="right" if at_the_next else "left")
        self.after: Places = np.maximum(after, self.start)

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
    """How many from `start` to before each place are below it, and how many equal it.

    A wavelet matrix (Claude, Navarro and Ordóñez, 2015): the values as ranks, parted bit by bit
    from the highest, zeros first. A span of places stays a span of those that agree with a rank in
    the bits so far; where the rank has a one, those with a zero are below it.
    """
    ranks = np.unique(value, return_inverse=True)[1].astype(np.int32)
    places = np.arange(len(ranks), dtype=np.int32)
    first, last = np.minimum(start, places).astype(np.int32), places
    below = np.zeros(len(ranks), dtype=np.int32)
    parted = ranks
    for bit in reversed(range(int(ranks.max()).bit_length())):
        ones = (parted >> bit & 1).astype(bool)
        zeros_before = np.concatenate(([0], np.cumsum(~ones))).astype(np.int32)
        zero_first, zero_last = zeros_before[first], zeros_before[last]
        has_one = (ranks >> bit & 1).astype(bool)
        below += np.where(has_one, zero_last - zero_first, 0)
        zeros = zeros_before[-1]
        first = np.where(has_one, zeros + first - zero_first, zero_first)
        last = np.where(has_one, zeros + last - zero_last, zero_last)
        parted = np.concatenate((parted[~ones], parted[ones]))
    return below.astype(float), (last - first).astype(float)


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
