"""What the evaluator holds in memory, and how it is built again from rows."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from alerts import queries
from alerts.conditions import BrokenRule, Condition
from alerts.episodes import identity, plan_of, remembered
from alerts.lifecycle import Instance, resolved_by_person
from alerts.models import Alert, Rule, RuleEdition, RuleInstance
from alerts.watch import Plan, Watch, Watched, agrees
from alerts.windows import Bucket
from analytics import series as store
from analytics.series import StoredSample

Identity = tuple[str, tuple[tuple[str, str], ...]]  # name and sorted labels of a series
FRESH_SECONDS = 60  # older samples of a series never judged before are history, not news
LOOK_BACK_SECONDS = 600  # for the sample before those that arrive
FORGOTTEN_SECONDS = 3_600  # a series silent for so long is not watched until it speaks again


class Series(Protocol):
    """A stored series, as analytics.series.find gives it."""

    @property
    def pk(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...
    @property
    def stream(self) -> str: ...
    @property
    def last_ts(self) -> datetime | None: ...
    @property
    def last_value(self) -> float | None: ...
    @property
    def last_received_at(self) -> datetime | None: ...


@dataclass(slots=True)
class Rulebook:
    """Plans by metric, series by id, and the open memory of every rule on every series."""

    edition: int = -1
    plans: dict[str, list[Plan]] = field(default_factory=lambda: defaultdict(list))
    counted: set[str] = field(default_factory=set)  # metrics that some rule looks at beside its own
    series: dict[int, Watched] = field(default_factory=dict)
    named: dict[Identity, Watched] = field(default_factory=dict)
    looked: dict[str, list[tuple[Watch, Condition]]] = field(
        default_factory=lambda: defaultdict(list)
    )  # by metric: the composites that look at it
    by_name: dict[str, list[Watched]] = field(default_factory=lambda: defaultdict(list))
    uncounted: dict[Identity, list[Watch]] = field(default_factory=dict)  # by what counts for them
    taken: dict[tuple[int, str], Watch] = field(default_factory=dict)  # (rule, fingerprint)
    troubles: dict[int, str] = field(default_factory=dict)  # rule id -> why its query has no answer
    failures: dict[int, str] = field(default_factory=dict)  # rule id -> why it is not evaluated

    def watches(self) -> Iterator[Watch]:
        return iter(self.taken.values())

    def cares_for(self, name: str) -> bool:
        return name in self.plans or name in self.counted

    def add(self, plan: Plan) -> None:
        """Take a rule in, before the series that it covers."""
        self.plans[plan.metric].append(plan)
        if plan.samples_metric:
            self.counted.add(plan.samples_metric)
        self.counted.update(condition.metric for condition in plan.others)

    @property
    def names(self) -> list[str]:
        """The metrics that some rule looks at."""
        return sorted({*self.plans, *self.counted})

    def watch_series(self, series: Watched) -> list[Watch]:
        """Put every rule that covers the series on it; returns the new watches."""
        self.series[series.pk] = series
        self.named[series.identity] = series
        self.by_name[series.name].append(series)
        for looking, condition in self.looked.get(series.name, ()):
            if agrees(condition, series.labels, looking.series.labels):
                looking.look_at(condition, series)
        added = [
            watch
            for plan in self.plans.get(series.name, ())
            if plan.covers(series.labels) and (watch := self._watch(plan, series))
        ]
        for watch in self.uncounted.pop(series.identity, ()):
            watch.samples = series
            series.dependents.append(watch)
        series.settle()
        return added

    def _watch(self, plan: Plan, series: Watched) -> Watch | None:
        labels, fingerprint = identity(plan, series.labels)
        if (plan.rule_id, fingerprint) in self.taken:
            self.failures[plan.rule_id] = "Two series give alerts with the same labels."
            return None
        watch = Watch(plan, series, labels, fingerprint)
        watch.trouble = self.troubles.get(plan.rule_id, "")
        series.need(plan)
        if plan.samples_metric:
            counter = (plan.samples_metric, series.identity[1])
            watch.samples = self.named.get(counter)
            if watch.samples:
                watch.samples.dependents.append(watch)
                watch.samples.settle()
            else:
                self.uncounted.setdefault(counter, []).append(watch)
        for condition in watch.others:
            self._look(watch, condition)
        series.watches.append(watch)
        self.taken[plan.rule_id, fingerprint] = watch
        return watch

    def _look(self, watch: Watch, condition: Condition) -> None:
        """Let a composite look at the series that are there, and at those that will come."""
        self.looked[condition.metric].append((watch, condition))
        for series in self.by_name[condition.metric]:
            if agrees(condition, series.labels, watch.series.labels):
                watch.look_at(condition, series)
                series.settle()


def current_edition() -> int:
    """The number that every edit of a rule raises."""
    return RuleEdition.objects.values_list("number", flat=True).first() or 0


def load(
    *,
    owned: frozenset[str],
    now: datetime,
    heard: Mapping[int, Watched] | None = None,
    arriving: Sequence[StoredSample] = (),
) -> Rulebook:
    """Build the memory from the enabled rules, their instances, open alerts and stored samples.

    Only series of the owned streams are watched ("" stands for what the portal computes). `heard`
    are series as they were listened to until now: their silence goes on counting. `arriving` are
    samples that are stored already, but are yet to be judged.
    """
    book = Rulebook(edition=current_edition(), troubles=queries.failing())
    book.failures.update(book.troubles)
    for rule in Rule.objects.filter(enabled=True).select_related("calendar").order_by("pk"):
        _plan(book, rule)
    rows = {(row.rule_id, row.series_id): row for row in RuleInstance.objects.all()}
    judged = {series_id for _, series_id in rows}
    for name in book.names:
        for row in store.find(name, {}):
            if row.stream in owned and _alive(row, judged, now):
                series = _restored(row, row.pk in judged, now)
                if former := (heard or {}).get(row.pk):
                    series.listen_on(former)
                book.watch_series(series)
    _recall(book, rows)
    _refill(book, now, arriving)
    return book


def _plan(book: Rulebook, rule: Rule) -> None:
    try:
        plan = plan_of(rule)
    except BrokenRule as error:
        book.failures[rule.pk] = str(error)
        return
    book.add(plan)


def _alive(row: Series, judged: set[int], now: datetime) -> bool:
    received = row.last_received_at
    forgotten = now - timedelta(seconds=FORGOTTEN_SECONDS)
    return row.pk in judged or (received is not None and received > forgotten)


def _restored(row: Series, judged: bool, now: datetime) -> Watched:
    """The series as it was seen last. Silence is counted from now on: nobody was listening."""
    series = Watched(row.pk, row.name, row.labels, row.stream)
    series.numbered_at = now.timestamp()
    if row.last_ts is not None and (judged or _was_live(row)):
        series.ts, series.value = row.last_ts.timestamp(), row.last_value
        series.nan_since = now.timestamp() if row.last_value is None else None
    return series


def _was_live(row: Series) -> bool:
    """Whether its newest sample came as news, not as history that was read at a first start."""
    if row.last_ts is None or row.last_received_at is None:
        return False
    return row.last_received_at - row.last_ts < timedelta(seconds=FRESH_SECONDS)


def _recall(book: Rulebook, rows: Mapping[tuple[int, int], RuleInstance]) -> None:
    """Give every watch its memory; an alert that was resolved meanwhile stays silent."""
    alerts = {
        (rule_id, fingerprint): pk
        for pk, rule_id, fingerprint in Alert.objects.exclude(state="resolved").values_list(
            "pk", "rule_id", "fingerprint"
        )
    }
    for key, watch in book.taken.items():
        row = rows.get((watch.plan.rule_id, watch.series.pk))
        if row is None:
            continue
        watch.instance = remembered(row)
        watch.alert_id = alerts.get(key)
        watch.value = watch.shown = row.value
        watch.noted = row.owed
        if watch.instance.alerting and watch.alert_id is None and not row.owed:
            watch.instance = resolved_by_person(watch.instance)
    for series in book.series.values():
        series.settle()


def _refill(book: Rulebook, now: datetime, arriving: Sequence[StoredSample]) -> None:
    """Fill the windows from the stored samples, and step back before those that arrive."""
    edge = min((sample.seq for sample in arriving), default=None)
    firsts: dict[int, StoredSample] = {}
    for sample in arriving:
        firsts.setdefault(sample.series_id, sample)
    for series in book.series.values():
        first = firsts.get(series.pk)
        if not series.remembers and first is None:
            continue
        start = now - timedelta(seconds=series.remembers)
        if first is not None:
            start = min(start, first.ts - timedelta(seconds=LOOK_BACK_SECONDS))
        stored = store.window(series.pk, start, now)
        earlier = [sample for sample in stored if edge is None or sample.seq < edge]
        for sample in earlier:
            if bucket := bucket_of(sample, sample.ts.timestamp()):
                series.take_bucket(bucket)
        if first is not None:
            _step_back(series, earlier[-1] if earlier else None, first)


def _step_back(series: Watched, earlier: StoredSample | None, first: StoredSample) -> None:
    """The series as it was before `first`; its row knows that one already."""
    series.nan_since = None
    if earlier is not None:
        series.ts, series.value = earlier.ts.timestamp(), earlier.value
    elif series.watches and any(watch.instance != Instance() for watch in series.watches):
        series.ts, series.value = first.ts.timestamp(), None
    else:
        series.ts, series.value = -math.inf, None


def bucket_of(sample: StoredSample, ts: float) -> Bucket | None:
    """The sample for a window at the second of `ts`, None when it holds no number."""
    if sample.value is None or sample.vsum is None:
        return None
    low = sample.value if sample.vmin is None else sample.vmin
    high = sample.value if sample.vmax is None else sample.vmax
    return Bucket(int(ts), sample.value, low, high, sample.vsum, sample.vcount)
