"""A rule over samples that were kept: the evaluator's own judgment and state machine, replayed.

1. Clocks that are due before the next sample run first, each at its time; then it is judged.
2. Where the verdicts of a whole series are known at once (`recordings.course`), the state machine
   takes their changes, and the evaluator judges the few samples of which nothing is known before.
   Else, while the verdict surely stays what it is (`recordings.steady`), the next sample that can
   change anything is looked for. The windows are filled again as after a restart.
3. Rules that look at several series see the samples of all of them in the order of time; what they
   say at each of them is known at once too (`composites.joint`).

The live evaluator counts from the arrival of a sample, a replay from the sample's own time.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from alerts.composites import Joint, joint, parted
from alerts.lifecycle import Effect, Phase, Verdict, due_at, step
from alerts.recordings import UNSURE, Course, Recording, course, steady
from alerts.rulebook import Rulebook
from alerts.watch import Plan, Watch, Watched
from alerts.windows import PASTS, Bucket, Window

Leap = Callable[[int, Verdict | None, int], int]  # place, its verdict, how many: the next place
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
    looked_at = {plan.samples_metric, *(condition.metric for condition in plan.others)} - {""}
    wanted = [each for each in recordings if len(each) and _concerns(plan, looked_at, each)]
    apart = parted(plan, wanted) if looked_at else [[each] for each in wanted]
    groups = [wanted] if apart is None else apart
    players = [_Player(plan, group, end, apart=apart is not None) for group in groups]
    found = [moment for player in players for moment in player.play()]
    return sorted(found, key=lambda moment: moment.at)


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


def _concerns(plan: Plan, looked_at: set[str], recording: Recording) -> bool:
    own = recording.name == plan.metric and plan.covers(recording.labels)
    return own or recording.name in looked_at


class _Player:
    """Feeds a rulebook of one rule, with a clock of its own. `apart`: of its first series."""

    def __init__(
        self, plan: Plan, recordings: Sequence[Recording], end: float, *, apart: bool = True
    ) -> None:
        self.plan, self.end, self.apart = plan, end, apart
        self.book = Rulebook()
        self.book.add(plan)
        self.tapes = [_Tape(number, each) for number, each in enumerate(recordings)]
        self.clock: list[tuple[float, int, Watch]] = []
        self.number = 0
        self.moments: list[Moment] = []

    def play(self) -> list[Moment]:
        if len(self.tapes) == 1 and self.tapes[0].recording.name == self.plan.metric:
            self._leap(self.tapes[0])
        elif self.apart and (known := joint(self.plan, [tape.recording for tape in self.tapes])):
            self._leap_together(known)
        else:
            for tape, place in _in_order(self.tapes, self.end):
                self._run_clock(tape.ts[place])
                self._take(tape, place)
        self._run_clock(math.nextafter(self.end, math.inf))
        return self.moments

    def _leap_together(self, known: Joint) -> None:
        """As `_leap`, over the samples of all series."""
        ts, own = known.ts, self.tapes[0].series
        place, size = 0, bisect_right(ts, self.end)
        while place < size:
            self._run_clock(ts[place])
            number = known.owner[place]
            self._take(self.tapes[number], known.places[number][place])
            following = place + 1
            for watch in own.watches:
                holds = int(watch.instance.active_at is not None)
                following = self._walk(watch, ts, known.course, place, holds, size)
                if following > place + 1:
                    self._hear_all(known, place, following)
                    self._begin_clock(watch, ts[following - 1])
            place = following

    def _hear_all(self, known: Joint, place: int, following: int) -> None:
        """Let each series hear its samples after this one and before `following`."""
        for tape, places in zip(self.tapes, known.places, strict=True):
            first, last = places[place] + 1, places[following - 1] + 1
            if first < last:
                self._meet(tape.series, tape.ts[first])
                tape.hear(first, last)

    def _leap(self, tape: _Tape) -> None:
        """Judge the samples that can change anything, pass over the others."""
        known = course(self.plan, self.plan.min_samples, tape.recording)
        if known is not None and self.plan.calendar is None:
            after: Leap = partial(self._walk_on, tape, known)
        else:
            after = self._steps_over(tape)
        place, size = 0, int(np.searchsorted(tape.recording.ts, self.end, side="right"))
        while place < size:
            self._run_clock(tape.ts[place])
            verdict = self._take(tape, place)
            following = after(place, verdict, size)
            if following > place + 1:
                self._pass_over(tape, place + 1, following)
            place = following

    def _steps_over(self, tape: _Tape) -> Leap:
        """How to find the next sample that may change anything, after one and its verdict."""
        surely_clear, surely_holds = steady(self.plan, self.plan.min_samples, tape.recording)
        stops = {
            Verdict.CLEAR: np.flatnonzero(~surely_clear),
            Verdict.HOLDS: np.flatnonzero(~surely_holds),
        }
        sure = {Verdict.CLEAR: surely_clear.tolist(), Verdict.HOLDS: surely_holds.tolist()}

        def leap(place: int, verdict: Verdict | None, size: int) -> int:
            following = place + 1
            if verdict in stops and sure[verdict][place]:
                stop = int(stops[verdict][np.searchsorted(stops[verdict], following)])
                following = max(following, min(stop, self._next_due(tape)))
                following = min(following, size, self._next_change(tape, place))
            elif verdict is None and self.plan.rests(tape.ts[place]):
                following = min(size, self._next_change(tape, place))
            return max(following, place + 1)

        return leap

    def _walk_on(
        self, tape: _Tape, known: Course, place: int, verdict: Verdict | None, size: int
    ) -> int:
        if verdict not in VERDICTS:
            return place + 1
        (watch,) = tape.series.watches
        return self._walk(watch, tape.ts, known, place, VERDICTS.index(verdict), size)

    def _walk(
        self, watch: Watch, ts: list[float], known: Course, place: int, holds: int, size: int
    ) -> int:
        """Take the changes of a known course; returns the next sample to be judged itself.

        What repeats the verdict changes nothing before the state machine is due.
        """
        if known.codes[holds][place] != holds:
            return place + 1
        while True:
            stop = min(known.same[holds][place + 1], size)
            due = due_at(watch.instance, self.plan.timing)
            flips = stop < size and known.codes[holds][stop] != UNSURE
            if due is not None and (due <= ts[stop - 1] or (flips and due < ts[stop])):
                place = bisect_right(ts, due, place, stop) - 1
                if not self._settle(watch, VERDICTS[holds], due, known.value_at(place, due)):
                    return place + 1
            elif flips:
                holds, place = 1 - holds, stop
                self._settle(watch, VERDICTS[holds], ts[place], known.value[place])
            else:
                return stop

    def _pass_over(self, tape: _Tape, first: int, following: int) -> None:
        """Hear samples without judging them; what was due among them would change nothing."""
        tape.hear(first, following)
        (watch,) = tape.series.watches
        self._begin_clock(watch, tape.ts[following - 1])

    def _begin_clock(self, watch: Watch, at: float) -> None:
        self.clock.clear()
        watch.scheduled = math.inf
        self._schedule(watch, at)

    def _next_due(self, tape: _Tape) -> int:
        """The first sample that does not come before the state machine is due."""
        (watch,) = tape.series.watches
        due = due_at(watch.instance, self.plan.timing)
        return len(tape.ts) if due is None else int(np.searchsorted(tape.recording.ts, due))

    def _next_change(self, tape: _Tape, place: int) -> int:
        """The first sample after the calendar opened or closed."""
        if self.plan.calendar is None:
            return len(tape.ts)
        changes_at = self.plan.calendar.next_change(tape.ts[place])
        return int(np.searchsorted(tape.recording.ts, changes_at))

    def _take(self, tape: _Tape, place: int) -> Verdict | None:
        """Judge a sample; returns what the rule says of its own series, if it is one."""
        series, at = tape.series, tape.ts[place]
        self._meet(series, at)
        tape.feed(place)
        verdict = None
        for watch in (*series.watches, *series.dependents):
            verdict = self._judge(watch, at)
        return verdict if len(series.watches) == 1 and not series.dependents else None

    def _meet(self, series: Watched, at: float) -> None:
        if series.pk not in self.book.series:
            series.numbered_at = at
            self.book.watch_series(series)

    def _judge(self, watch: Watch, at: float) -> Verdict | None:
        judgment = watch.judge(at)
        if judgment is not None:
            watch.value = judgment.value
            self._settle(watch, judgment.verdict, at, judgment.value, judgment.missing_since)
        self._schedule(watch, at)
        return judgment.verdict if judgment else None

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
            moment = Moment(at, watch.labels, before.phase, phase, taken.effect, value)
            self.moments.append(moment)
        return phase is not before.phase

    def _schedule(self, watch: Watch, at: float) -> None:
        due = watch.due()
        if at < due < watch.scheduled:
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
                self._judge(watch, due)
        raise RuntimeError("The clock of the replay does not come to an end.")


class _Tape:
    """A recording as plain lists, and the series that it plays."""

    def __init__(self, number: int, recording: Recording) -> None:
        self.recording = recording
        self.series = Watched(number, recording.name, recording.labels, "")
        self.ts: list[float] = recording.ts.tolist()
        self.value: list[float] = recording.value.tolist()
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
        """Take in the samples from `first` to before `following`, or what windows need of them."""
        series = self.series
        if series.remembers:
            edge = self.ts[following - 1] - series.remembers - 1
            if edge > self.ts[first]:
                first = int(np.searchsorted(self.recording.ts, edge))
                series.windows = {seconds: Window(seconds) for seconds in series.windows}
                series.histories = {key: PASTS[key[0]](key[1]) for key in series.histories}
        else:
            first = following - 1
        for place in range(first, following):
            self.feed(place)
        series.forget_until(self.ts[following - 1])


def _in_order(tapes: Sequence[_Tape], end: float) -> Iterator[tuple[_Tape, int]]:
    """The samples of all tapes by time; those of the same time in the order of the tapes."""
    if not tapes:
        return
    ts = np.concatenate([tape.recording.ts for tape in tapes])
    owner = np.repeat(np.arange(len(tapes)), [len(tape.ts) for tape in tapes])
    place = np.concatenate([np.arange(len(tape.ts)) for tape in tapes])
    order = np.argsort(ts, kind="stable")
    order = order[ts[order] <= end]
    for number, each in zip(owner[order].tolist(), place[order].tolist(), strict=True):
        yield tapes[number], each
