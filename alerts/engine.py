"""The evaluator: rules judged on arrival of a sample, and by the clock."""

from __future__ import annotations

import heapq
import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import count, islice

from django.db import connection, transaction

from alerts import effects, queries, rulebook
from alerts.episodes import remember
from alerts.lifecycle import Effect, Step, Verdict, resolved_by_person, step
from alerts.models import Alert
from alerts.rulebook import FRESH_SECONDS, Rulebook, bucket_of
from alerts.watch import Judgment, Watch, Watched
from analytics import series as store
from analytics.live import Frame
from analytics.series import StoredSample

logger = logging.getLogger(__name__)

OWN_SOURCE = "ops-portal"
AT_ONCE = 500  # alerts that one batch fires or changes, beside the grave ones; the others wait
HURRIED = 100  # the same while the stream is full: a grave one may be among what is not read yet
FULL = 500  # samples of a batch that tell that more is waiting
SHOW_SECONDS = 1.0  # changed values of open alerts are written no more often
SEEN_SECONDS = 10.0  # nor those that did not change
MOST_SHOWN = 5_000  # values that are written at once; of more, each in its turn
UNWATCHED = Watched(0, "", {}, "")  # stands for every series that no rule watches
BROKEN = (ArithmeticError, LookupError, TypeError, ValueError)  # what a bad rule can raise


