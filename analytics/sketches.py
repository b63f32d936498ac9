"""Distributions that add up: how many readings fell into which slot, by hour and day.

A row holds the slots of one hour or day that were hit, ascending, and how often each was. A batch
only adds rows of its own, which are gathered into those every second.
A slot is 5 % wide, so a quantile is off by at most 2.5 % of its value, over any span, however many
readings there were (DDSketch, Masson, Rim and Lee, VLDB 2019, with slots of one fixed width).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analytics import rows
from analytics.events import Table
from analytics.events.table import Groups

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

LATENCY, SLIPPAGE = "execution_latency_seconds", "slippage_bps"
# Kept for these readings: name -> the column of an execution.
SKETCHED = {LATENCY: "execution_seconds", SLIPPAGE: "slippage_bps"}
GROWTH = 1.05  # how much wider each slot is than the one before
LEAST = 1e-6  # what is nearer to zero counts as zero
SCALE = 1 / log(GROWTH)
HOUR_US = 3_600_000_000

DAY_US = 24 * HOUR_US
UNITS = {"h": HOUR_US, "d": DAY_US}

Row = tuple[Any, ...]  # name, unit, bucket (microseconds), env, strategy, symbol, slots, counts
Slots = Mapping[int, int]  # slot -> readings in it

PART = {
    "name": "text",
    "unit": "text",
    "bucket": "timestamptz",
    "env": "text",
    "strategy": "text",
    "symbol": "text",
    "slots": "text",
    "counts": "text",
}
GATHER = """
WITH parts AS (DELETE FROM analytics_sketchpart RETURNING *),
hits AS (
    SELECT name, unit, bucket, env, strategy, symbol, slot, sum(n)::bigint AS n
    FROM parts, unnest(slots, counts) AS hit(slot, n) GROUP BY 1, 2, 3, 4, 5, 6, 7)
INSERT INTO analytics_sketch AS s (name, unit, bucket, env, strategy, symbol, slots, counts)
SELECT name, unit, bucket, env, strategy, symbol, array_agg(slot ORDER BY slot),
       array_agg(n ORDER BY slot)
FROM hits GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 4, 1, 2, 3, 5, 6
ON CONFLICT (env, name, unit, bucket, strategy, symbol) DO UPDATE SET (slots, counts) = (
    SELECT array_agg(slot ORDER BY slot), array_agg(n ORDER BY slot) FROM (
        SELECT slot, sum(n)::bigint AS n FROM (
            SELECT * FROM unnest(s.slots, s.counts)
            UNION ALL SELECT * FROM unnest(EXCLUDED.slots, EXCLUDED.counts)) AS u(slot, n)
        GROUP BY 1) AS merged)
"""
# The same slot in SQL; a test holds it equal to `slot_of`.
SLOT = f"""
CASE WHEN abs({{value}}) <= {LEAST!r} THEN 0
     ELSE (sign({{value}}) * (1 + ceil(ln(abs({{value}}) / {LEAST!r}) * {SCALE!r})))::int END
"""


def slots_of(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Where readings fall: 0 around zero, negative below it."""
    sizes = np.maximum(np.abs(values), LEAST)
    slots = np.copysign(1 + np.ceil(np.log(sizes / LEAST) * SCALE), values)
    return np.where(sizes > LEAST, slots, 0).astype(np.int64)


def value_of(slot: int) -> float:
    """The reading that stands for a slot: off by the same share at both of its edges."""
    if slot == 0:
        return 0.0
    size = LEAST * GROWTH ** (abs(slot) - 1) * 2 / (1 + GROWTH)
    return size if slot > 0 else -size


def quantile(slots: Slots, share: float) -> float | None:
    """The reading that a `share` (0..1) of all do not exceed; None without a reading."""
    total = sum(slots.values())
    rank, seen = share * (total - 1), 0
    for slot in sorted(slots):
        seen += slots[slot]
        if seen > rank:
            return value_of(slot)
    return None


def shares(slots: Slots, edges: Sequence[float]) -> list[int]:
    """How many readings lie up to each edge and above the one before; the last above them all."""
    found = [0] * (len(edges) + 1)
    for slot, count in slots.items():
        value = value_of(slot)
        found[sum(value > edge for edge in edges)] += count
    return found


def of(table: Table) -> list[Row]:
    """The sketches of executions alone."""
    scopes = table.groups("env", "strategy", "symbol")
    found: list[Row] = []
    for name, column in SKETCHED.items():
        values = table.floats(column)
        given = ~np.isnan(values)
        some = Groups(scopes.codes[given], scopes.keys)
        times, slots = table.times[given], slots_of(values[given])
        for unit, length in UNITS.items():
            found += _rows(name, unit, some, times // length, slots)
    return found


def add(cursor: CursorWrapper, found: Sequence[Row]) -> None:
    """Note readings that nobody counted before; `gather` counts them."""
    if found:
        rows.copy(cursor, "analytics_sketchpart", PART, list(zip(*found, strict=True)))


def gather(cursor: CursorWrapper) -> None:
    """Count what was noted: once for many batches, beside those that are stored meanwhile."""
    cursor.execute(GATHER)


def _rows(
    name: str, unit: str, scopes: Groups, buckets: NDArray[np.int64], slots: NDArray[np.int64]
) -> Iterator[Row]:
    """A row for each scope and bucket (counted since 1970 in the unit) of the readings."""
    if not len(slots):
        return
    least = int(slots.min())
    span = int(slots.max()) - least + 1
    starts, where = np.unique(buckets, return_inverse=True)
    heads = scopes.codes * len(starts) + where
    places, counts = np.unique(heads * span + (slots - least), return_counts=True)
    edges = np.flatnonzero(np.diff(places // span)) + 1
    for hit, often in zip(np.split(places, edges), np.split(counts, edges), strict=True):
        code, at = divmod(int(hit[0]) // span, len(starts))
        bucket = int(starts[at]) * UNITS[unit]
        yield name, unit, bucket, *scopes.keys[code], _array(hit % span + least), _array(often)


def _array(numbers: NDArray[np.int64]) -> str:
    return f"{{{','.join(map(str, numbers.tolist()))}}}"
