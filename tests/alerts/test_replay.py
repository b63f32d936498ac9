"""A replay leaps over what cannot matter, and finds what judging every sample finds."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alerts import calendars
from alerts import replay as replaying
from alerts.episodes import plan_of
from alerts.expressions import negates_this, parse
from alerts.lifecycle import NoData, Timing
from alerts.models import Rule
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


def test_silence_that_is_longer_than_a_time_is_found_by_the_clock() -> None:
    silent = Rule(name="rule", metric="m", aggregate="absent", comparison=">", threshold=5.0)

    moments = replay(plan_of(silent), [recording([1.0] * 9)], end=START + 20)

    assert told(moments) == [(13, "fire")]


def test_samples_of_another_metric_are_counted() -> None:
    enough = plan(min_samples=3, samples_metric="trades")
    trades = recording([1, 2, 3, 4], every=2, name="trades")

    moments = replay(enough, [recording([6] * 6), trades], end=START + 5)

    assert told(moments) == [(4, "fire")]


HOURS = [
    calendars.read(opened, "", "UTC")
    for opened in ("16:01-16:03", "15:00-16:00,16:01-16:02", "sun")
]  # the recordings begin at 16:00
FIGURES = ["avg", "min", "max", "sum", "count", "last", "deviation", "quantile", "rate", "change"]
SPOKEN = st.builds(
    lambda runs, gaps: ([value for value, times in runs for _ in range(times)], gaps),
    st.lists(
        st.tuples(st.sampled_from([0.0, 2.0, 5.5, 6.0, 9.0, -3.0, None]), st.integers(1, 12)),
        min_size=1,
        max_size=20,
    ),
    st.lists(st.sampled_from([1.0, 1.0, 0.4, 1.3, 2.0, 6.5]), min_size=1, max_size=7),
)
PLANS = st.fixed_dictionaries(
    {
        "aggregate": st.sampled_from([*FIGURES, "last", "absent", "present"]),
        "calendar": st.sampled_from([None, None, *HOURS]),
        "window": st.integers(1, 20),
        "threshold": st.sampled_from([-1.0, 0.4, 2.0, 5.0, 5.25, 20.0]),
        "clear_threshold": st.sampled_from([None, -1.5]),
        "comparison": st.sampled_from([">", ">", ">="]),
        "min_samples": st.sampled_from([0, 3]),
        "no_data_seconds": st.sampled_from([0, 1, 7, 300]),
        "timing": st.builds(
            Timing,
            hold=st.integers(0, 6),
            keep_firing=st.integers(0, 6),
            no_data=st.sampled_from(NoData),
            flap_count=st.sampled_from([0, 2]),
            flap_seconds=st.integers(1, 30),
        ),
    }
)
COMPOSITES = [
    "this and other > 3",
    "this and not avg_over_time(other[7s]) > 3",
    'this or max_over_time(other[4s]) > 8 and not other{env="live"} < 1',
    "not this and (change(m[5s]) > 3 or count_over_time(other[3s]) < 2)",
    "this or quantile(other[9s]) > 0.6",
    "not (other > 3 and deviation(other[9s]) < 0.5) and not not this",
]


def spoken_at(
    spoken: tuple[Sequence[float | None], Sequence[float]], name: str = "m", **labels: str
) -> Recording:
    """Values, and the seconds between them over and over."""
    values, gaps = spoken
    ts = START + np.cumsum([gaps[place % len(gaps)] for place in range(len(values))])
    return plain(name, labels or {"env": "live"}, ts, np.array(values, dtype=float))


def drawn(fields: dict[str, Any]) -> Plan | None:
    """None: what was drawn is no rule."""
    composite, clear = fields.get("composite"), fields["clear_threshold"]
    if composite and clear is not None and negates_this(composite):
        return None
    alone = fields["aggregate"] in {"absent", "present"}
    beside = {} if alone else {"threshold": fields["threshold"] + BESIDE}
    silence = {"no_data_seconds": 0} if fields["aggregate"] == "present" else {}
    return plan(**{**fields, **beside, **silence})


@settings(deadline=None, max_examples=150)
@given(SPOKEN, PLANS)
def test_leaping_finds_what_judging_every_sample_finds(
    own: tuple[list[float | None], list[float]], fields: dict[str, Any]
) -> None:
    rule = drawn(fields)
    assume(rule is not None)

    assert_leaps_as_judged(rule, [spoken_at(own)])


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.sampled_from([0.0, 1.0, 1.5, -3.0, 40.0]), min_size=3, max_size=120),
    st.sampled_from(["deviation", "quantile", "change", "rate"]),
    st.integers(2, 20),
    st.sampled_from([-1.0, 0.3, 0.5, 0.9, 2.0]),
    st.sampled_from([0, 4]),
    st.sampled_from([[1.0], [1.0, 0.4], [1.5, 3.0]]),
)
def test_leaping_over_what_is_measured_by_the_past_finds_the_same(
    values: list[float],
    aggregate: str,
    window: int,
    threshold: float,
    hold: int,
    gaps: list[float],
) -> None:
    rule = plan(
        aggregate=aggregate,
        window=window,
        threshold=threshold + BESIDE,
        timing=Timing(hold=hold),
    )

    assert_leaps_as_judged(rule, [spoken_at((values, gaps))])


@settings(deadline=None, max_examples=150)
@given(
    SPOKEN,
    SPOKEN,
    SPOKEN,
    st.sampled_from([*COMPOSITES, ""]),
    PLANS,
    st.sampled_from(["", "n", "m"]),
)
def test_leaping_over_several_series_finds_what_judging_every_sample_finds(
    own: tuple[list[float | None], list[float]],
    first: tuple[list[float | None], list[float]],
    second: tuple[list[float | None], list[float]],
    composite: str,
    fields: dict[str, Any],
    counted: str,
) -> None:
    also = {"composite": parse(composite) if composite else None, "samples_metric": counted}
    rule = drawn({**fields, **also})
    assume(rule is not None)
    spoken = [
        spoken_at(second, "other", venue="x"),
        spoken_at(own),
        spoken_at(second, "m", account="a"),
        spoken_at(first, "other"),
        spoken_at(first, "n"),
    ]

    assert_leaps_as_judged(rule, spoken)


@pytest.mark.parametrize(
    ("own", "first", "second", "fields"),
    [
        (  # what leaves a window at the time of the next sample has left before that is heard
            [0.0] * 11,
            [0.0, None, 0.0, 0.0],
            [0.0] * 10,
            {"composite": parse(COMPOSITES[3])},
        ),
        (  # the calendar closes while the condition holds for less than `for`
            [0.0] * 50 + [9.0] * 200,
            [9.0] * 250,
            [9.0],
            {"composite": parse(COMPOSITES[0]), "calendar": HOURS[0], "timing": Timing(hold=40)},
        ),
        (  # silent for longer than a composite waits
            [9.0] * 700,
            [9.0] * 3,
            [],
            {"composite": parse("this and not other > 3"), "timing": Timing(hold=100)},
        ),
    ],
)
def test_leaping_finds_the_same(
    own: list[float], first: list[float | None], second: list[float], fields: dict[str, object]
) -> None:
    spoken = [
        recording(own),
        recording(first, name="other", offset=6.0),
        plain("other", {"venue": "x"}, START + np.arange(float(len(second))), np.array(second)),
    ]

    assert_leaps_as_judged(plan(**fields), spoken)


def assert_leaps_as_judged(rule: Plan | None, spoken: Sequence[Recording]) -> None:
    assert rule is not None
    end = float(max(each.ts[-1] for each in spoken if len(each))) + 40

    assert_same(replay(rule, spoken, end=end), judged_one_by_one(rule, spoken, end))


def assert_same(leaping: Sequence[Moment], judged: Sequence[Moment]) -> None:
    """Sums of floats differ in their last digit by the order in which they were made."""
    plain_moments = [
        [dataclasses.replace(one, value=None) for one in some] for some in (leaping, judged)
    ]
    assert plain_moments[0] == plain_moments[1]
    assert [one.value for one in leaping] == pytest.approx([one.value for one in judged])


def judged_one_by_one(rule: Plan, spoken: Sequence[Recording], end: float) -> list[Moment]:
    """The evaluator at every sample, one series of the rule after the other."""
    found = []
    for own, group in replaying.groups(rule, spoken):
        player = replaying._Player(rule, own, group, end)
        samples = [(at, tape) for tape in player.tapes for at in range(len(tape.ts))]
        for place, tape in sorted(samples, key=lambda one: one[1].ts[one[0]]):
            if tape.ts[place] <= end:
                player._run_clock(tape.ts[place])
                player._take(tape, place)
        player._run_clock(np.nextafter(end, np.inf))
        found += player.moments
    return sorted(found, key=lambda moment: moment.at)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"aggregate": "change", "window": 300, "threshold": 0.3, "timing": Timing(hold=1)},
        {"aggregate": "quantile", "window": 3_600, "threshold": 0.999},
        {"aggregate": "max", "window": 3_600, "timing": Timing(hold=60, keep_firing=300)},
        {
            "aggregate": "avg",
            "window": 600,
            "clear_threshold": 4.0,
            "calendar": calendars.read("mon-sat", "", "UTC"),
            "composite": parse(COMPOSITES[1]),
        },
    ],
)
def test_a_week_of_seconds_is_replayed(fields: dict[str, object]) -> None:
    rng = np.random.default_rng(7)
    walk = np.sin(np.arange(7 * DAY) / 9_000) * 6 + rng.normal(0, 0.2, 7 * DAY)
    spoken = [recording(walk.tolist()), recording((-walk).tolist(), name="other", offset=0.5)]
    began = time.process_time()

    moments = replay(plan(**fields), spoken, end=START + 7 * DAY)

    print(f"\n{fields}: {len(moments)} changes, {time.process_time() - began:.2f} s of CPU time")
    assert len(episodes(moments)) >= 8
