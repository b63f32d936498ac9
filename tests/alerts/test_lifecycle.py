"""The lifecycle of a rule on a series: a table of cases, any history against a plain model."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from alerts.lifecycle import (
    Effect,
    Instance,
    NoData,
    Phase,
    Timing,
    Verdict,
    due_at,
    resolved_by_person,
    step,
)

H, C, A, F = Verdict.HOLDS, Verdict.CLEAR, Verdict.ABSENT, Verdict.FAILED
WAIT = Timing(hold=10)
KEEP = Timing(keep_firing=20)

Seen = list[tuple[float, Verdict]]


def play(seen: Seen, timing: Timing) -> tuple[Instance, list[tuple[float, Effect]]]:
    """Run the history; what is known at its end, and each effect with its time."""
    instance, effects, missing = Instance(), [], 0.0
    for at, verdict in seen:
        missing = missing if verdict is A and missing else at
        taken = step(instance, verdict, at=at, timing=timing, missing_since=missing)
        instance, missing = taken.instance, missing if verdict is A else 0.0
        effects += [(at, taken.effect)] if taken.effect else []
    return instance, effects


@pytest.mark.parametrize(
    ("case", "timing", "seen", "phase", "effects"),
    [
        ("fires at once without `for`", Timing(), [(0, H)], "firing", [(0, "fire")]),
        ("waits for `for`", WAIT, [(0, H), (9, H)], "pending", []),
        ("fires when `for` is over", WAIT, [(0, H), (10, H)], "firing", [(10, "fire")]),
        ("one miss resets `for`", WAIT, [(0, H), (5, C), (6, H), (12, H)], "pending", []),
        ("absence resets `for`", WAIT, [(0, H), (5, A), (6, H), (12, H)], "pending", []),
        ("resolves", Timing(), [(0, H), (1, C)], "ok", [(0, "fire"), (1, "resolve")]),
        ("keeps firing", KEEP, [(0, H), (1, C), (20, C)], "keeping", [(0, "fire")]),
        ("stops keeping", KEEP, [(0, H), (1, C), (21, C)], "ok", [(0, "fire"), (21, "resolve")]),
        ("keeping starts anew", KEEP, [(0, H), (1, C), (9, H), (25, C)], "keeping", [(0, "fire")]),
        ("absence alerts", Timing(), [(0, A)], "nodata", [(0, "fire_nodata")]),
        ("absence honours `for`", WAIT, [(0, A), (9, A)], "nodata", []),
        (
            "absence never resolves",
            Timing(),
            [(0, H), (1, A), (99, A)],
            "nodata",
            [(0, "fire"), (1, "lose_data")],
        ),
        (
            "the same alert goes on when data is back and bad",
            Timing(),
            [(0, A), (1, H), (2, C)],
            "ok",
            [(0, "fire_nodata"), (1, "regain_data"), (2, "resolve")],
        ),
        ("data back and good resolves", Timing(), [(0, A), (1, C)], "ok", None),
    ],
)
def test_lifecycle(
    case: str, timing: Timing, seen: Seen, phase: str, effects: list[tuple[float, str]] | None
) -> None:
    instance, happened = play(seen, timing)

    assert instance.phase == phase, case
    assert effects is None or happened == effects, case


@pytest.mark.parametrize(
    ("policy", "phase", "effects"),
    [
        (NoData.NODATA, "nodata", [(0, "fire"), (1, "lose_data")]),
        (NoData.ALERT, "firing", [(0, "fire")]),
        (NoData.KEEP, "firing", [(0, "fire")]),
        (NoData.IGNORE, "nodata", [(0, "fire")]),
    ],
)
def test_silence_while_firing_resolves_under_no_policy(
    policy: NoData, phase: str, effects: list[tuple[float, str]]
) -> None:
    instance, happened = play([(0, H), (1, A), (500, A)], Timing(no_data=policy))

    assert (instance.phase, happened) == (phase, effects)
    assert instance.missing_since == 1


@pytest.mark.parametrize(
    ("policy", "phase", "effects"),
    [
        (NoData.NODATA, "nodata", [(11, "fire_nodata")]),
        (NoData.ALERT, "firing", [(11, "fire")]),
        (NoData.KEEP, "ok", []),
        (NoData.IGNORE, "nodata", []),
    ],
)
def test_silence_while_all_is_well(
    policy: NoData, phase: str, effects: list[tuple[float, str]]
) -> None:
    instance, happened = play([(0, C), (1, A), (11, A)], Timing(hold=10, no_data=policy))

    assert (instance.phase, happened) == (phase, effects)
    assert instance.missing_since == 1


def test_a_manual_resolve_is_silent_until_the_condition_cleared_once() -> None:
    instance, _ = play([(0, H)], Timing())
    instance = resolved_by_person(instance)

    still = step(instance, H, at=1, timing=Timing())
    cleared = step(still.instance, C, at=2, timing=Timing())
    again = step(cleared.instance, H, at=3, timing=Timing())

    assert (still.effect, cleared.effect, again.effect) == (None, None, Effect.FIRE)


def test_a_resolved_absence_does_not_hide_bad_data() -> None:
    instance, _ = play([(0, A)], Timing())
    instance = resolved_by_person(instance)

    silent = step(instance, A, at=1, timing=Timing(), missing_since=0)
    bad = step(silent.instance, H, at=2, timing=Timing())

    assert (silent.effect, bad.effect) == (None, Effect.FIRE)


def test_the_next_due_time_is_that_of_the_running_clock() -> None:
    pending, _ = play([(5, H)], WAIT)
    keeping, _ = play([(5, H), (6, C)], KEEP)
    lost, _ = play([(5, A)], WAIT)

    assert [due_at(pending, WAIT), due_at(keeping, KEEP), due_at(lost, WAIT)] == [15, 26, 15]


@pytest.mark.parametrize(
    ("policy", "phase", "effects"),
    [
        (NoData.NODATA, "error", [(0, "fire"), (1, "lose_data")]),
        (NoData.ALERT, "firing", [(0, "fire")]),
        (NoData.KEEP, "firing", [(0, "fire")]),
        (NoData.IGNORE, "error", [(0, "fire")]),
    ],
)
def test_an_error_has_its_own_policy_and_resolves_nothing(
    policy: NoData, phase: str, effects: list[tuple[float, str]]
) -> None:
    instance, happened = play([(0, H), (1, F), (500, F)], Timing(on_error=policy))

    assert (instance.phase, happened) == (phase, effects)


def test_onsets_are_counted_while_the_alert_is_kept() -> None:
    often = Timing(keep_firing=5, flap_count=3, flap_seconds=100)

    instance, happened = play([(0, H), (1, C), (2, H), (3, C), (4, H), (5, C), (104, C)], often)

    assert instance.phase is Phase.KEEPING
    assert due_at(instance, often) == 105
    assert happened == [(0, "fire")]


class Model:
    """Keeps the whole history and looks for its runs; it knows no phases."""

    def __init__(self, timing: Timing) -> None:
        self.timing = timing
        self.seen: Seen = []  # H, C, and A for whatever is shown as having no data
        self.blind_since: float | None = None
        self.open = self.latch = ""
        self.breached = False  # the open alert was a breach, which has not cleared since
        self.onsets: list[float] = []

    def see(self, at: float, verdict: Verdict) -> None:
        policy = {A: self.timing.no_data, F: self.timing.on_error}.get(verdict)
        first = at if self.blind_since is None else self.blind_since
        self.blind_since = first if policy else None
        last = self.seen[-1][1] if self.seen else None
        if policy is NoData.KEEP and last is not H:
            return
        meant = verdict if policy is None else H if policy in {NoData.ALERT, NoData.KEEP} else A
        if meant is H and last is C and self.open == "breach":
            self.onsets.append(at)
        self.seen.append((at, meant))
        if meant is A:
            self.lose(at, loud=policy is NoData.NODATA)
        else:
            self.judge(at, meant)

    def judge(self, at: float, verdict: Verdict) -> None:
        lasted = at - self.run_start()
        if verdict is C:
            kept = self.open == "breach" and lasted < self.kept_seconds()
            self.open, self.latch, self.breached = self.open if kept else "", "", False
            return
        self.latch = "" if self.latch == "nodata" else self.latch
        due = lasted >= self.timing.hold and not self.latch
        if due and not self.open:
            self.onsets.append(at)
        self.open = "breach" if self.open or due else ""
        self.breached = self.breached or bool(self.open)

    def lose(self, at: float, *, loud: bool) -> None:
        assert self.blind_since is not None
        due = at - self.blind_since >= self.timing.hold and not self.latch
        if loud:
            self.open = "nodata" if self.open or due else ""

    def kept_seconds(self) -> float:
        start = self.run_start()
        recent = [onset for onset in self.onsets if start - onset < self.timing.flap_seconds]
        often = bool(self.timing.flap_count) and len(recent) >= self.timing.flap_count
        return max(self.timing.keep_firing, self.timing.flap_seconds if often else 0)

    def resolve_by_hand(self) -> None:
        if self.seen[-1][1] is not C:
            self.latch = "breach" if self.breached else "nodata"
        self.open = ""

    def run_start(self) -> float:
        """When the verdict of the end was first given without another in between."""
        start, verdict = self.seen[-1]
        for at, earlier in reversed(self.seen):
            if earlier is not verdict:
                break
            start = at
        return start


TIMINGS = st.builds(
    Timing,
    hold=st.integers(0, 8),
    keep_firing=st.integers(0, 8),
    no_data=st.sampled_from(NoData),
    on_error=st.sampled_from(NoData),
    flap_count=st.sampled_from([0, 0, 2, 3]),
    flap_seconds=st.integers(1, 30),
)
VERDICTS = st.lists(st.tuples(st.sampled_from(Verdict), st.integers(1, 5)), min_size=1, max_size=9)


class AnyHistory(RuleBasedStateMachine):
    """Whatever is seen and whoever resolves, the machine and the model have the same alert."""

    @initialize(timing=TIMINGS)
    def begin(self, timing: Timing) -> None:
        self.timing, self.model = timing, Model(timing)
        self.instance = Instance()
        self.at = 100.0
        self.opened = 0

    @rule(verdicts=VERDICTS)
    def evaluate(self, verdicts: list[tuple[Verdict, int]]) -> None:
        for verdict, seconds in verdicts:
            self.at += seconds
            taken = step(
                self.instance, verdict, at=self.at, timing=self.timing, missing_since=self.at
            )
            self.instance = taken.instance
            self.model.see(self.at, verdict)
            self.compare(taken.effect)
            if verdict in {A, F}:
                assert self.instance.missing_since == self.model.blind_since

    @rule()
    def resolve_by_hand(self) -> None:
        if self.model.open:
            self.model.resolve_by_hand()
            self.instance = resolved_by_person(self.instance)
            self.compare(Effect.RESOLVE)

    def compare(self, effect: Effect | None) -> None:
        self.opened += effect in {Effect.FIRE, Effect.FIRE_NODATA}
        self.opened -= effect is Effect.RESOLVE
        assert self.instance.alerting == self.model.open
        assert self.instance.latched == bool(self.model.latch)
        assert self.opened == bool(self.model.open)
        if NoData.KEEP not in {self.timing.no_data, self.timing.on_error}:
            due = due_at(self.instance, self.timing)
            assert due is None or due > self.at


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=5_000, stateful_step_count=6, deadline=None)
