"""A quieter setting of a noisy rule, found by replay.

1. What happened: the alerts of the rule, those that ended by themselves and those that people acted
   on.
2. The rule is replayed over the stored samples without `for` and keep-firing: when its condition
   held. From these spans each candidate's episodes are worked out.
3. A candidate that leaves out an alert that people acted on falls. Of the others the one wins that
   leaves out most that ended by themselves, then the one that waits least.
4. The winner is replayed by the evaluator itself; what is told is what that replay shows. If it
   breaks the promise after all, the next one is tried.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts import tapes
from alerts.episodes import plan_of
from alerts.models import Acknowledgment, Alert, Rule
from alerts.recordings import Recording
from alerts.replay import Episode, episodes, replay
from alerts.watch import Plan

LADDER = (30, 60, 120, 300, 600, 900, 1_800, 3_600)  # seconds that are tried
SLACK = 60.0  # seconds between a sample's own time, which a replay goes by, and its judgment
TRIES = 3  # winners that are replayed
FOR, KEEP = "for", "keep firing"

Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Past:
    """An alert that there was. `acted`: somebody acknowledged or resolved it."""

    labels: Key
    started: float
    ended: float
    acted: bool
    by_itself: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a setting makes of the past: pages, alerts kept that matter, left out that do not."""

    pages: int
    kept: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Change:
    """`setting` of the rule from `before` to `after` seconds."""

    setting: str
    before: int
    after: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the replay found. `acted` and `by_itself` count the alerts that the rule as it is now
    shows again over the stored samples, `unseen` the others.

    `change` None: nothing that was tried helps. `samples` 0: nothing is stored to try it on.
    """

    samples: int
    acted: int
    by_itself: int
    unseen: int
    current: Outcome
    change: Change | None


class Tracks:
    """Episodes as (labels, start, end), by labels and in order."""

    def __init__(self, spans: Iterable[tuple[Key, float, float]]) -> None:
        self._starts: dict[Key, list[float]] = defaultdict(list)
        self._ends: dict[Key, list[float]] = defaultdict(list)
        for key, started, ended in sorted(spans):
            self._starts[key].append(started)
            self._ends[key].append(ended)

    def overlap(self, past: Past) -> bool:
        """Whether an episode was open while the alert was."""
        place = bisect_right(self._starts[past.labels], past.ended + SLACK)
        return place > 0 and self._ends[past.labels][place - 1] >= past.started - SLACK

    def begin(self, past: Past) -> bool:
        """Whether an episode begins while the alert was open, and so would page."""
        starts = self._starts[past.labels]
        after = bisect_right(starts, past.ended + SLACK)
        return after > bisect_left(starts, past.started - SLACK)

    def pages(self, first: float) -> int:
        """Episodes that begin from `first` on."""
        return sum(at >= first for starts in self._starts.values() for at in starts)


def judge(tracks: Tracks, pasts: Iterable[Past], first: float) -> Outcome:
    """Count what a setting keeps of the alerts that mattered, and leaves out of the others."""
    pasts = list(pasts)
    return Outcome(
        pages=tracks.pages(first),
        kept=sum(past.acted and tracks.overlap(past) for past in pasts),
        left_out=sum(past.by_itself and not tracks.begin(past) for past in pasts),
    )


def propose(rule: Rule, *, days: int, now: datetime) -> Proposal:
    """Look for the smallest change that quiets the rule. Raises BrokenRule."""
    start = now - timedelta(days=days)
    plan = plan_of(rule)
    recordings = tapes.stored(plan, start=start, end=now)
    first, last = start.timestamp(), now.timestamp()
    current = _replayed(plan, recordings, last)
    known = _pasts(rule, start, now)
    pasts = [past for past in known if current.overlap(past)]
    acted = sum(past.acted for past in pasts)
    change = None
    for setting, seconds in _best(plan, recordings, pasts, first, last)[:TRIES]:
        told = judge(_replayed(_with(plan, setting, seconds), recordings, last), pasts, first)
        if told.left_out and told.kept == acted:
            change = Change(setting, int(_now(plan, setting)), seconds, told)
            break
    return Proposal(
        samples=sum(len(each) for each in recordings),
        acted=acted,
        by_itself=sum(past.by_itself for past in pasts),
        unseen=len(known) - len(pasts),
        current=judge(current, pasts, first),
        change=change,
    )


def _replayed(plan: Plan, recordings: Sequence[Recording], last: float) -> Tracks:
    found = episodes(replay(plan, recordings, end=last))
    return Tracks((_key(each.labels), each.started, each.ended or last) for each in found)


def _best(
    plan: Plan, recordings: Sequence[Recording], pasts: Sequence[Past], first: float, last: float
) -> list[tuple[str, int]]:
    """The candidates that seem to keep their promise, the best first."""
    bare = replace(plan, timing=replace(plan.timing, hold=0.0, keep_firing=0.0, flap_count=0))
    held = episodes(replay(bare, recordings, end=last))
    matter = sum(past.acted for past in pasts)
    found: list[tuple[int, int, int, str]] = []
    for setting in (KEEP, FOR):
        for seconds in LADDER:
            if seconds <= _now(plan, setting):
                continue
            timing = _with(plan, setting, seconds).timing
            tracks = Tracks(_spans(held, timing.hold, timing.keep_firing, last))
            told = judge(tracks, pasts, first)
            if told.left_out and told.kept == matter:
                found.append((-told.left_out, seconds, len(found), setting))
    return [(setting, seconds) for _, seconds, _, setting in sorted(found)]


def _spans(
    held: Sequence[Episode], hold: float, keep: float, last: float
) -> Iterable[tuple[Key, float, float]]:
    """The episodes of a rule with this `for` and keep-firing whose condition held then."""
    by_labels: dict[Key, list[tuple[float, float]]] = defaultdict(list)
    for each in held:
        by_labels[_key(each.labels)].append((each.started, each.ended or last))
    for key, spans in by_labels.items():
        current: tuple[float, float] | None = None
        for started, ended in sorted(spans):
            if current is not None and started < current[1]:
                current = (current[0], ended + keep)
            elif ended - started > hold or not hold:
                if current is not None:
                    yield (key, *current)
                current = (started + hold, ended + keep)
        if current is not None:
            yield (key, *current)


def _now(plan: Plan, setting: str) -> float:
    return plan.timing.hold if setting == FOR else plan.timing.keep_firing


def _with(plan: Plan, setting: str, seconds: int) -> Plan:
    if setting == FOR:
        return replace(plan, timing=replace(plan.timing, hold=float(seconds)))
    return replace(plan, timing=replace(plan.timing, keep_firing=float(seconds)))


def _pasts(rule: Rule, start: datetime, now: datetime) -> list[Past]:
    alerts = Alert.objects.filter(rule=rule, started_at__gte=start, condition="breach")
    taken = set(Acknowledgment.objects.filter(alert__in=alerts).values_list("alert_id", flat=True))
    found = []
    for alert in alerts.only("labels", "started_at", "resolved_at", "resolved_by"):
        acted = alert.pk in taken or alert.resolved_by_id is not None
        ended = alert.resolved_at or now
        by_itself = not acted and alert.resolved_at is not None
        span = alert.started_at.timestamp(), ended.timestamp()
        found.append(Past(_key(alert.labels), *span, acted, by_itself))
    return found


def _key(labels: Mapping[str, str]) -> Key:
    return tuple(sorted(labels.items()))
