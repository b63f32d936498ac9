"""The lifecycle of a rule on a series: a table of cases, any history against a plain model."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

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

H, C, A = Verdict.HOLDS, Verdict.CLEAR, Verdict.ABSENT
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


class AnyHistory(RuleBasedStateMachine):
    """The model keeps the whole history and looks for its runs; it knows no phases."""

    @initialize(hold=st.integers(0, 8), keep=st.integers(0, 8))
    def begin(self, hold: int, keep: int) -> None:
        self.timing = Timing(hold=hold, keep_firing=keep)
        self.instance = Instance()
        self.at = 100.0
        self.seen: Seen = []
        self.open = ""
        self.latch = ""
        self.breached = False  # the open alert was a breach, which has not cleared since
        self.effects: list[Effect] = []

    @rule(verdict=st.sampled_from(Verdict), seconds=st.integers(1, 5))
    def evaluate(self, verdict: Verdict, seconds: int) -> None:
        self.at += seconds
        self.seen.append((self.at, verdict))
        taken = step(
            self.instance, verdict, at=self.at, timing=self.timing, missing_since=self.run_start()
        )
        self.instance = taken.instance
        self.effects += [taken.effect] if taken.effect else []
        self.judge(verdict)

    @rule()
    def resolve_by_hand(self) -> None:
        if self.open:
            if self.seen[-1][1] is not C:
                self.latch = "breach" if self.breached else "nodata"
            self.open = ""
            self.instance = resolved_by_person(self.instance)
            self.effects.append(Effect.RESOLVE)

    def judge(self, verdict: Verdict) -> None:
        lasted = self.at - self.run_start()
        if verdict is C:
            kept = self.open == "breach" and lasted < self.timing.keep_firing
            self.open, self.latch, self.breached = self.open if kept else "", "", False
        elif verdict is H:
            self.latch = "" if self.latch == "nodata" else self.latch
            due = lasted >= self.timing.hold and not self.latch
            self.open = "breach" if self.open or due else ""
            self.breached = self.breached or bool(self.open)
        else:
            due = lasted >= self.timing.hold and not self.latch
            self.open = "nodata" if self.open or due else ""

    def run_start(self) -> float:
        """When the verdict of the end was first given without another in between."""
        start, verdict = self.seen[-1]
        for at, earlier in reversed(self.seen):
            if earlier is not verdict:
                break
            start = at
        return start

    @invariant()
    def the_same_alert_is_open(self) -> None:
        if hasattr(self, "instance"):
            assert self.instance.alerting == self.open
            assert self.instance.latched == bool(self.latch)

    @invariant()
    def absence_is_never_ok(self) -> None:
        if getattr(self, "seen", None) and self.seen[-1][1] is A:
            assert self.instance.phase is Phase.NODATA
            assert self.instance.missing_since is not None

    @invariant()
    def every_firing_is_resolved_before_the_next(self) -> None:
        opened = 0
        for effect in getattr(self, "effects", []):
            opened += {"fire": 1, "fire_nodata": 1, "resolve": -1}.get(effect, 0)
            assert opened in {0, 1}


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=600, stateful_step_count=40, deadline=None)
