"""What a rule says of a series whenever somebody looks, worked out for a whole recording at once.

What it does not know, the evaluator itself must judge.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alerts.conditions import COMPARE, Condition
from alerts.expressions import All, Leaf, Node, Not, Some, This
from alerts.figures import Figure, Numbers, Past, Window, figures
from alerts.recordings import Flags, Floats, Ints, Places, Recording
from alerts.timelines import Timeline, counts, looks, opened, timeline
from alerts.watch import Plan

UNSURE = 2  # neither CLEAR (0) nor HOLDS (1): the evaluator itself must look
NOT = np.array([1, 0, UNSURE], dtype=np.int32)
MOST_LEAVE = 3  # seconds that leave a past between two looks; where more do, nothing is known

Codes = tuple[Ints, Ints]  # of whoever comes from clear, and of whoever held before


@dataclass(frozen=True, slots=True)
class Course:
    """`codes` are the verdicts by whether the rule held before: CLEAR, HOLDS, or UNSURE where that
    may change before somebody looks, or where rounding decides. `same` is the first place from
    each one on whose verdict is not that of its key any more; one more stands for the end.
    """

    line: Timeline
    codes: Codes
    same: tuple[Places, Places]
    value: Floats
    value_at: Callable[[int, float], float]  # the figure at a time from this place to the next


def course(plan: Plan, own: int, recordings: Sequence[Recording]) -> Course:
    """The rule on one of these recordings, beside those that it looks at there."""
    numbers = [Numbers(each) for each in recordings]
    line = timeline(plan, own, recordings, numbers)
    series = _Own(plan, recordings[own], numbers[own], line, line.newest[own])
    codes = series.codes
    if plan.samples_metric and plan.min_samples and plan.aggregate not in {"absent", "present"}:
        count = _count(plan, own, recordings, line)
        codes = _enough(codes[0], count, plan), _enough(codes[1], count, plan)
    if plan.composite:
        known = {each: _known(each, own, recordings, numbers, line) for each in plan.others}
        # Windows of other series are filled from when the rule's own one spoke first.
        reach = max((each.window for each in plan.others), default=0)
        filled = line.ts > recordings[own].ts[0] + reach + 1
        said = _truth(plan.composite, codes[0], known), _truth(plan.composite, codes[1], known)
        codes = (
            np.where(filled & (codes[0] != UNSURE), said[0], UNSURE),
            np.where(filled & (codes[1] != UNSURE), said[1], UNSURE),
        )
    return Course(
        line=line,
        codes=codes,
        same=(_until_not(codes[0], 0), _until_not(codes[1], 1)),
        value=series.value,
        value_at=series.value_at,
    )


class _Own:
    """The rule's own series."""

    def __init__(
        self, plan: Plan, mine: Recording, numbers: Numbers, line: Timeline, newest: Places
    ) -> None:
        self.plan, self.numbers, self.line = plan, numbers, line
        self.is_open, self.since = opened(plan.calendar, line.ts)
        self.heard: Places = numbers.heard[newest + 1]
        self.numbered_at = numbers.numbered_at(self.heard)
        self.heard_at = np.maximum(self.numbered_at, self.since)
        self.is_number = (newest >= 0) & ~np.isnan(mine.value[newest])
        self.figures = figures(plan, numbers) if plan.windowed else None
        known = self.is_open & (newest >= 0) & np.isfinite(line.following)
        if plan.aggregate == "absent":
            found, self.value = self._silence()
        elif plan.aggregate == "present":
            found = self._presence()
            self.value = np.where(self.is_number, numbers.newest(self.heard), np.nan)
        else:
            found, self.value = self._compared()
            if plan.no_data_seconds:
                known &= line.ts - self.heard_at < plan.no_data_seconds
                known &= line.following - self.heard_at <= plan.no_data_seconds
        self.codes = _where(known, found)

    def value_at(self, place: int, at: float) -> float:
        if self.plan.aggregate == "absent":
            return at - float(self.heard_at[place])
        if isinstance(self.figures, Past):
            return self.figures.at(int(self.heard[place]), at)
        return float(self.value[place])

    def _silence(self) -> tuple[Codes, Floats]:
        """Silence grows; where that alone would change the verdict nothing is known."""
        silent = self.line.ts - self.heard_at
        later = np.nextafter(self.line.following, -math.inf) - self.heard_at
        now, then = _held(self.plan, silent, 0.0), _held(self.plan, later, 0.0)
        return _alike(now, then), silent

    def _presence(self) -> Codes:
        codes = self.is_number.astype(np.int32)
        return codes, codes

    def _compared(self) -> tuple[Codes, Floats]:
        if self.figures is None:
            value = self.numbers.newest(self.heard)
            known = self.is_number & (self.numbered_at >= self.since)
            return _where(known, _held(self.plan, value, 0.0)), value
        least = 0 if self.plan.samples_metric else self.plan.min_samples
        codes, figure = _windowed(self.plan, self.figures, self.heard, self.line, least)
        if isinstance(self.figures, Past):
            codes = _where(self.is_number, codes)
        return codes, figure.value