class Evaluator:
    """Judges the series of the streams that this engine owns ("": what the portal computes).

    `observe` and `tick` write inside the caller's transaction and return frames to push after its
    commit. The memory follows the commits: after a rollback it is built again from rows.
    """

    def __init__(self, *, owned: Iterable[str] = ()) -> None:
        self.owned = frozenset(owned)
        self._book: Rulebook | None = None
        self._clock: list[tuple[float, int, Watch]] = []
        self._entries = count()
        self._changed: dict[Watch, None] = {}
        self._owed: dict[Watch, Effect] = {}  # what a judgment leads to, until it is carried out
        self._awaits = False  # the commit of a transaction that it was used in
        self._shown_at = self._seen_at = -math.inf
        self._turn = 0  # how many values of open alerts were shown
        self._hurried = False

    def own(self, streams: Iterable[str]) -> None:
        """Judge the series of these streams from now on, no others."""
        if frozenset(streams) != self.owned:
            self.owned = frozenset(streams)
            self.rollback()

    def rollback(self) -> None:
        """Forget the memory, which ran ahead of the rows; it is built again when next needed."""
        self._book, self._awaits = None, False

    def observe(
        self, samples: Sequence[StoredSample], *, now: datetime, waited: float = 0.0
    ) -> list[Frame]:
        """Judge committed-to-be samples in their order. Late ones change nothing.

        `waited`: seconds that they may have lain in their stream while nobody read it; they are
        news all the same.
        """
        frames = self._enter(now, arriving=samples)
        book, at = self._need(), now.timestamp()
        known, news = book.series, at - waited - FRESH_SECONDS
        for sample in samples:
            series = known.get(sample.series_id) or self._admit(sample, now)
            if series is UNWATCHED:
                continue
            ts, value = sample.ts.timestamp(), sample.value
            if ts < series.ts or (series.ts == -math.inf and ts < news):
                continue
            if value is not None and series.steady and series.low <= value <= series.high:
                series.value, series.numbered_at, series.ts = value, at, min(ts, at)
                continue
            frames += self._take(series, sample, min(ts, at), now)
        self._hurried = len(samples) >= FULL
        frames += self._carry_out(now)
        self._leave(now)
        return frames

    def tick(self, *, now: datetime) -> list[Frame]:
        """Judge what the passing of time alone has changed: `for`, windows, silence."""
        with transaction.atomic():
            frames = self._enter(now)
            frames += self._reload_if_edited(now)
            at = now.timestamp()
            due: list[Watch] = []
            while self._clock and self._clock[0][0] <= at:
                when, _, watch = heapq.heappop(self._clock)
                if when == watch.scheduled:
                    watch.scheduled = math.inf
                    due.append(watch)
            self._hear_again(due, at)
            for watch in due:
                frames += self._judge(watch, now)
            looks = at - self._shown_at >= SHOW_SECONDS
            frames += self._note_queries(now) if looks else []
            frames += self._carry_out(now)
            self._hurried = False
            if looks:
                self._shown_at = at
                frames += self._show(now)
            self._leave(now)
            return frames

    # --- memory and transactions ----------------------------------------------------------------

    def _need(self) -> Rulebook:
        if self._book is None:
            raise RuntimeError("The evaluator was used before it loaded its rules.")
        return self._book

    def _enter(self, now: datetime, *, arriving: Sequence[StoredSample] = ()) -> list[Frame]:
        if self._awaits and not _calls_at_commit(self._committed):
            logger.warning("a transaction was rolled back, rules are loaded again")
            self.rollback()
        return self._load(now, arriving=arriving) if self._book is None else []

    def _leave(self, now: datetime) -> None:
        """Write what changed, and wait for the commit to trust the memory."""
        changed, self._changed = list(self._changed), {}
        if changed:
            rules = effects.existing_rules({watch.plan.rule_id for watch in changed})
            kept = [watch for watch in changed if watch.plan.rule_id in rules]
            remember(kept, owed=self._owed, now=now)
        if connection.in_atomic_block:
            self._awaits = True
            if not _calls_at_commit(self._committed):
                transaction.on_commit(self._committed)

    def _committed(self) -> None:
        self._awaits = False

    def _load(
        self,
        now: datetime,
        *,
        heard: Mapping[int, Watched] | None = None,
        arriving: Sequence[StoredSample] = (),
    ) -> list[Frame]:
        self._book = rulebook.load(owned=self.owned, now=now, heard=heard, arriving=arriving)
        self._clock, self._changed, self._owed = [], {}, {}
        for watch in self._book.watches():
            if watch.noted:
                self._owed[watch] = Effect(watch.noted)
            self._schedule(watch, now.timestamp())
        effects.write_failures(self._book.failures, now=now)
        return effects.resolve_uncovered(self._uncovered(), now=now)

    def _reload_if_edited(self, now: datetime) -> list[Frame]:
        book = self._need()
        if book.edition == rulebook.current_edition():
            return []
        logger.info("rules changed, loading them again")
        return self._load(now, heard=book.series)

    def _uncovered(self) -> dict[int, str]:
        """Open alerts of ours whose rule was switched off, deleted, or turned elsewhere."""
        book = self._need()
        covered = {(watch.plan.rule_id, watch.series.pk) for watch in book.watches()}
        gone: dict[int, str] = {}
        open_ones = Alert.objects.exclude(state="resolved").filter(source=OWN_SOURCE)
        for alert in open_ones.exclude(rule__in=book.failures).select_related("rule"):
            if alert.rule is None or not alert.rule.enabled:
                if "" in self.owned:
                    gone[alert.pk] = "The rule was switched off or deleted."
            elif (alert.rule_id, alert.series_id) not in covered and self._ours(alert):
                gone[alert.pk] = "The rule no longer covers this series."
        return gone

    def _ours(self, alert: Alert) -> bool:
        metric = str(alert.rule_snapshot.get("metric", ""))
        rows = store.find(metric, {}) if metric else []
        return any(row.pk == alert.series_id and row.stream in self.owned for row in rows)

    def _admit(self, sample: StoredSample, now: datetime) -> Watched:
        """Watch a series that speaks for the first time, if any rule cares."""
        book = self._need()
        series = UNWATCHED
        if book.cares_for(sample.name):
            series = Watched(sample.series_id, sample.name, dict(sample.labels), "")
            series.numbered_at = now.timestamp()
            failing = len(book.failures)
            for watch in book.watch_series(series):
                self._schedule(watch, watch.due())
            if len(book.failures) > failing:
                effects.write_failures(book.failures, now=now)
        book.series[sample.series_id] = series
        return series

    # --- judging --------------------------------------------------------------------------------

    def _take(self, series: Watched, sample: StoredSample, ts: float, now: datetime) -> list[Frame]:
        at = now.timestamp()
        if sample.value is None:
            series.take_absence(ts, at)
        else:
            series.take_number(sample.value, ts, at)
            if series.remembers and (bucket := bucket_of(sample, ts)):
                series.take_bucket(bucket)
        frames = []
        for watch in (*series.watches, *series.dependents):
            frames += self._judge(watch, now)
        if any(watch.alert_id or watch in self._owed for watch in series.watches):
            key = f"{series.pk}:{int(ts)}"
            frames.append(Frame("samples", key, ts, [sample.value]))
        return frames

    def _judge(self, watch: Watch, now: datetime) -> list[Frame]:
        """An effect must not overtake the one before: that is carried out first."""
        at = now.timestamp()
        try:
            judgment = watch.judge(at)
        except BROKEN as error:
            self._fail(watch, error, now)
            judgment = Judgment(Verdict.FAILED, None, at)
        frames: list[Frame] = []
        if judgment is not None:
            taken = _stepped(watch, judgment, at)
            if taken.effect and watch in self._owed:
                frames = self._carry_out(now, and_of=watch)
                taken = _stepped(watch, judgment, at)
            before, watch.value = watch.instance, judgment.value
            watch.instance = taken.instance
            if taken.effect:
                self._owed[watch] = taken.effect
            if watch.instance != before:
                self._changed[watch] = None
                watch.series.settle()
        self._schedule(watch, watch.due())
        return frames

    def _carry_out(self, now: datetime, *, and_of: Watch | None = None) -> list[Frame]:
        """What was judged becomes rows, for many watches at once; a refusal may change an instance.

        The grave ones and the oldest AT_ONCE of the others: a storm holds up neither the samples
        behind it nor what matters more. What waits is noted in the rows of the instances. `and_of`
        is among those that are carried out.
        """
        if not self._owed:
            return []
        chosen = {watch: effect for watch, effect in self._owed.items() if watch.plan.grave}
        others = (watch for watch in self._owed if not watch.plan.grave)
        most = HURRIED if self._hurried else AT_ONCE
        chosen |= {watch: self._owed[watch] for watch in islice(others, most)}
        if and_of is not None:
            chosen[and_of] = self._owed[and_of]
        for watch in chosen:
            del self._owed[watch]
            if watch.noted:
                self._changed[watch] = None
        frames = effects.carry_out(chosen, now=now)
        for watch in chosen:
            watch.series.settle()
        return frames

    def _schedule(self, watch: Watch, due: float) -> None:
        if due < watch.scheduled:
            watch.scheduled = due
            heapq.heappush(self._clock, (due, next(self._entries), watch))

    def _fail(self, watch: Watch, error: Exception, now: datetime) -> None:
        """The rule is shown as failing; its policy for errors says what becomes of its alerts."""
        failures = self._need().failures
        if watch.plan.rule_id not in failures:
            logger.warning("rule failed", extra={"rule": watch.plan.name, "error": str(error)})
            failures[watch.plan.rule_id] = str(error)
            effects.write_failures(failures, now=now)

    def _note_queries(self, now: datetime) -> list[Frame]:
        """Judge anew the rules whose query has lost its answer, or has one again."""
        book = self._need()
        if not any(plan.query for plans in book.plans.values() for plan in plans):
            return []
        troubles = queries.failing()
        known = book.troubles
        changed = {pk for pk in known | troubles if known.get(pk) != troubles.get(pk)}
        if not changed:
            return []
        mended = known.keys() - troubles.keys()
        book.troubles = troubles
        book.failures = {
            **{pk: why for pk, why in book.failures.items() if pk not in mended},
            **troubles,
        }
        effects.write_failures(book.failures, now=now)
        frames: list[Frame] = []
        for watch in list(book.watches()):
            if watch.plan.rule_id in changed:
                watch.trouble = troubles.get(watch.plan.rule_id, "")
                frames += self._judge(watch, now)
        return frames

    def _hear_again(self, due: Sequence[Watch], at: float) -> None:
        """Before silence is believed, ask the stored series: another engine may have heard it."""
        for watch in due:
            series, patience = watch.series, watch.plan.no_data_seconds
            if not patience or at - series.numbered_at < patience or watch.instance.missing_since:
                continue
            for row in store.find(series.name, series.labels):
                if row.pk == series.pk and row.last_received_at and row.last_value is not None:
                    heard = row.last_received_at.timestamp()
                    series.numbered_at = max(series.numbered_at, heard)

    def _show(self, now: datetime) -> list[Frame]:
        alerting = [watch for watch in self._need().watches() if watch.alert_id]
        for watch in effects.resolved_meanwhile(alerting, now=now):
            watch.instance, watch.alert_id = resolved_by_person(watch.instance), None
            self._changed[watch] = None
            watch.series.settle()
        everything = now.timestamp() - self._seen_at >= SEEN_SECONDS
        self._seen_at = now.timestamp() if everything else self._seen_at
        told = [w for w in alerting if w.alert_id and (everything or w.value != w.shown)]
        if len(told) > MOST_SHOWN:
            first = self._turn % len(told)
            self._turn = first + MOST_SHOWN
            told = (told[first:] + told[:first])[:MOST_SHOWN]
        return effects.show_values(told, now=now)


def _stepped(watch: Watch, judgment: Judgment, at: float) -> Step:
    return step(
        watch.instance,
        judgment.verdict,
        at=at,
        timing=watch.plan.timing,
        missing_since=judgment.missing_since,
    )


def _calls_at_commit(act: Callable[[], None]) -> bool:
    """Whether the transaction that is open is the one, and not rolled back, that will call it."""
    return any(called == act for _, called, *_ in connection.run_on_commit)
