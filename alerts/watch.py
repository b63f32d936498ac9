"""A rule on a series, in memory: what was seen last, what the rule says of it, when it is due."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from alerts.lifecycle import Instance, NoData, Phase, Timing, Verdict, due_at
from alerts.windows import LONGEST_SECONDS, Bucket, Window, aggregate

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
AGGREGATES = {"last", "avg", "min", "max", "sum", "count", "rate", "absent"}


class BrokenRule(ValueError):
    """The rule cannot be evaluated; the message says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A rule as the evaluator needs it."""

    rule_id: int
    name: str
    metric: str
    matchers: Mapping[str, str]
    aggregate: str
    window: int  # seconds, 0: the last value alone
    comparison: str
    threshold: float
    timing: Timing
    min_samples: int = 0
    samples_metric: str = ""
    no_data_seconds: int = 300
    labels: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.aggregate not in AGGREGATES:
            raise BrokenRule(f"Unknown aggregate {self.aggregate!r}.")
        if self.comparison not in COMPARE:
            raise BrokenRule(f"Unknown comparison {self.comparison!r}.")
        if self.windowed and not 0 < self.window <= LONGEST_SECONDS:
            raise BrokenRule(f"The window must last 1 to {LONGEST_SECONDS} seconds.")
        if not math.isfinite(self.threshold):
            raise BrokenRule("The threshold must be a number.")

    @property
    def windowed(self) -> bool:
        return self.aggregate != "absent" and (self.window > 0 or self.aggregate != "last")

    def covers(self, labels: Mapping[str, str]) -> bool:
        """Whether every matcher equals the label; a missing label is the empty text."""
        return all(labels.get(name, "") == value for name, value in self.matchers.items())

    def holds(self, value: float) -> bool:
        return COMPARE[self.comparison](value, self.threshold)

    def clear_band(self) -> tuple[float, float]:
        """The lowest and highest value (both included) for which the condition does not hold."""
        beside = self.threshold
        if self.comparison == "<":
            return beside, math.inf
        if self.comparison == "<=":
            return math.nextafter(beside, math.inf), math.inf
        if self.comparison == ">":
            return -math.inf, beside
        if self.comparison == ">=":
            return -math.inf, math.nextafter(beside, -math.inf)
        return math.inf, -math.inf


class Watched:
    """A series that rules watch. Times are epoch seconds.

    While the newest value lies within `low`..`high` no rule on the last value has anything to do.
    """

    __slots__ = (
        "dependents",
        "high",
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
        self.windows: dict[int, Window] = {}
        self.watches: list[Watch] = []
        self.dependents: list[Watch] = []  # of rules that count their samples by this series
        self.steady = True  # only rules on the last value, all of them quiet
        self.low, self.high = -math.inf, math.inf

    @property
    def identity(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        return self.name, tuple(sorted(self.labels.items()))

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

    def settle(self) -> None:
        """Work out anew for which values nothing happens."""
        low, high = -math.inf, math.inf
        steady = not self.windows and not self.dependents and self.nan_since is None
        for watch in self.watches:
            quiet = watch.instance.phase is Phase.OK and watch.instance.missing_since is None
            if not quiet or watch.plan.windowed:
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
        "labels",
        "plan",
        "samples",
        "scheduled",
        "series",
        "shown",
        "value",
    )

    def __init__(
        self, plan: Plan, series: Watched, labels: Mapping[str, str], fingerprint: str
    ) -> None:
        self.plan, self.series = plan, series
        self.labels, self.fingerprint = labels, fingerprint
        self.instance = Instance()
        self.alert_id: int | None = None
        self.samples: Watched | None = None  # the series that counts the samples
        self.scheduled = math.inf  # the earliest entry of this watch in the clock
        self.value: float | None = None  # the last that was judged
        self.shown: float | None = None  # the last that the open alert shows

    def judge(self, now: float) -> Judgment | None:
        """None: there is not enough to judge by, what was known stays.

        Silence and non-numbers are absence. Too few samples: the condition does not hold.
        """
        plan, series = self.plan, self.series
        silent = now - series.numbered_at
        if plan.aggregate == "absent":
            return self._compared(silent)
        if plan.no_data_seconds and silent >= plan.no_data_seconds:
            return Judgment(Verdict.ABSENT, None, series.numbered_at)
        value = self._value(now)
        if value is None:
            if series.nan_since is not None:
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

    def due(self) -> float:
        """When time alone may change the judgment; infinity: never."""
        plan, series, instance = self.plan, self.series, self.instance
        times = [due_at(instance, plan.timing)]
        if plan.aggregate == "absent":
            times.append(series.numbered_at + plan.threshold if self._calm else None)
        elif plan.no_data_seconds and instance.missing_since is None:
            times.append(series.numbered_at + plan.no_data_seconds)
        if plan.windowed:
            oldest = series.windows[plan.window].oldest()
            times.append(oldest.second + plan.window if oldest else None)
        return min((time for time in times if time is not None), default=math.inf)

    @property
    def _calm(self) -> bool:
        return self.instance.phase is Phase.OK and not self.instance.latched

    def _compared(self, value: float) -> Judgment:
        verdict = Verdict.HOLDS if self.plan.holds(value) else Verdict.CLEAR
        return Judgment(verdict, value)

    def _value(self, now: float) -> float | None:
        if not self.plan.windowed:
            return self.series.value
        window = self.series.windows[self.plan.window]
        window.drop_until(now)
        return aggregate(window, self.plan.aggregate)

    def _sample_count(self) -> float | None:
        if self.plan.samples_metric:
            return self.samples.value if self.samples else None
        if not self.plan.windowed:
            return math.inf
        whole = self.series.windows[self.plan.window].whole()
        return float(whole.count) if whole else 0.0


def timing(*, hold: float, keep_firing: float, no_data: str) -> Timing:
    """A rule's seconds and policy for the state machine."""
    try:
        return Timing(hold, keep_firing, NoData(no_data))
    except ValueError as error:
        raise BrokenRule(f"Unknown no-data policy {no_data!r}.") from error
