"""How a figure is told: value and unit, or null and the reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from analytics.performance.daily import FEW
from analytics.performance.quality import Percentiles
from analytics.performance.undefined import Undefined
from analytics.rollups import plain

RATIO, MONEY, COUNT, BPS = "ratio", "money", "count", "bps"
SECONDS, DAYS, DATE = "seconds", "days", "date"

PLACES = Decimal("1e-18")  # what the columns hold; means are rounded to it

type Told = dict[str, Any]
type Value = float | Decimal | date | Undefined | None


def told(value: Value, unit: str, sample: int | None = None) -> Told:
    """Money from Decimal is text, to the last digit; `sample` says how many observations made it.

    A None is something that did not happen, such as a recovery: null without a reason.
    """
    entry: Told = {"value": value, "unit": unit}
    if isinstance(value, Undefined):
        entry |= {"value": None, "reason": value.value}
    elif isinstance(value, Decimal):
        entry["value"] = plain(value.quantize(PLACES))
    elif isinstance(value, date):
        entry["value"] = value.isoformat()
    if sample is not None:
        entry |= {"n": sample, "low_sample": sample < FEW}
    return entry


def percentiles(found: Percentiles, unit: str) -> dict[str, Told]:
    return {
        name: told(getattr(found, name), unit, found.count)
        for name in ("mean", "p50", "p95", "p99")
    }
