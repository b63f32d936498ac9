"""A replay leaps over what cannot matter, and finds what judging every sample finds."""

from __future__ import annotations

import dataclasses
import random
import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alerts import calendars
from alerts import replay as replaying
from alerts.expressions import parse
from alerts.lifecycle import NoData, Timing
from alerts.recordings import Recording, plain
from alerts.replay import Moment, episodes, replay
from alerts.watch import Plan

START = 1_764_000_000.0
BESIDE = 0.0001237  # no value of a small grid stands on such a threshold, but for its rounding
DAY = 86_400


def recording(
    values: Sequence[float | None], *, every: float = 1.0, name: str = "m", offset: float = 0.0
) -> Recording:
    ts = START + offset + every * np.arange(len(values), dtype=float)
    return plain(name, {"env": "live"}, ts, np.array(values, dtype=float))


def plan(**fields: object) -> Plan:
    given: dict[str, object] = {
        "rule_id": 1,
        "name": "rule",
        "metric": "m",
        "comparison": ">",
        "threshold": 5.0,
        "timing": Timing(),
        **fields,
    }
    return Plan(**given)  # type: ignore[arg-type]


def told(moments: Sequence[Moment]) -> list[tuple[float, str]]:
    return [(moment.at - START, str(moment.effect)) for moment in moments if moment.effect]


def test_it_tells_when_the_rule_would_have_fired_and_ended() -> None:
    waiting = plan(timing=Timing(hold=3, keep_firing=2))

    moments = replay(waiting, [recording([0, 6, 6, 6, 6, 0, 0, 0, 0])], end=START + 100)

    assert told(moments) == [(4, "fire"), (7, "resolve")]
    assert [str(moment.phase) for moment in moments] == ["pending", "firing", "keeping", "ok"]
    assert [(e.started - START, (e.ended or 0) - START) for e in episodes(moments)] == [(4, 7)]


def test_clocks_run_between_and_after_the_samples() -> None:
    waiting = plan(timing=Timing(hold=30), no_data_seconds=100)

    moments = replay(waiting, [recording([6.0])], end=START + 1_000)

    assert told(moments) == [(30, "fire"), (100, "lose_data")]
    assert episodes(moments)[0].ended is None


def test_nothing_is_told_of_what_comes_after_the_end() -> None:
    moments = replay(plan(), [recording([0, 0, 6, 0])], end=START + 1)

    assert moments == []


def test_a_composite_sees_all_series_in_their_order() -> None:
    both = plan(composite=parse("this and other < 2"))
    other = recording([9, 1, 9], every=2, name="other", offset=0.5)

    moments = replay(both, [recording([6] * 6), other], end=START + 5.5)

    assert told(moments) == [(2.5, "fire"), (4.5, "resolve")]


def test_samples_of_another_metric_are_counted() -> None:
    enough = plan(min_samples=3, samples_metric="trades")
    trades = recording([1, 2, 3, 4], every=2, name="trades")

    moments = replay(enough, [recording([6] * 6), trades], end=START + 5)

    assert told(moments) == [(4, "fire")]


VALUES = st.lists(
    st.tuples(st.sampled_from([0.0, 4.0, 5.0, 6.0, 5.5, -3.0, None]), st.integers(1, 12)),
    min_size=1,
    max_size=25,
)
HOURS = [
    calendars.read(opened, "", "UTC")
    for opened in ("16:01-16:03", "15:00-16:00,16:02-16:04", "sun")
]  # the recordings begin at 16:00
PLANS = st.builds(
    plan,
    aggregate=st.sampled_from(
        ["avg", "min", "max", "sum", "count", "last", "deviation", "quantile", "rate"]
    ),
    calendar=st.sampled_from([None, None, *HOURS]),
    window=st.integers(1, 20),
    threshold=st.sampled_from([-1.0, 3.0, 5.0, 5.25, 20.0]),
    clear_threshold=st.sampled_from([None, -1.5]),
    min_samples=st.sampled_from([0, 3]),
    no_data_seconds=st.sampled_from([0, 7, 300]),
    timing=st.builds(
        Timing,
        hold=st.integers(0, 6),
        keep_firing=st.integers(0, 6),
        no_data=st.sampled_from(NoData),
        flap_count=st.sampled_from([0, 2]),
        flap_seconds=st.integers(1, 30),
    ),
)


