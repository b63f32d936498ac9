"""Distributions that add up: how many readings fell into which slot, by hour and day.

A row holds the slots of one hour or day that were hit, ascending, and how often each was. A batch
only notes hours of its own, which are gathered into those rows every second.
A slot is 5 % wide, so a quantile is off by at most 2.5 % of its value, over any span, however many
readings there were (DDSketch, Masson, Rim and Lee, VLDB 2019, with slots of one fixed width).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analytics import rows
from analytics.bundle import Bundle
from analytics.events import Table

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

LATENCY, SLIPPAGE = "execution_latency_seconds", "slippage_bps"
# Kept for these readings: name -> the column of an execution.
SKETCHED = {LATENCY: "execution_seconds", SLIPPAGE: "slippage_bps"}
GROWTH = 1.05  # how much wider each slot is than the one before
LEAST = 1e-6  # what is nearer to zero counts as zero
SCALE = 1 / log(GROWTH)
HOUR_US = 3_600_000_000

Row = tuple[Any, ...]  # name, hour (microseconds), env, strategy, symbol, slots, counts
Hit = tuple[int, int, int]  # place of the scope, hours since 1970, slot
Slots = Mapping[int, int]  # slot -> readings in it

PART = {
    "name": "text",
    "bucket": "timestamptz",
    "env": "text",
    "strategy": "text",
    "symbol": "text",
    "slots": "text",
    "counts": "text",
}
NOTE = """
INSERT INTO analytics_sketchpart (name, bucket, env, strategy, symbol, slots, counts)
SELECT name, bucket, env, strategy, symbol, slots::int[], counts::bigint[]
FROM unnest(%s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[],
            %s::text[])
         AS p(name, bucket, env, strategy, symbol, slots, counts)
"""
GATHER = """
WITH parts AS (DELETE FROM analytics_sketchpart RETURNING *),
hours AS (
    SELECT name, bucket, env, strategy, symbol, slot, sum(n)::bigint AS n
    FROM parts, unnest(slots, counts) AS hit(slot, n) GROUP BY 1, 2, 3, 4, 5, 6),
hits AS (
    SELECT name, 'h' AS unit, bucket, env, strategy, symbol, slot, n FROM hours
    UNION ALL
    SELECT name, 'd', date_trunc('day', bucket, 'UTC'), env, strategy, symbol, slot,
           sum(n)::bigint
    FROM hours GROUP BY 1, 2, 3, 4, 5, 6, 7)
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
    """The sketches of executions alone, by hour."""
    scopes = table.groups("env", "strategy", "symbol")
    found: list[Row] = []
    for name, column in SKETCHED.items():
        values = table.floats(column)
        given = np.flatnonzero(~np.isnan(values))
        hours, slots = table.times[given] // HOUR_US, slots_of(values[given])
        hits = Counter(
            zip(scopes.codes[given].tolist(), hours.tolist(), slots.tolist(), strict=True)
        )
        found += _rows(name, hits, scopes.keys)
    return found


def add(bundle: Bundle, found: Sequence[Row]) -> None:
    """Note readings that nobody counted before; `gather` counts them."""
    if found:
        columns = zip(*found, strict=True)
        bundle.add(NOTE, list(map(rows.literal, PART.values(), columns)))


def gather(cursor: CursorWrapper) -> None:
    """Count what was noted: once for many batches, beside those that are stored meanwhile."""
    cursor.execute(GATHER)


def _rows(name: str, hits: Mapping[Hit, int], keys: Sequence[tuple[str, ...]]) -> Iterator[Row]:
    """A row for each scope and hour that was hit."""
    for (code, hour), some in groupby(sorted(hits.items()), key=lambda hit: hit[0][:2]):
        counted = [(slot, often) for (_, _, slot), often in some]
        slots, counts = zip(*counted, strict=True)
        yield name, hour * HOUR_US, *keys[code], _array(slots), _array(counts)


def _array(numbers: Sequence[int]) -> str:
    return f"{{{','.join(map(str, numbers))}}}"
