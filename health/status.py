"""What a component's, a stream's or a process's silence and its own words say about it. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from enum import StrEnum
from statistics import median
from typing import NamedTuple

SILENT_INTERVALS = 3  # silent for longer than so many of its own intervals: stale
SILENT_SECONDS = 60.0  # and never stale before
HALF_HEALTH = 50.0  # of 100: below it a component that sends no status counts as degraded
BEATS_KEPT = 31  # thirty gaps for the median, thirty bars on the page
BURST_SECONDS = 10.0  # events closer than this are one beat of a stream
BACKLOG_SECONDS = (
    60.0  # events older than this when they are read tell nothing of how often they come
)


class State(StrEnum):
    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    STALE = "stale"
    ABSENT = "absent"  # never heard of: no data


SEVERITY = {State.UP: 0, State.ABSENT: 1, State.DEGRADED: 2, State.STALE: 3, State.DOWN: 4}


class Beat(NamedTuple):
    """One report: when (epoch seconds) and the state it named."""

    at: float
    state: str


def silence_allowed(interval_seconds: float | None) -> float:
    """How long, in seconds, a thing with this usual interval may be silent before it is stale."""
    return max(SILENT_SECONDS, SILENT_INTERVALS * (interval_seconds or 0.0))


def concluded(
    reported: State, *, silent_seconds: float, interval_seconds: float | None = None
) -> State:
    """Judge from its last words and from its silence: nothing silent is ever up."""
    if silent_seconds > silence_allowed(interval_seconds):
        return State.STALE
    return reported


def reported_state(status: str, health: float | None) -> State:
    """Read the status a component names (ok, degraded, down), else its health of 0..100."""
    named = {"ok": State.UP, "degraded": State.DEGRADED, "down": State.DOWN}.get(status)
    if named is not None:
        return named
    if health is None:
        return State.UP  # it reports, and claims nothing worse
    if health <= 0:
        return State.DOWN
    return State.DEGRADED if health < HALF_HEALTH else State.UP


def median_interval(moments: Iterable[float], *, burst: float = 0.0) -> float | None:
    """Take the median gap, seconds, between moments; None while there are fewer than two.

    Gaps of at most `burst` seconds count as one moment.
    """
    kept: list[float] = []
    for moment in sorted(moments):
        if not kept or moment - kept[-1] > burst:
            kept.append(moment)
    if len(kept) < 2:
        return None
    return median(later - earlier for earlier, later in itertools.pairwise(kept))


def appended(beats: Sequence[Beat], new: Iterable[Beat]) -> list[Beat]:
    """Add beats in order of time, one a moment, and keep the newest `BEATS_KEPT`."""
    by_moment = {beat.at: beat for beat in (*beats, *new)}
    return [by_moment[at] for at in sorted(by_moment)][-BEATS_KEPT:]


def worst(states: Iterable[State]) -> State:
    """The state that needs a person most; absent when there is none to judge.

    What reports outranks what was never heard of only when it is not well.
    """
    known = [state for state in states if state is not State.ABSENT]
    return max(known, key=SEVERITY.__getitem__, default=State.ABSENT)
