"""The figures of a condition at many times at once: what `Watched.measure` says, in columns.

A window is the span [start, end) of the numbers of a recording; sums of spans are differences of
running sums, so that they may be off by the rounding of these, which is told as their slack.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from alerts.conditions import Condition
from alerts.recordings import Floats, Places, Recording
from alerts.windows import PASTS

SLACK = 1e-9  # of running sums, relative to the largest of these


class Figure(NamedTuple):
    """NaN where there is none; `slack`: how wrong it may be; `samples`: how many in the window."""

    value: Floats
    slack: float | Floats
    samples: Floats


class Numbers:
    """The samples of a recording that are numbers, and what conditions measure of them."""

    def __init__(self, recording: Recording) -> None:
        there = ~np.isnan(recording.value)
        self.heard: Places = np.concatenate(([0], np.cumsum(there)))  # before each place
        self.first_ts = float(recording.ts[0])
        self.ts, self.value = recording.ts[there], recording.value[there]
        self.low, self.high = recording.low[there], recording.high[there]
        self.total, self.count = recording.total[there], recording.count[there]
        self.second = np.floor(self.ts)

    def __len__(self) -> int:
        return len(self.ts)

    def numbered_at(self, heard: Places) -> Floats:
        """When the newest of so many numbers came; before the first, when the series began."""
        if not len(self):
            return np.full(len(heard), self.first_ts)
        return np.where(heard > 0, self.ts[np.maximum(heard, 1) - 1], self.first_ts)

    def newest(self, heard: Places) -> Floats:
        """The newest of so many numbers; NaN before the first."""
        if not len(self):
            return np.full(len(heard), np.nan)
        return np.where(heard > 0, self.value[np.maximum(heard, 1) - 1], np.nan)


class Window:
    """What a condition measures of the numbers in its window."""

    def __init__(self, condition: Condition, numbers: Numbers) -> None:
        self.aggregate, self.seconds, self.numbers = condition.aggregate, condition.window, numbers

    def start(self, heard: Places, at: Floats) -> Places:
        """The first number that has not left the window at a time."""
        found = np.searchsorted(self.numbers.second, at - self.seconds, side="right")
        return np.minimum(found, heard)

    def measure(self, heard: Places, start: Places) -> Figure:
        numbers = self.numbers
        count = _span(self._counts, start, heard)
        if self.aggregate == "count":
            return Figure(count, 0.0, count)
        if self.aggregate == "last":
            return Figure(np.where(start < heard, numbers.newest(heard), np.nan), 0.0, count)
        if self.aggregate in {"rate", "change"}:
            return Figure(self._change(heard, start), 0.0, count)
        if self.aggregate == "min":
            return Figure(_least(numbers.low, start, heard), 0.0, count)
        if self.aggregate == "max":
            return Figure(-_least(-numbers.high, start, heard), 0.0, count)
        total, slack = _span(self._totals, start, heard), _slack(self._totals)
        if self.aggregate == "sum":
            return Figure(np.where(start < heard, total, np.nan), slack, count)
        with np.errstate(invalid="ignore", divide="ignore"):
            return Figure(total / count, slack, count)

    def _change(self, heard: Places, start: Places) -> Floats:
        """From the last value of the oldest second; NaN while there is no other second."""
        numbers = self.numbers
        if not len(numbers):
            return np.full(len(heard), np.nan)
        newest, first = np.maximum(heard, 1) - 1, np.minimum(start, len(numbers) - 1)
        oldest = self._lasts[first]
        change = numbers.value[newest] - numbers.value[oldest]
        apart = np.where(start < heard, numbers.second[newest] - numbers.second[oldest], 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            figure = change / apart if self.aggregate == "rate" else change
        return np.where(apart > 0, figure, np.nan)

    @cached_property
    def _lasts(self) -> Places:
        """The last number of the second of each."""
        second = self.numbers.second
        return np.asarray(np.searchsorted(second, second, side="right") - 1)

    @cached_property
    def _counts(self) -> Floats:
        return _running(self.numbers.count)

    @cached_property
    def _totals(self) -> Floats:
        return _running(self.numbers.total)


class Past:
    """What a condition measures of the newest number and the seconds before its own.

    A second is its last number. Spans are those of seconds here, not of numbers.
    """

    def __init__(self, condition: Condition, numbers: Numbers) -> None:
        self.aggregate, self.seconds, self.numbers = condition.aggregate, condition.window, numbers
        second = numbers.second
        last = np.append(second[1:] != second[:-1], True)[: len(second)]
        self.second, self.value = second[last], numbers.value[last]

    def end(self, heard: Places) -> Places:
        """How many seconds were over before that of the newest number."""
        if not len(self.second):
            return np.zeros(len(heard), dtype=np.int64)
        newest = self.numbers.second[np.maximum(heard, 1) - 1]
        return np.asarray(np.searchsorted(self.second, newest, side="left"))

    def start(self, heard: Places, at: Floats) -> Places:
        """The first second that has not left the past at a time."""
        found = np.searchsorted(self.second, at - self.seconds, side="right")
        return np.minimum(found, self.end(heard))

    def measure(self, heard: Places, starts: Sequence[Places]) -> Iterator[Figure]:
        """For the same newest numbers from several starts, each of them not before the first."""
        end, newest = self.end(heard), self.numbers.newest(heard)
        counts = [(end - start).astype(float) for start in starts]
        if not len(self.second):
            yield from (Figure(newest, 0.0, count) for count in counts)
        elif self.aggregate == "quantile":
            found = self._quantiles(newest, starts, end)
            yield from (Figure(each, 0.0, n) for each, n in zip(found, counts, strict=True))
        else:
            for start, count in zip(starts, counts, strict=True):
                yield self._deviation(newest, start, end, count)

    def at(self, heard: int, at: float) -> float:
        """The figure at one time; NaN where there is none."""
        many = np.array([heard])
        start = self.start(many, np.array([at]))
        if self.aggregate != "quantile":
            return float(next(self.measure(many, [start])).value[0])
        past = self.value[int(start[0]) : int(self.end(many)[0])]
        if len(past) < 2:
            return math.nan
        newest = float(self.numbers.value[heard - 1])
        return float((2 * (past < newest).sum() + (past == newest).sum()) / 2 / len(past))

    def _deviation(self, newest: Floats, start: Places, end: Places, count: Floats) -> Figure:
        """Sums of distances from the mean of all: the spread of a window is not lost in them."""
        sums, squares, middle, equal_since = self._distances
        apart, sum_slack = newest - middle, _slack(sums)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = _span(sums, start, end) / count
            spread = (_span(squares, start, end) - count * mean * mean) / (count - 1)
            wrong = (_slack(squares) + 2 * np.abs(mean) * sum_slack) / (count - 1)
            least, most = np.sqrt(spread - wrong), np.sqrt(spread + wrong)
            figure = (apart - mean) / np.sqrt(spread)
            slack = sum_slack / count / least + np.abs(apart - mean) * (1 / least - 1 / most)
        floor = 1e-6 * max(1.0, float(np.abs(self.value).max()))
        figure[~(least > floor)] = np.nan
        last = np.maximum(end, 1) - 1
        calm = (equal_since[last] <= start) & (self.value[last] == newest)
        figure, slack = np.where(calm, 0.0, figure), np.where(calm, 0.0, slack)
        figure[count < 2] = np.nan
        return Figure(figure, slack + SLACK * np.abs(figure), count)

    @cached_property
    def _distances(self) -> tuple[Floats, Floats, float, Places]:
        """Running sums of the distances from the mean and of their squares, the mean, and since
        which second each value has been the same.
        """
        middle, places = float(self.value.mean()), np.arange(len(self.value))
        apart = self.value - middle
        changed = np.append(True, self.value[1:] != self.value[:-1])
        since = np.maximum.accumulate(np.where(changed, places, 0))
        return _running(apart), _running(apart * apart), middle, since

    def _quantiles(self, newest: Floats, starts: Sequence[Places], end: Places) -> Iterator[Floats]:
        """The spans are ordered once for each newest number; what has left them when others look
        is counted out.
        """
        anew = np.append(True, (np.diff(newest) != 0) | (np.diff(end) != 0))
        which, first = np.cumsum(anew) - 1, starts[0][anew]
        below, equal = (each[which] for each in _ranks(self.value, newest[anew], first, end[anew]))
        first = first[which]
        for start in starts:
            while (gone := first < start).any():
                leaver = self.value[np.minimum(first, len(self.value) - 1)]
                below = below - (gone & (leaver < newest))
                equal = equal - (gone & (leaver == newest))
                first = first + gone
            count = (end - start).astype(float)
            with np.errstate(invalid="ignore", divide="ignore"):
                figure = (below + (below + equal)) / 2 / count
            figure[count < 2] = np.nan
            yield figure


def figures(condition: Condition, numbers: Numbers) -> Window | Past:
    return (Past if condition.aggregate in PASTS else Window)(condition, numbers)


def _ranks(value: Floats, asked: Floats, start: Places, end: Places) -> tuple[Floats, Floats]:
    """How many values from `start` to before `end` are below the one asked, and how many equal it.

    A wavelet matrix (Claude, Navarro and Ordóñez, 2015): the values as ranks, parted bit by bit
    from the highest, zeros first. A span of places stays a span of those that agree with a rank in
    the bits so far; where the rank has a one, those with a zero are below it.
    """
    known, parted = np.unique(value, return_inverse=True)
    # One that is no value of its own stands between two: ranks are doubled, with room between.
    parted = (2 * parted + 1).astype(np.int32)
    place = np.searchsorted(known, asked)
    there = known[np.minimum(place, len(known) - 1)] == asked
    ranks = (2 * place + there).astype(np.int32)
    first, last = start.astype(np.int32), end.astype(np.int32)
    below = np.zeros(len(ranks), dtype=np.int32)
    for bit in reversed(range(int(max(parted.max(), ranks.max(initial=0))).bit_length())):
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


def _running(column: Floats) -> Floats:
    return np.concatenate(([0.0], np.cumsum(column)))


def _span(sums: Floats, start: Places, end: Places) -> Floats:
    return np.asarray(sums[end] - sums[start])


def _slack(sums: Floats) -> float:
    return SLACK * float(np.abs(sums).max())


def _least(column: Floats, start: Places, end: Places) -> Floats:
    """The least from `start` to before `end`: from two overlapping spans of 2^k places."""
    length = end - start
    level = np.where(length > 0, np.log2(np.maximum(length, 1)).astype(np.int64), -1)
    found = np.full(len(start), np.nan)
    spans, width = column, 1  # spans[i]: the least of column[i : i + width]
    for each in range(int(level.max(initial=-1)) + 1):
        here = np.flatnonzero(level == each)
        found[here] = np.minimum(spans[start[here]], spans[end[here] - width])
        if len(spans) > width:
            spans = np.minimum(spans[:-width], spans[width:])
        width *= 2
    return found
