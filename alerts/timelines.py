"""When somebody looks at a rule: the samples of every series that it looks at, and some clocks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from alerts.calendars import Calendar
from alerts.conditions import Condition
from alerts.figures import Numbers
from alerts.recordings import Flags, Floats, Places, Recording
from alerts.watch import Plan, agrees

NOBODY = -1


@dataclass(frozen=True, slots=True)
class Timeline:
    """The times in order; until the next one nobody looks but the state machine's own clock."""

    ts: Floats
    owner: Places  # whose sample comes then, NOBODY's where only a clock is due
    newest: Sequence[Places]  # by recording: its newest sample, -1 before the first
    following: Floats  # the next of them, infinity after the last


def looks(condition: Condition, recording: Recording, mine: Recording) -> bool:
    """Whether a condition of a composite on one series looks at another."""
    return recording.name == condition.metric and agrees(condition, recording.labels, mine.labels)


def counts(plan: Plan, recording: Recording, mine: Recording) -> bool:
    """Whether this series says of how many samples the other one speaks."""
    return recording.name == plan.samples_metric and dict(recording.labels) == dict(mine.labels)


def timeline(
    plan: Plan, own: int, recordings: Sequence[Recording], numbers: Sequence[Numbers]
) -> Timeline:
    """From the first sample to the last; those of one time in the order of the recordings."""
    spoken = np.concatenate([each.ts for each in recordings])
    clocks = np.unique(np.concatenate([[], *_clocks(plan, own, recordings, numbers, spoken)]))
    in_order = np.sort(spoken)
    clocks = clocks[(clocks > in_order[0]) & (clocks < in_order[-1])]
    clocks = clocks[in_order[np.searchsorted(in_order, clocks)] != clocks]
    ts = np.concatenate([spoken, clocks])
    order = np.argsort(ts, kind="stable")
    whose = np.repeat(np.arange(len(recordings)), [len(each) for each in recordings])
    owner = np.concatenate([whose, np.full(len(clocks), NOBODY)])[order]
    newest = [np.cumsum(owner == number) - 1 for number in range(len(recordings))]
    ts = ts[order]
    return Timeline(ts, owner, newest, np.append(ts[1:], math.inf))


def _clocks(
    plan: Plan,
    own: int,
    recordings: Sequence[Recording],
    numbers: Sequence[Numbers],
    spoken: Floats,
) -> Iterator[Floats]:
    """When samples leave windows, series fall silent, and the calendar opens or closes."""
    mine = recordings[own]
    if plan.slides:
        yield np.unique(numbers[own].second) + plan.window
    edges = np.zeros(0)
    if plan.calendar:
        edges = _edges(plan.calendar, spoken)
        yield edges
    if plan.aggregate == "absent":
        yield numbers[own].ts + plan.threshold
        yield edges + plan.threshold
    for condition in plan.others:
        for recording, known in zip(recordings, numbers, strict=True):
            if looks(condition, recording, mine):
                if condition.slides:
                    yield np.unique(known.second) + condition.window
                longer = np.append(np.diff(known.ts), math.inf)[: len(known)]
                yield known.ts[longer > condition.no_data_seconds] + condition.no_data_seconds


def _edges(calendar: Calendar, ts: Floats) -> Floats:
    """When it opens and closes, from the first time on: opened, closed, opened and so on."""
    pieces = calendar.between(float(ts.min()), float(ts.max()) + 1)
    return np.array([edge for piece in pieces for edge in piece], dtype=float)


def opened(calendar: Calendar | None, ts: Floats) -> tuple[Flags, Floats]:
    """Whether it is open at each of these times, which are in order, and since when."""
    if calendar is None:
        return np.ones(len(ts), dtype=bool), np.full(len(ts), -math.inf)
    edges = _edges(calendar, ts)
    since = np.append(-math.inf, edges)
    if len(edges) and edges[0] == ts[0]:
        since[1] = calendar.opened_at(float(ts[0]))
    place = np.searchsorted(edges, ts, side="right")
    return place % 2 == 1, since[place]
