"""A rule over samples that were kept: the evaluator's own judgment and state machine, replayed.

1. What the rule says whenever somebody looks is worked out for each of its series at once, beside
   the series that it looks at there (`courses.course`). The state machine takes the changes.
2. Of what is not known before, the evaluator judges the samples one by one, and clocks that are due
   before the next sample run first, each at its time. The windows are filled as after a restart.

The live evaluator counts from the arrival of a sample, a replay from the sample's own time.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alerts.courses import UNSURE, course
from alerts.lifecycle import BLIND, Effect, Phase, Verdict, due_at, step
from alerts.recordings import Recording
from alerts.rulebook import Rulebook
from alerts.timelines import NOBODY, counts, looks
from alerts.watch import Plan, Watch, Watched
from alerts.windows import PASTS, Bucket, Window

VERDICTS = (Verdict.CLEAR, Verdict.HOLDS)  # by the codes of a course
OPENS = frozenset({Effect.FIRE, Effect.FIRE_NODATA})
CLOCK_STEPS = 100_000  # without a sample between them: a clock that never ends is a fault


@dataclass(frozen=True, slots=True)
class Moment:
    """A change of what the rule says of a series."""

    at: float
    labels: Mapping[str, str]
    before: Phase
    phase: Phase
    effect: Effect | None
    value: float | None


@dataclass(frozen=True, slots=True)
class Episode:
    """From firing to resolved; `ended` None: it goes on at the end of the replay."""

    labels: Mapping[str, str]
    started: float
    ended: float | None
    value: float | None  # at its start


def replay(plan: Plan, recordings: Sequence[Recording], *, end: float) -> list[Moment]:
    """Every change in order of time until `end` (epoch seconds), clocks included."""
    found = [
        moment
        for own, group in groups(plan, recordings)
        for moment in _Player(plan, own, group, end).play()
    ]
    return sorted(found, key=lambda moment: moment.at)


def groups(plan: Plan, recordings: Sequence[Recording]) -> list[tuple[int, list[Recording]]]:
    """Each series of the rule with those that it looks at, and its place among them."""
    spoken = [each for each in recordings if len(each)]
    found = []
    for mine in spoken:
        if mine.name == plan.metric and plan.covers(mine.labels):
            group = [each for each in spoken if each is mine or _concerns(plan, each, mine)]
            found.append((next(at for at, each in enumerate(group) if each is mine), group))
    return found


def _concerns(plan: Plan, recording: Recording, mine: Recording) -> bool:
    return counts(plan, recording, mine) or any(looks(c, recording, mine) for c in plan.others)


def episodes(moments: Sequence[Moment]) -> list[Episode]:
    """Those that fired, oldest first."""
    opened: dict[tuple[tuple[str, str], ...], Moment] = {}
    found = []
    for moment in moments:
        key = tuple(sorted(moment.labels.items()))
        if moment.effect in OPENS:
            opened[key] = moment
        elif moment.effect is Effect.RESOLVE and key in opened:
            first = opened.pop(key)
            found.append(Episode(first.labels, first.at, moment.at, first.value))
    found += [Episode(each.labels, each.at, None, each.value) for each in opened.values()]
    return sorted(found, key=lambda episode: episode.started)


class _Player:
    """Feeds a rulebook of one rule, with a clock of its own, and judges it on one series."""

    def __init__(self, plan: Plan, own: int, recordings: Sequence[Recording], end: float) -> None:
        self.plan, self.end = plan, end
        self.book = Rulebook()
        self.book.add(plan)
        self.tapes = [_Tape(number, each) for number, each in enumerate(recordings)]
        self.own = self.tapes[own].series
        self.known = course(plan, own, recordings)
        self.clock: list[tuple[float, int, Watch]] = []
        self.number = 0
        self.moments: list[Moment] = []

    def play(self) -> list[Moment]:
        """Judge what can change anything, pass over the rest."""
        line = self.known.line
        place, size = 0, int(np.searchsorted(line.ts, self.end, side="right"))
        while place < size:
            at, owner = float(line.ts[place]), int(line.owner[place])
            if owner == NOBODY:
                self._run_clock(math.nextafter(at, math.inf))
            else:
                self._run_clock(at)
                self._take(self.tapes[owner], int(line.newest[owner][place]))
            following = place + 1
            for watch in self.own.watches:
                following = self._pass_over(watch, place, size)
            place = following
        self._run_clock(math.nextafter(self.end, math.inf))
        return self.moments

    def _pass_over(self, watch: Watch, place: int, size: int) -> int:
        """The next place at which the evaluator must look itself; all before it has been heard."""
        at = float(self.known.line.ts[place])
        if self.plan.calendar and self.plan.rests(at):
            opens_at = self.plan.calendar.next_change(at)
            following = int(np.searchsorted(self.known.line.ts[:size], opens_at))
        else:
            following = self._walk(watch, place, size)
            if following > place + 1:
                watch.value = _number(float(self.known.value[following - 1]))
        if following <= place + 1:
            return place + 1
        self._hear_all(place, following)
        watch.judged_at = float(self.known.line.ts[following - 1])
        self.clock.clear()
        watch.scheduled = math.inf
        self._schedule(watch, watch.judged_at)
        return following

    def _hear_all(self, place: int, following: int) -> None:
        """Let each series hear its samples after this place and before `following`."""
        at = float(self.known.line.ts[following - 1])
        for tape, newest in zip(self.tapes, self.known.line.newest, strict=True):
            first, last = int(newest[place]) + 1, int(newest[following - 1]) + 1
            if first < last:
                self._meet(tape.series, tape.ts[first])
                tape.hear(first, last)
            tape.series.forget_until(at)

    def _walk(self, watch: Watch, place: int, size: int) -> int:
        """Take the changes of the course; returns the next place that must be judged itself.

        What repeats the verdict changes nothing before the state machine is due.
        """
        known, ts = self.known, self.known.line.ts
        holds = int(watch.instance.active_at is not None)
        if known.codes[holds][place] != holds or watch.instance.phase in BLIND:
            return place + 1
        while True:
            stop = min(int(known.same[holds][place + 1]), size)
            due = due_at(watch.instance, self.plan.timing)
            flips = stop < size and known.codes[holds][stop] != UNSURE
            if due is not None and (due <= ts[stop - 1] or (flips and due < ts[stop])):
                place += int(np.searchsorted(ts[place:stop], due))
                place -= place == stop or ts[place] > due  # the first to look then, else before
                if not self._settle(watch, VERDICTS[holds], due, known.value_at(place, due)):
                    return place + 1
            elif flips and not self._waits_for_silence(watch, stop):
                holds, place = 1 - holds, stop
                self._settle(watch, VERDICTS[holds], float(ts[place]), float(known.value[place]))
            else:
                return stop

    def _waits_for_silence(self, watch: Watch, place: int) -> bool:
        """Whether nobody looks there: silence is waited for while nothing else is going on."""
        by_clock = self.known.line.owner[place] == NOBODY and self.plan.aggregate == "absent"
        return by_clock and watch.instance.phase is not Phase.OK

    def _take(self, tape: _Tape, place: int) -> None:
        """Hear a sample and judge."""
        series, at = tape.series, tape.ts[place]
        self._meet(series, at)
        tape.feed(place)
        for watch in (*series.watches, *series.dependents):
            if watch.series is self.own:
                self._judge(watch, at)

    def _meet(self, series: Watched, at: float) -> None:
        if series.pk not in self.book.series:
            series.numbered_at = at
            self.book.watch_series(series)

    def _judge(self, watch: Watch, at: float) -> None:
        judgment = watch.judge(at)
        if judgment is not None:
            watch.value = judgment.value
            self._settle(watch, judgment.verdict, at, judgment.value, judgment.missing_since)
        self._schedule(watch, at)

    def _settle(
        self,
        watch: Watch,
        verdict: Verdict,
        at: float,
        value: float | None,
        missing_since: float = 0.0,
    ) -> bool:
        """Let the state machine take the verdict; returns whether the phase is another one."""
        before, timing = watch.instance, self.plan.timing
        taken = step(before, verdict, at=at, timing=timing, missing_since=missing_since)
        watch.instance, phase = taken.instance, taken.instance.phase
        if taken.effect or phase is not before.phase:
            value = None if value is None else _number(value)
            moment = Moment(at, watch.labels, before.phase, phase, taken.effect, value)
            self.moments.append(moment)
        return phase is not before.phase

    def _schedule(self, watch: Watch, at: float) -> None:
        due = watch.due(after=at)
        if due < watch.scheduled:
            watch.scheduled = due
            self.number += 1
            heapq.heappush(self.clock, (due, self.number, watch))

    def _run_clock(self, until: float) -> None:
        """Judge what is due before this time, each at its own."""
        for _ in range(CLOCK_STEPS):
            if not self.clock or self.clock[0][0] >= until:
                return
            due, _, watch = heapq.heappop(self.clock)
            if due == watch.scheduled:
                watch.scheduled = math.inf
                if due == watch.due(after=watch.judged_at):
                    self._judge(watch, due)
                else:  # what it waited for is over
                    self._schedule(watch, watch.judged_at)
        raise RuntimeError("The clock of the replay does not come to an end.")


class _Tape:
    """A recording as plain lists, and the series that it plays."""

    def __init__(self, number: int, recording: Recording) -> None:
        self.recording = recording
        self.series = Watched(number, recording.name, recording.labels, "")
        self.ts: list[float] = recording.ts.tolist()
        self.value: list[float] = recording.value.tolist()
        numbered = np.where(np.isnan(recording.value), -1, np.arange(len(recording)))
        self.numbered: list[int] = np.maximum.accumulate(numbered).tolist()
        self.folded: list[tuple[float, ...]] = list(
            zip(
                recording.low.tolist(),
                recording.high.tolist(),
                recording.total.tolist(),
                recording.count.tolist(),
                strict=True,
            )
        )

    def feed(self, place: int) -> None:
        series, at, value = self.series, self.ts[place], self.value[place]
        if math.isnan(value):
            series.take_absence(at, at)
            return
        series.take_number(value, at, at)
        if series.remembers:
            low, high, total, count = self.folded[place]
            series.take_bucket(Bucket(int(at), value, low, high, total, int(count)))

    def hear(self, first: int, following: int) -> None:
        """Take in the samples from `first` to before `following`, or what is needed of them.

        That are the last number, what is no number after it, and what windows hold.
        """
        series, unheard = self.series, first
        if series.remembers:
            edge = self.ts[following - 1] - series.remembers - 1
            if edge > self.ts[first]:
                first = int(np.searchsorted(self.recording.ts, edge))
                series.windows = {seconds: Window(seconds) for seconds in series.windows}
                series.histories = {key: PASTS[key[0]](key[1]) for key in series.histories}
                first = min(first, max(unheard, self.numbered[following - 1]))
        else:
            first = max(first, self.numbered[following - 1])
        for place in range(first, following):
            self.feed(place)
        series.forget_until(self.ts[following - 1])


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
