"""A rule over the recordings of all series that it looks at: what it says at every sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alerts.conditions import Condition
from alerts.expressions import All, Leaf, Node, Not, Some, This
from alerts.recordings import (
    UNSURE,
    Course,
    Flags,
    Floats,
    Ints,
    Places,
    Recording,
    course,
    until_not,
)
from alerts.watch import Plan, agrees

NOT = np.array([1, 0, UNSURE], dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Joint:
    """The samples of some recordings in the order of time, the first recording's rule on them."""

    ts: list[float]
    owner: list[int]  # whose sample it is
    places: list[list[int]]  # by recording: its newest sample at each of them, -1: none yet
    course: Course


def parted(plan: Plan, recordings: Sequence[Recording]) -> list[list[Recording]] | None:
    """Each series of the rule with those that it looks at; None: they cannot be parted."""
    own = [each for each in recordings if each.name == plan.metric and plan.covers(each.labels)]
    held_by_windows = plan.windowed and plan.clear_threshold is not None
    counts_itself = plan.samples_metric == plan.metric or (plan.samples_metric and plan.others)
    if plan.calendar or held_by_windows or counts_itself or _wavers(plan):
        return None
    groups = []
    for mine in own:
        beside = [each for each in recordings if each is not mine]
        looked = [
            each
            for each in beside
            if any(_looks(condition, each, mine) for condition in plan.others)
            or (each.name == plan.samples_metric and dict(each.labels) == dict(mine.labels))
        ]
        if any(other is each for other in looked for each in own):
            return None
        groups.append([mine, *looked])
    return groups


def _wavers(plan: Plan) -> bool:
    """Between threshold and clear value it may say no because it held, and hold because it said
    no: another verdict each time that somebody looks.
    """
    return plan.clear_threshold is not None and _negates_this(plan.composite)


def _negates_this(node: Node | None, *, negated: bool = False) -> bool:
    match node:
        case This():
            return negated
        case Not(part):
            return _negates_this(part, negated=True)
        case All(parts) | Some(parts):
            return any(_negates_this(part, negated=negated) for part in parts)
        case _:
            return False


def _looks(condition: Condition, recording: Recording, mine: Recording) -> bool:
    return recording.name == condition.metric and agrees(condition, recording.labels, mine.labels)


def joint(plan: Plan, recordings: Sequence[Recording]) -> Joint | None:
    """None: nothing is known of the rule's own series before the evaluator looks."""
    mine = recordings[0]
    own = course(plan, 0 if plan.samples_metric else plan.min_samples, mine)
    if own is None:
        return None
    ts = np.concatenate([each.ts for each in recordings])
    order = np.argsort(ts, kind="stable")
    owner = np.repeat(np.arange(len(recordings)), [len(each) for each in recordings])[order]
    ts = ts[order]
    places = [np.cumsum(owner == number) - 1 for number in range(len(recordings))]
    known = {c: _known(c, mine, recordings, places) for c in plan.others}
    count = _count(plan, recordings, places) if plan.samples_metric else None
    # Windows of other series are filled from when the rule's own one spoke first.
    filled = ts > mine.ts[0] + max((each.window for each in plan.others), default=0) + 1
    clear, holds = [
        _said(plan, _codes(np.array(codes, dtype=np.int32), places[0]), known, count, filled)
        for codes in own.codes
    ]
    newest = np.maximum(places[0], 0)
    found = Course(
        codes=(clear.tolist(), holds.tolist()),
        same=(until_not(clear, 0), until_not(holds, 1)),
        value=np.array(own.value)[newest].tolist(),
        later=np.array(own.later)[newest].tolist(),
        leaves=np.array(own.leaves)[newest].tolist(),
    )
    return Joint(ts.tolist(), owner.tolist(), [each.tolist() for each in places], found)


def _said(
    plan: Plan, own: Ints, known: dict[Condition, Ints], count: Floats | None, filled: Flags
) -> Ints:
    """What the rule says where its own series says `own`."""
    said = _truth(plan.composite, own, known) if plan.composite else own
    if count is not None and plan.min_samples:
        said = np.where(np.isnan(count), UNSURE, np.where(count < plan.min_samples, 0, said))
    return np.where(filled & (own != UNSURE), said, UNSURE).astype(np.int32)


def _count(plan: Plan, recordings: Sequence[Recording], places: Sequence[Places]) -> Floats:
    """What the series that counts the samples said last; NaN: nothing."""
    count = np.full(len(places[0]), np.nan)
    for recording, newest in zip(recordings, places, strict=True):
        if recording.name == plan.samples_metric:
            count = np.where(newest < 0, np.nan, recording.value[np.maximum(newest, 0)])
    return count


def _codes(codes: Ints, newest: Places) -> Ints:
    """The verdicts of a recording at the samples of all; UNSURE before its first."""
    return np.where(newest < 0, UNSURE, codes[np.maximum(newest, 0)]).astype(np.int32)


def _known(
    condition: Condition,
    mine: Recording,
    recordings: Sequence[Recording],
    places: Sequence[Places],
) -> Ints:
    """Whether the condition holds on any series that it looks at; UNSURE also where none speaks."""
    held = np.zeros(len(places[0]), dtype=bool)
    clear, unsure = held.copy(), held.copy()
    for recording, newest in zip(recordings, places, strict=True):
        if not _looks(condition, recording, mine):
            continue
        found = course(condition, 0, recording, beside=True)
        codes = np.array(found.codes[0] if found else [UNSURE] * len(recording), dtype=np.int32)
        there = _codes(codes, newest)
        held |= there == 1
        clear |= there == 0
        unsure |= (there == UNSURE) & (newest >= 0)
    return np.where(held, 1, np.where(unsure | ~clear, UNSURE, 0)).astype(np.int32)


def _truth(node: Node, this: Ints, known: dict[Condition, Ints]) -> Ints:
    """Kleene's logic, as `expressions.truth` has it, over columns."""
    match node:
        case This():
            return this
        case Leaf(condition):
            return known[condition]
        case Not(part):
            return NOT[_truth(part, this, known)]
        case All(parts):
            found = np.stack([_truth(part, this, known) for part in parts])
            some, every = (found == 0).any(axis=0), (found == 1).all(axis=0)
            return np.where(some, 0, np.where(every, 1, UNSURE)).astype(np.int32)
        case Some(parts):
            found = np.stack([_truth(part, this, known) for part in parts])
            some, every = (found == 1).any(axis=0), (found == 0).all(axis=0)
            return np.where(some, 1, np.where(every, 0, UNSURE)).astype(np.int32)
