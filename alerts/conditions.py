"""What a rule compares: a figure of one metric against a threshold."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from alerts.windows import LONGEST_SECONDS, PASTS

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
AGGREGATES = frozenset(
    {"last", "avg", "min", "max", "sum", "count", "rate", "change", *PASTS, "absent", "present"}
)
ALONE = frozenset({"absent", "present"})  # neither a value nor a window is looked at
DOWN, UP = frozenset({"<", "<="}), frozenset({">", ">="})


class BrokenRule(ValueError):
    """The rule cannot be evaluated; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """An aggregate over a window, compared with a threshold."""

    metric: str
    comparison: str
    threshold: float
    aggregate: str = "last"
    window: int = 0  # seconds, 0: the last value alone
    matchers: Mapping[str, str] = field(default_factory=dict)
    clear_threshold: float | None = None  # the condition, once it holds, holds until here
    no_data_seconds: int = 300

    def __hash__(self) -> int:
        return hash((self.metric, self.aggregate, self.window, self.comparison, self.threshold))

    def __post_init__(self) -> None:
        if self.aggregate not in AGGREGATES:
            raise BrokenRule(f"Unknown aggregate {self.aggregate!r}.")
        if self.comparison not in COMPARE:
            raise BrokenRule(f"Unknown comparison {self.comparison!r}.")
        if self.windowed and not 0 < self.window <= LONGEST_SECONDS:
            raise BrokenRule(f"The window must last 1 to {LONGEST_SECONDS} seconds.")
        if not math.isfinite(self.threshold):
            raise BrokenRule("The threshold must be a number.")
        if self.clear_threshold is not None and not self._clears_safely(self.clear_threshold):
            raise BrokenRule("The clear value must lie on the safe side of the threshold.")

    def _clears_safely(self, clear: float) -> bool:
        if self.comparison in DOWN:
            return self.threshold <= clear < math.inf
        return self.comparison in UP and -math.inf < clear <= self.threshold

    @property
    def windowed(self) -> bool:
        return self.aggregate not in ALONE and (self.window > 0 or self.aggregate != "last")

    @property
    def slides(self) -> bool:
        """Whether the figure changes when samples leave the window, without a new one."""
        return self.windowed and self.aggregate not in PASTS

    def covers(self, labels: Mapping[str, str]) -> bool:
        """Whether every matcher equals the label; a missing label is the empty text."""
        return all(labels.get(name, "") == value for name, value in self.matchers.items())

    def holds(self, value: float, *, active: bool = False) -> bool:
        """`active`: it held the last time, so that the clear value counts, where one is given."""
        if active and self.clear_threshold is not None:
            return COMPARE[self.comparison](value, self.clear_threshold)
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