@settings(deadline=None, max_examples=600)
@given(VALUES, PLANS, st.sampled_from([1.0, 0.7, 3.0]), st.booleans(), st.randoms())
def test_leaping_finds_what_judging_every_sample_finds(
    runs: list[tuple[float | None, int]], rule: Plan, every: float, gaps: bool, rng: random.Random
) -> None:
    values = [value for value, times in runs for _ in range(times)]
    spoken = recording(values, every=every)
    if gaps:
        keep = np.array([rng.random() > 0.3 for _ in values])
        keep[0] = True
        spoken = plain("m", {"env": "live"}, spoken.ts[keep], spoken.value[keep])
    end = float(spoken.ts[-1]) + 40

    rule = dataclasses.replace(rule, threshold=rule.threshold + BESIDE)

    assert_same(replay(rule, [spoken], end=end), judged_one_by_one(rule, spoken, end))


@settings(deadline=None, max_examples=400)
@given(
    st.lists(st.sampled_from([0.0, 1.0, 1.5, -3.0, 40.0]), min_size=3, max_size=120),
    st.sampled_from(["deviation", "quantile", "change", "rate"]),
    st.integers(2, 20),
    st.sampled_from([-1.0, 0.3, 0.5, 0.9, 2.0]),
    st.sampled_from([0, 3]),
    st.sampled_from([0, 4]),
    st.sampled_from([1.0, 1.5, 3.0]),
)
def test_leaping_over_what_is_measured_by_the_past_finds_the_same(
    values: list[float],
    aggregate: str,
    window: int,
    threshold: float,
    least: int,
    hold: int,
    every: float,
) -> None:
    rule = plan(
        aggregate=aggregate,
        window=window,
        threshold=threshold + BESIDE,
        min_samples=least,
        timing=Timing(hold=hold),
    )
    spoken = recording(values, every=every)
    end = float(spoken.ts[-1]) + 40

    assert_same(replay(rule, [spoken], end=end), judged_one_by_one(rule, spoken, end))


SPOKEN = st.lists(st.sampled_from([0.0, 2.0, 6.0, 9.0, None]), min_size=1, max_size=80)
COMPOSITES = st.sampled_from(
    [
        "this and other > 3",
        "this and not avg_over_time(other[7s]) > 3",
        'this or max_over_time(other[4s]) > 8 and not other{env="live"} < 1',
        "not this and (change(m[5s]) > 3 or count_over_time(other[3s]) < 2)",
    ]
)


@settings(deadline=None, max_examples=400)
@given(
    SPOKEN,
    SPOKEN,
    SPOKEN,
    COMPOSITES,
    st.sampled_from([1.0, 0.7, 2.0]),
    st.sampled_from([0.0, 0.5, 6.0]),
    st.integers(0, 5),
    st.sampled_from([0, 7, 300]),
    st.sampled_from([None, 1.0]),
)
@example(  # "not this" with a clear value says something else each time that somebody looks
    own=[0.0] * 6 + [6.0, 6.0, 2.0],
    first=[0.0] * 7,
    second=[0.0],
    composite="not this and (change(m[5s]) > 3 or count_over_time(other[3s]) < 2)",
    every=1.0,
    offset=0.5,
    hold=0,
    silence=0,
    clear=1.0,
)
@example(  # what leaves a window at the time of the next sample has left before that is heard
    own=[0.0] * 11,
    first=[0.0, None, 0.0, 0.0],
    second=[0.0] * 10,
    composite="not this and (change(m[5s]) > 3 or count_over_time(other[3s]) < 2)",
    every=1.0,
    offset=6.0,
    hold=0,
    silence=0,
    clear=None,
)
def test_leaping_over_a_composite_finds_what_judging_every_sample_finds(
    own: list[float | None],
    first: list[float | None],
    second: list[float | None],
    composite: str,
    every: float,
    offset: float,
    hold: int,
    silence: int,
    clear: float | None,
) -> None:
    rule = plan(
        composite=parse(composite),
        timing=Timing(hold=hold, keep_firing=2),
        no_data_seconds=silence,
        clear_threshold=clear,
    )
    spoken = [
        recording(own),
        recording(first, every=every, name="other", offset=offset),
        plain("other", {"venue": "x"}, START + np.arange(float(len(second))), _floats(second)),
    ]
    assert_leaps_as_judged(rule, spoken)


