"""A rule on a series, in memory: what was seen last, what the rule says of it, when it is due."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from alerts.calendars import Calendar
from alerts.conditions import BrokenRule, Condition
from alerts.expressions import Node, conditions, truth
from alerts.lifecycle import BLIND, Instance, Phase, Timing, Verdict, due_at
from alerts.windows import PASTS, Bucket, History, Ranking, Window, aggregate


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Condition):
    """A rule as the evaluator needs it."""

    rule_id: int
    name: str
    timing: Timing
    min_samples: int = 0
    samples_metric: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    composite: Node | None = None
    grave: bool = False  # of the highest severity: its alerts go before all others
    query: str = ""  # PromQL, whose answers are the series of the metric
    calendar: Calendar | None = None  # judged only while it is open; None: always

    def rests(self, now: float) -> bool:
        """Whether its calendar is closed."""
        return self.calendar is not None and not self.calendar.is_open(now)

    @property
    def others(self) -> tuple[Condition, ...]:
        """What a composite asks of other series."""
        return conditions(self.composite) if self.composite else ()

    @property
    def bounded(self) -> bool:
        """Whether a band of values says all of when the rule is quiet."""
        return not self.windowed and self.composite is None and self.aggregate != "present"


def agrees(condition: Condition, labels: Mapping[str, str], own: Mapping[str, str]) -> bool:
    """Whether a condition of a composite looks at a series with `labels` beside its `own` one.

    They must be equal in every label that both carry, unless the condition names it.
    """
    return condition.covers(labels) and all(
        own[name] == value
        for name, value in labels.items()
        if name in own and name not in condition.matchers
    )


class Watched:
    """A series that rules watch. Times are epoch seconds.

    While the newest value lies within `low`..`high` no rule on the last value has anything to do.
    """

    __slots__ = (
        "dependents",
        "high",
        "histories",
        "labels",
        "low",
        "name",
        "nan_since",
        "numbered_at",
        "pk",
        "steady",
        "stream",
        "ts",
        "value",
        "watches",
        "windows",
    )

    def __init__(self, pk: int, name: str, labels: Mapping[str, str], stream: str) -> None:
        self.pk, self.name, self.labels, self.stream = pk, name, labels, stream
        self.ts = -math.inf  # event time of the newest sample that was judged
        self.value: float | None = None
        self.numbered_at = 0.0  # arrival of the last number
        self.nan_since: float | None = None  # arrival of the first of the newest non-numbers
        self.windows: dict[int, Window[Bucket]] = {}
        self.histories: dict[tuple[str, int], History | Ranking] = {}
        self.watches: list[Watch] = []
        self.dependents: list[Watch] = []  # of rules on other series that look here too
        self.steady = True  # only rules on the last value, all of them quiet
        self.low, self.high = -math.inf, math.inf

    @property
    def identity(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        return self.name, tuple(sorted(self.labels.items()))

    @property
    def remembers(self) -> int:
        """For how many seconds it keeps its samples; 0: the last one alone."""
        return max([*self.windows, *(window for _, window in self.histories)], default=0)

    def need(self, condition: Condition) -> None:
        """Keep what this condition measures."""
        if condition.aggregate in PASTS:
            past = PASTS[condition.aggregate](condition.window)
            self.histories.setdefault((condition.aggregate, condition.window), past)
        elif condition.windowed:
            self.windows.setdefault(condition.window, Window(condition.window))

    def measure(self, condition: Condition, now: float) -> float | None:
        """The figure of the condition, None: there is none."""
        if not condition.windowed:
            return self.value
        if condition.aggregate in PASTS:
            history = self.histories[condition.aggregate, condition.window]
            history.drop_until(now)
            return history.figure() if self.value is not None else None
        window = self.windows[condition.window]
        window.drop_until(now)
        return aggregate(window, condition.aggregate)

    def listen_on(self, former: Watched) -> None:
        """Take over what was heard of the same series before the rules were loaded again."""
        self.ts, self.value = former.ts, former.value
        self.numbered_at, self.nan_since = former.numbered_at, former.nan_since

    def take_number(self, value: float, ts: float, now: float) -> None:
        self.value, self.ts, self.numbered_at, self.nan_since = value, ts, now, None

    def take_absence(self, ts: float, now: float) -> None:
        self.value, self.ts = None, ts
        self.nan_since = now if self.nan_since is None else self.nan_since

    def take_bucket(self, bucket: Bucket) -> None:
        for window in self.windows.values():
            window.add(bucket)
        for history in self.histories.values():
            history.add(bucket)

    def forget_until(self, now: float) -> None:
        """Let windows and histories drop what has left them."""
        for kept in (*self.windows.values(), *self.histories.values()):
            kept.drop_until(now)

    def settle(self) -> None:
        """Work out anew for which values nothing happens."""
        low, high = -math.inf, math.inf
        steady = not self.remembers and not self.dependents and self.nan_since is None
        for watch in self.watches:
            quiet = watch.instance.phase is Phase.OK and watch.instance.missing_since is None
            if not quiet or not watch.plan.bounded:
                steady = False
            elif watch.plan.aggregate != "absent":
                below, above = watch.plan.clear_band()
                low, high = max(low, below), min(high, above)
        self.steady, self.low, self.high = steady, low, high


@dataclass(frozen=True, slots=True)
class Judgment:
    """What a rule says of a series now."""

    verdict: Verdict
    value: float | None
    missing_since: float = 0.0


class Watch:
    """One rule on one series."""

    __slots__ = (
        "alert_id",
        "fingerprint",
        "instance",
        "judged_at",
        "labels",
        "noted",
        "others",
        "plan",
        "samples",
        "scheduled",
        "series",
        "shown",
        "trouble",
        "unknown_since",
        "value",
    )

    def __init__(
        self, plan: Plan, series: Watched, labels: Mapping[str, str], fingerprint: str
    ) -> None:
        self.plan, self.series = plan, series
        self.labels, self.fingerprint = labels, fingerprint
        self.instance = Instance()
        self.alert_id: int | None = None
        self.noted = ""  # what its row says is owed
        self.samples: Watched | None = None  # the series that counts the samples
        self.others: dict[Condition, list[Watched]] = {each: [] for each in plan.others}
        self.scheduled = math.inf  # the earliest entry of this watch in the clock
        self.value: float | None = None  # the last that was judged
        self.judged_at = -math.inf
        self.unknown_since: float | None = None  # that is what the composite says
        self.trouble = ""  # why the rule cannot be judged now
        self.shown: float | None = None  # the last that the open alert shows

    def look_at(self, condition: Condition, series: Watched) -> None:
        """Let a condition of the composite count this series too."""
        series.need(condition)
        self.others[condition].append(series)
        series.dependents.append(self)

    def judge(self, now: float) -> Judgment | None:
        """None: there is not enough to judge by, what was known stays.

        Silence and non-numbers are absence. Too few samples: the condition does not hold.
        """
        self.judged_at = now
        if self.plan.rests(now):
            return self._rest()
        if self.trouble:
            raise BrokenRule(self.trouble)
        own = self._own(now)
        if self.plan.composite is None or own is None:
            return own
        this = None if own.verdict is Verdict.ABSENT else own.verdict is Verdict.HOLDS
        found = truth(
            self.plan.composite, this=this, known=lambda condition: self._known(condition, now)
        )
        if found is None:
            return self._unknown(own, now)
        self.unknown_since = None
        return Judgment(Verdict.HOLDS if found else Verdict.CLEAR, own.value)

    def due(self, *, after: float = -math.inf) -> float:
        """When time alone may change the judgment, `after` a time; infinity: never."""
        plan, series, instance = self.plan, self.series, self.instance
        known_at = max(self.judged_at, series.numbered_at)
        if self.plan.rests(known_at):
            return plan.calendar.next_change(known_at) if plan.calendar else math.inf
        times = [due_at(instance, plan.timing)]
        if plan.calendar:
            times.append(plan.calendar.next_change(known_at))
        if plan.aggregate == "absent":
            times.append(self._heard_at(known_at) + plan.threshold if self._calm else None)
        elif plan.no_data_seconds and instance.missing_since is None:
            times.append(self._heard_at(known_at) + plan.no_data_seconds)
        times.append(_leaves_at(plan, series, known_at))
        if self.unknown_since is not None and instance.missing_since is None:
            times.append(self.unknown_since + plan.no_data_seconds)
        for condition, looked_at in self.others.items():
            for other in looked_at:
                times += [_leaves_at(condition, other, known_at), self._silent_at(condition, other)]
        return min((time for time in times if time is not None and time > after), default=math.inf)

    @property
    def _calm(self) -> bool:
        return self.instance.phase is Phase.OK and not self.instance.latched

    def _rest(self) -> Judgment | None:
        """While the calendar is closed an open alert stays; what has not fired begins anew."""
        self.unknown_since = None
        waits = self.instance.phase is Phase.PENDING or self.instance.phase in BLIND
        begun = waits and not self.instance.alerting and not self.instance.latched
        return Judgment(Verdict.CLEAR, self.value) if begun else None

    def _opened_at(self, now: float) -> float:
        return self.plan.calendar.opened_at(now) if self.plan.calendar else -math.inf

    def _heard_at(self, now: float) -> float:
        """Since when there has been silence that counts."""
        return max(self.series.numbered_at, self._opened_at(now))

    def _own(self, now: float) -> Judgment | None:
        plan, series = self.plan, self.series
        opened_at, heard_at = self._opened_at(now), self._heard_at(now)
        silent = now - heard_at
        if plan.aggregate == "absent":
            return self._compared(silent)
        if plan.aggregate == "present":
            is_there = series.value is not None
            return Judgment(Verdict.HOLDS if is_there else Verdict.CLEAR, series.value)
        if plan.no_data_seconds and silent >= plan.no_data_seconds:
            return Judgment(Verdict.ABSENT, None, heard_at)
        if series.numbered_at < opened_at and not plan.windowed:
            return None
        value = series.measure(plan, now)
        if value is None:
            if series.nan_since is not None and series.nan_since >= opened_at:
                return Judgment(Verdict.ABSENT, None, series.nan_since)
            quiet_is_normal = plan.windowed and not plan.no_data_seconds
            return Judgment(Verdict.CLEAR, None) if quiet_is_normal else None
        if plan.min_samples:
            count = self._sample_count()
            if count is None:
                return None
            if count < plan.min_samples:
                return Judgment(Verdict.CLEAR, value)
        return self._compared(value)

    def _unknown(self, own: Judgment, now: float) -> Judgment | None:
        """Nobody knows what the composite says: patience first, absence then."""
        if own.verdict is Verdict.ABSENT:
            return own
        self.unknown_since = now if self.unknown_since is None else self.unknown_since
        patience = self.plan.no_data_seconds
        if not patience or now - self.unknown_since < patience:
            return None
        return Judgment(Verdict.ABSENT, own.value, self.unknown_since)

    def _compared(self, value: float) -> Judgment:
        active = self.instance.active_at is not None
        holds = self.plan.holds(value, active=active)
        return Judgment(Verdict.HOLDS if holds else Verdict.CLEAR, value)

    def _known(self, condition: Condition, now: float) -> bool | None:
        """Whether it holds on any series that it looks at; None: none of them says anything."""
        found: bool | None = None
        for series in self.others[condition]:
            silent = now - series.numbered_at >= condition.no_data_seconds
            value = None if silent else series.measure(condition, now)
            if value is not None:
                found = bool(found) or condition.holds(value)
        return found

    def _silent_at(self, condition: Condition, series: Watched) -> float | None:
        """When a series of the composite falls silent, None once that has been judged."""
        silent_at = series.numbered_at + condition.no_data_seconds
        return silent_at if silent_at > self.judged_at else None

    def _sample_count(self) -> float | None:
        plan, series = self.plan, self.series
        if plan.samples_metric:
            return self.samples.value if self.samples else None
        if plan.aggregate in PASTS:
            return float(series.histories[plan.aggregate, plan.window].count)
        if not plan.windowed:
            return math.inf
        whole = series.windows[plan.window].whole()
        return float(whole.count) if whole else 0.0


def _leaves_at(condition: Condition, series: Watched, now: float) -> float | None:
    """When the oldest sample leaves the window, whether or not that has been measured by now."""
    if not condition.slides:
        return None
    series.windows[condition.window].drop_until(now)
    oldest = series.windows[condition.window].oldest()
    return oldest.second + condition.window if oldest else None
