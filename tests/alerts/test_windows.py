"""Windows against a list that is searched anew each time."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from alerts.windows import Bucket, Ranking, Window, aggregate

KINDS = ["last", "avg", "min", "max", "sum", "count", "rate"]
VALUES = st.floats(-1e6, 1e6)


def single(second: int, value: float) -> Bucket:
    return Bucket(second, value, value, value, value, 1)


def expected(samples: list[tuple[int, float]], kind: str) -> float | None:
    """The aggregate by its definition."""
    if not samples:
        return 0.0 if kind == "count" else None
    values = [value for _, value in samples]
    if kind == "rate":
        first_second, last_second = samples[0][0], samples[-1][0]
        first = [value for second, value in samples if second == first_second][-1]
        apart = last_second - first_second
        return (values[-1] - first) / apart if apart else None
    return {
        "last": values[-1],
        "avg": math.fsum(values) / len(values),
        "min": min(values),
        "max": max(values),
        "sum": math.fsum(values),
        "count": float(len(values)),
    }[kind]


class WindowAgainstList(RuleBasedStateMachine):
    """Any mix of adding, waiting and dropping gives what the definition gives."""

    def __init__(self) -> None:
        super().__init__()
        self.window: Window[Bucket] = Window(10)
        self.samples: list[tuple[int, float]] = []
        self.now = 1_000

    @rule(value=VALUES)
    def observe(self, value: float) -> None:
        assert self.window.add(single(self.now, value))
        self.samples.append((self.now, value))

    @rule(seconds=st.integers(1, 14))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @precondition(lambda self: self.samples)
    @rule(back=st.integers(1, 30), value=VALUES)
    def observe_late(self, back: int, value: float) -> None:
        assert not self.window.add(single(self.samples[-1][0] - back, value))

    @invariant()
    def aggregates_are_those_of_the_definition(self) -> None:
        self.window.drop_until(self.now)
        kept = [sample for sample in self.samples if sample[0] > self.now - 10]

        for kind in KINDS:
            got, want = aggregate(self.window, kind), expected(kept, kind)
            assert (got is None) == (want is None)
            assert got is None or math.isclose(got, want or 0.0, rel_tol=1e-9, abs_tol=1e-6)

    @invariant()
    def memory_is_bounded_by_the_seconds(self) -> None:
        assert len(self.window) <= 11


TestWindowAgainstList = WindowAgainstList.TestCase
TestWindowAgainstList.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=200))
def test_whole_numbers_add_up_exactly(values: list[int]) -> None:
    window: Window[Bucket] = Window(50)

    for second, value in enumerate(values):
        window.add(single(second, float(value)))
        window.drop_until(second)

    assert aggregate(window, "sum") == sum(values[-50:])


def test_a_sample_leaves_when_it_is_as_old_as_the_window() -> None:
    window: Window[Bucket] = Window(60)
    window.add(single(100, 1.0))

    window.drop_until(159.9)
    before = aggregate(window, "count")
    window.drop_until(160.0)

    assert (before, aggregate(window, "count")) == (1.0, 0.0)


def test_folded_samples_keep_their_extremes_and_count() -> None:
    window: Window[Bucket] = Window(60)
    window.add(Bucket(100, last=2.0, low=-9.0, high=5.0, total=4.0, count=8))
    window.add(Bucket(101, last=1.0, low=1.0, high=1.0, total=1.0, count=1))

    assert [aggregate(window, kind) for kind in ("min", "max", "avg", "count")] == [
        -9.0,
        5.0,
        5.0 / 9,
        9.0,
    ]


@given(
    values=st.lists(st.integers(-5, 5), min_size=1, max_size=80),
    seconds=st.integers(1, 40),
    gap=st.integers(1, 3),
)
def test_a_ranking_is_the_share_of_the_seconds_before(
    values: list[int], seconds: int, gap: int
) -> None:
    ranking = Ranking(seconds)
    for place, value in enumerate(values):
        at, number = place * gap, float(value)
        ranking.add(Bucket(at, number, number, number, number, 1))
        ranking.drop_until(at)

        before = [float(v) for n, v in enumerate(values[:place]) if at - seconds < n * gap]
        below = sum(v < number for v in before) + sum(v == number for v in before) / 2
        assert ranking.count == len(before)
        assert ranking.figure() == (below / len(before) if len(before) >= 2 else None)
