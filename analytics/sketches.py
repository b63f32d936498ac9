"""Distributions that add up: how many readings fell into which slot, by hour and day.

A slot is 5 % wide, so a quantile is off by at most 2.5 % of its value, over any span, however many
readings there were (DDSketch, Masson, Rim and Lee, VLDB 2019, with slots of one fixed width).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil, log
from typing import TYPE_CHECKING

from analytics.events import Table
from analytics.events.table import moment

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

LATENCY, SLIPPAGE = "execution_latency_seconds", "slippage_bps"
# Kept for these readings: name -> the column of an execution.
SKETCHED = {LATENCY: "execution_seconds", SLIPPAGE: "slippage_bps"}
GROWTH = 1.05  # how much wider each slot is than the one before
LEAST = 1e-6  # what is nearer to zero counts as zero
SCALE = 1 / log(GROWTH)
HOUR_US = 3_600_000_000

Slots = Mapping[int, int]  # slot -> readings in it
Key = tuple[int, str, str, str, int]  # hour since 1970, env, strategy, symbol, slot

ADD = """
INSERT INTO analytics_sketch AS s (unit, bucket, name, env, strategy, symbol, slot, count)
SELECT unit, date_trunc(step, hour, 'UTC'), %s, env, strategy, symbol, slot, sum(n)
FROM unnest(%s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::int[], %s::bigint[])
         AS e(hour, env, strategy, symbol, slot, n),
     (VALUES ('h', 'hour'), ('d', 'day')) AS u(unit, step)
GROUP BY 1, 2, 4, 5, 6, 7 ORDER BY 4, 1, 2, 5, 6, 7
ON CONFLICT (env, name, unit, bucket, strategy, symbol, slot)
DO UPDATE SET count = s.count + EXCLUDED.count
"""
# The same slot in SQL; a test holds it equal to `slot_of`.
SLOT = f"""
CASE WHEN abs({{value}}) <= {LEAST!r} THEN 0
     ELSE (sign({{value}}) * (1 + ceil(ln(abs({{value}}) / {LEAST!r}) * {SCALE!r})))::int END
"""


def slot_of(value: float) -> int:
    """Where a reading falls: 0 around zero, negative below it."""
    size = abs(value)
    if size <= LEAST:
        return 0
    slot = 1 + ceil(log(size / LEAST) * SCALE)
    return slot if value > 0 else -slot


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


def observe(cursor: CursorWrapper, table: Table) -> None:
    """Count the readings of executions that nobody counted before."""
    places = [
        (us // HOUR_US, env, strategy, symbol)
        for us, env, strategy, symbol in zip(
            *(table[name] for name in ("ts", "env", "strategy", "symbol")), strict=True
        )
    ]
    for name, column in SKETCHED.items():
        counts = Counter(
            (*place, slot_of(value))
            for place, value in zip(places, table[column], strict=True)
            if value is not None
        )
        _add(cursor, name, counts)


def _add(cursor: CursorWrapper, name: str, counts: Mapping[Key, int]) -> None:
    if not counts:
        return
    hours, *others = (list(column) for column in zip(*counts, strict=True))
    starts = [moment(hour * HOUR_US) for hour in hours]
    cursor.execute(ADD, [name, starts, *others, list(counts.values())])