COUNTS = st.lists(st.sampled_from([0.0, 2.0, 3.0, 9.0, None]), min_size=1, max_size=80)


@settings(deadline=None, max_examples=200)
@given(
    SPOKEN,
    COUNTS,
    st.sampled_from([("last", 0), ("avg", 6), ("max", 4), ("quantile", 9)]),
    st.sampled_from([1.0, 0.7, 2.0]),
    st.sampled_from([0.0, 0.5, 6.0]),
    st.integers(0, 5),
    st.sampled_from([0, 7, 300]),
    st.sampled_from([None, 1.0]),
)
def test_leaping_where_another_metric_counts_finds_what_judging_every_sample_finds(
    own: list[float | None],
    counts: list[float | None],
    figure: tuple[str, int],
    every: float,
    offset: float,
    hold: int,
    silence: int,
    clear: float | None,
) -> None:
    rule = plan(
        aggregate=figure[0],
        window=figure[1],
        threshold=5.0 + BESIDE,
        clear_threshold=clear,
        min_samples=3,
        samples_metric="trades",
        timing=Timing(hold=hold, keep_firing=2),
        no_data_seconds=silence,
    )
    spoken = [recording(own), recording(counts, every=every, name="trades", offset=offset)]

    assert_leaps_as_judged(rule, spoken)


def _floats(values: Sequence[float | None]) -> np.ndarray:
    return np.array(values, dtype=float)


def assert_leaps_as_judged(rule: Plan, spoken: Sequence[Recording]) -> None:
    end = START + 200

    leaping = replay(rule, spoken, end=end)

    player = replaying._Player(rule, spoken, end, apart=False)
    assert_same(leaping, player.play())


def assert_same(leaping: Sequence[Moment], judged: Sequence[Moment]) -> None:
    """Sums of floats differ in their last digit by the order in which they were made."""
    plain_moments = [
        [dataclasses.replace(one, value=None) for one in some] for some in (leaping, judged)
    ]
    assert plain_moments[0] == plain_moments[1]
    assert [one.value for one in leaping] == pytest.approx([one.value for one in judged])


def judged_one_by_one(rule: Plan, spoken: Recording, end: float) -> list[Moment]:
    player = replaying._Player(rule, [spoken], end)
    (tape,) = player.tapes
    for place, at in enumerate(tape.ts):
        player._run_clock(at)
        player._take(tape, place)
    player._run_clock(np.nextafter(end, np.inf))
    return player.moments


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"aggregate": "change", "window": 300, "threshold": 0.3, "timing": Timing(hold=1)},
        {"aggregate": "quantile", "window": 3_600, "threshold": 0.999},
        {"aggregate": "max", "window": 3_600, "timing": Timing(hold=60, keep_firing=300)},
    ],
)
def test_a_week_of_seconds_is_replayed(fields: dict[str, object]) -> None:
    rng = np.random.default_rng(7)
    walk = np.sin(np.arange(7 * DAY) / 9_000) * 6 + rng.normal(0, 0.2, 7 * DAY)
    began = time.process_time()

    moments = replay(plan(**fields), [recording(walk.tolist())], end=START + 7 * DAY)

    print(f"\n{fields}: {len(moments)} changes, {time.process_time() - began:.2f} s of CPU time")
    assert len(episodes(moments)) >= 10
