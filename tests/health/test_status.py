"""Silence and self-report, judged."""

from __future__ import annotations

import itertools
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from health.status import (
    BEATS_KEPT,
    SEVERITY,
    Beat,
    State,
    appended,
    concluded,
    median_interval,
    reported_state,
    silence_allowed,
    worst,
)

STATES = st.sampled_from([State.UP, State.DEGRADED, State.DOWN])
SECONDS = st.floats(0, 1e6, allow_nan=False)
MOMENTS = st.lists(st.integers(0, 10**9).map(float), max_size=60)


def test_a_component_silent_for_longer_than_three_intervals_is_stale() -> None:
    assert concluded(State.UP, silent_seconds=301, interval_seconds=100) is State.STALE
    assert concluded(State.UP, silent_seconds=299, interval_seconds=100) is State.UP


def test_nothing_is_stale_within_the_first_minute() -> None:
    assert concluded(State.UP, silent_seconds=60, interval_seconds=0.5) is State.UP
    assert concluded(State.UP, silent_seconds=61, interval_seconds=0.5) is State.STALE


def test_an_unknown_interval_allows_a_minute() -> None:
    assert silence_allowed(None) == 60


def test_the_named_status_wins_over_the_health_figure() -> None:
    assert reported_state("down", 100.0) is State.DOWN
    assert reported_state("", 100.0) is State.UP
    assert reported_state("", 49.9) is State.DEGRADED
    assert reported_state("", 0.0) is State.DOWN
    assert reported_state("", None) is State.UP


def test_one_outage_does_not_move_the_median_interval() -> None:
    moments = [0, 30, 60, 90, 120, 4000, 4030, 4060]

    assert median_interval(moments) == 30


def test_a_burst_counts_as_one_moment() -> None:
    assert median_interval([0, 1, 2, 300, 301, 302, 600], burst=10) == 300


@given(STATES, SECONDS, SECONDS, st.none() | SECONDS)
def test_longer_silence_never_looks_better(
    reported: State, silence: float, longer: float, interval: float | None
) -> None:
    before = concluded(reported, silent_seconds=silence, interval_seconds=interval)

    after = concluded(reported, silent_seconds=silence + longer, interval_seconds=interval)

    assert before is after or after is State.STALE


@given(STATES, SECONDS, st.none() | SECONDS)
def test_what_is_silent_for_too_long_is_never_up(
    reported: State, silence: float, interval: float | None
) -> None:
    state = concluded(reported, silent_seconds=silence, interval_seconds=interval)

    assert (state is State.STALE) == (silence > silence_allowed(interval))


@given(MOMENTS)
def test_the_interval_lies_between_the_smallest_and_the_largest_gap(moments: list[float]) -> None:
    distinct = sorted(set(moments))
    gaps = [later - earlier for earlier, later in itertools.pairwise(distinct)]

    interval = median_interval(moments)

    assert interval is None if not gaps else min(gaps) <= (interval or 0) <= max(gaps)


@given(MOMENTS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_change_what_is_kept(
    moments: list[float], random: Random
) -> None:
    beats = [Beat(moment, "up") for moment in moments]
    shuffled = random.sample(beats, len(beats))

    kept = appended([], shuffled)

    assert kept == appended([], beats)
    assert len(kept) <= BEATS_KEPT
    assert [beat.at for beat in kept] == sorted({beat.at for beat in beats})[-BEATS_KEPT:]


@given(st.lists(st.sampled_from(State)))
def test_the_worst_state_speaks_for_the_group(states: list[State]) -> None:
    verdict = worst(states)

    known = [state for state in states if state is not State.ABSENT]
    assert (verdict is State.ABSENT) == (not known)
    assert all(SEVERITY[verdict] >= SEVERITY[state] for state in known)