def _windowed(
    condition: Condition, found: Window | Past, heard: Places, line: Timeline, least: int = 0
) -> tuple[Codes, Figure]:
    """Nobody looks when a second leaves a past: known is where that would change nothing."""
    start = found.start(heard, line.ts)
    if isinstance(found, Window):
        figure = found.measure(heard, start)
        return _judged(condition, figure, least), figure
    end = np.maximum(start, found.start(heard, np.nextafter(line.following, -math.inf)))
    most = min(MOST_LEAVE, int((end - start).max(initial=0)))
    starts = [np.minimum(start + gone, end) for gone in range(1 + most)]
    measured = list(found.measure(heard, starts))
    codes = _judged(condition, measured[0], least)
    for figure in measured[1:]:
        codes = _alike(codes, _judged(condition, figure, least))
    return _where(end - start <= MOST_LEAVE, codes), measured[0]


def _judged(condition: Condition, figure: Figure, least: int) -> Codes:
    """Where there are fewer samples than the least the condition does not hold."""
    codes = _held(condition, figure.value, figure.slack)
    if least:
        few = figure.samples < least
        codes = np.where(few, 0, codes[0]), np.where(few, 0, codes[1])
    return _where(~np.isnan(figure.value), codes)


def _held(condition: Condition, figure: Floats, slack: float | Floats) -> Codes:
    """For whoever comes from clear, and for whoever held before."""
    compare: Callable[[Floats, float | Floats], Flags] = COMPARE[condition.comparison]  # type: ignore[assignment]
    clear = condition.threshold if condition.clear_threshold is None else condition.clear_threshold
    found = []
    for mark in (condition.threshold, clear):
        least, most = compare(figure, mark - slack), compare(figure, mark + slack)
        apart = least != most
        if condition.comparison in {"==", "!="}:
            apart = np.broadcast_to(np.asarray(slack) != 0, figure.shape)
        found.append(np.where(apart, UNSURE, least))
    return found[0], found[1]


def _where(known: Flags, codes: Codes) -> Codes:
    return np.where(known, codes[0], UNSURE), np.where(known, codes[1], UNSURE)


def _alike(some: Codes, others: Codes) -> Codes:
    """The codes where both say the same."""
    first = np.where(some[0] == others[0], some[0], UNSURE)
    return first, np.where(some[1] == others[1], some[1], UNSURE)


def _until_not(codes: Ints, code: int) -> Places:
    size = len(codes)
    others = np.append(np.where(codes != code, np.arange(size), size), size)
    return np.minimum.accumulate(others[::-1])[::-1]


def _count(plan: Plan, own: int, recordings: Sequence[Recording], line: Timeline) -> Floats:
    """What the series that counts the samples said last; NaN: nothing."""
    found = np.full(len(line.ts), np.nan)
    for recording, newest in zip(recordings, line.newest, strict=True):
        if counts(plan, recording, recordings[own]):
            found = np.where(newest < 0, np.nan, recording.value[newest])
    return found


def _enough(codes: Ints, count: Floats, plan: Plan) -> Ints:
    known = ~np.isnan(count) & (codes != UNSURE)
    return np.where(known, np.where(count < plan.min_samples, 0, codes), UNSURE)


def _known(
    condition: Condition,
    own: int,
    recordings: Sequence[Recording],
    numbers: Sequence[Numbers],
    line: Timeline,
) -> Ints:
    """Whether it holds on any series that it looks at; UNSURE also where none says anything."""
    held = np.zeros(len(line.ts), dtype=bool)
    clear, unsure = held.copy(), held.copy()
    for recording, known, newest in zip(recordings, numbers, line.newest, strict=True):
        if not looks(condition, recording, recordings[own]):
            continue
        heard: Places = known.heard[newest + 1]
        says = (newest >= 0) & ~np.isnan(recording.value[newest])
        if condition.windowed:
            found = figures(condition, known)
            (codes, _), figure = _windowed(condition, found, heard, line)
            if isinstance(found, Window):  # it says what it holds, whatever came last
                says = (newest >= 0) & ~np.isnan(figure.value)
        else:
            codes, _ = _held(condition, known.newest(heard), 0.0)
        says &= line.ts - known.numbered_at(heard) < condition.no_data_seconds
        held |= says & (codes == 1)
        clear |= says & (codes == 0)
        unsure |= says & (codes == UNSURE)
    return np.where(held, 1, np.where(unsure | ~clear, UNSURE, 0))


def _truth(node: Node, this: Ints, known: Mapping[Condition, Ints]) -> Ints:
    """Kleene's logic, as `expressions.truth` has it, over columns."""
    match node:
        case This():
            return this
        case Leaf(condition):
            return known[condition]
        case Not(part):
            return np.asarray(NOT[_truth(part, this, known)])
        case All(parts):
            found = np.stack([_truth(part, this, known) for part in parts])
            some, every = (found == 0).any(axis=0), (found == 1).all(axis=0)
            return np.where(some, 0, np.where(every, 1, UNSURE))
        case Some(parts):
            found = np.stack([_truth(part, this, known) for part in parts])
            some, every = (found == 1).any(axis=0), (found == 0).all(axis=0)
            return np.where(some, 1, np.where(every, 0, UNSURE))
