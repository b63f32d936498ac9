"""The values of an alert as every page, mail and chat writes them: with the unit of the metric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerts.models import Rule
from ops_portal.lib import words

# What these aggregates make of a share or of seconds is neither.
UNITLESS = (Rule.Aggregate.COUNT, Rule.Aggregate.DEVIATION, Rule.Aggregate.ABSENT)


def unit(snapshot: Mapping[str, Any]) -> str:
    """The metric whose name tells the unit of what this rule compares; blank: a mere number."""
    counted = snapshot.get("aggregate") in UNITLESS
    return "" if counted else str(snapshot.get("metric", ""))


def measured(value: float | None, snapshot: Mapping[str, Any]) -> str:
    """`−6.47 %` of a rule on `current_drawdown`, `no data` for none."""
    return words.measure(value, unit(snapshot))
