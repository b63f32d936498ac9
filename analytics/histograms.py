"""Histograms that never forget: bucket counts kept in the batch's own transaction."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

from django.db.backends.utils import CursorWrapper

from analytics.series import Groups

LATENCY = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)  # seconds
SLIPPAGE = (-50.0, -20.0, -10.0, -5.0, -2.0, -1.0, 0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)  # bps
EDGES: Mapping[str, tuple[float, ...]] = {
    "execution_latency_seconds": LATENCY,
    "data_latency_seconds": LATENCY,
    "slippage_bps": SLIPPAGE,
}
UPSERT = """
INSERT INTO analytics_histogram AS kept (name, env, counts, total)
VALUES (%s, %s, %s, %s)
ON CONFLICT (name, env) DO UPDATE SET
  total = kept.total + excluded.total,
  counts = (
    SELECT array_agg(old + new ORDER BY place)
    FROM unnest(kept.counts, excluded.counts) WITH ORDINALITY AS pair(old, new, place)
  )
"""


def observe(cursor: CursorWrapper, groups: Groups) -> None:
    """Count the readings of the names in `EDGES`, by environment.

    `counts` holds one number a bucket, not cumulated; the last is above the highest edge.
    """
    counts: dict[tuple[str, str], list[int]] = {}
    totals: dict[tuple[str, str], float] = {}
    for (name, labels), run in groups.items():
        edges = EDGES.get(name)
        if edges is None:
            continue
        key = (name, dict(labels).get("env", "live"))
        buckets = counts.setdefault(key, [0] * (len(edges) + 1))
        values = [value for value in run.values if value is not None]
        for value in values:
            buckets[bisect_left(edges, value)] += 1
        totals[key] = totals.get(key, 0.0) + sum(values)
    for (name, env), buckets in sorted(counts.items()):
        if any(buckets):
            cursor.execute(UPSERT, [name, env, buckets, totals[name, env]])
