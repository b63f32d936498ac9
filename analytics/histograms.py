"""Histograms that never forget: bucket counts kept in the batch's own transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from analytics import rows
from analytics.bundle import Bundle
from analytics.series import Run

LATENCY = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)  # seconds
SLIPPAGE = (-50.0, -20.0, -10.0, -5.0, -2.0, -1.0, 0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)  # bps
EDGES: Mapping[str, tuple[float, ...]] = {
    "execution_latency_seconds": LATENCY,
    "data_latency_seconds": LATENCY,
    "slippage_bps": SLIPPAGE,
}
UPSERT = """
INSERT INTO analytics_histogram AS kept (name, env, counts, total)
VALUES (%s, %s, %s::bigint[], %s)
ON CONFLICT (name, env) DO UPDATE SET
  total = kept.total + excluded.total,
  counts = (
    SELECT array_agg(old + new ORDER BY place)
    FROM unnest(kept.counts, excluded.counts) WITH ORDINALITY AS pair(old, new, place)
  )
"""


def observe(bundle: Bundle, runs: Iterable[Run]) -> None:
    """Count the readings of the names in `EDGES`, by environment.

    `counts` holds one number a bucket, not cumulated; the last is above the highest edge.
    """
    found: dict[tuple[str, str], list[NDArray[np.float64]]] = {}
    for run in runs:
        if run.name in EDGES:
            key = (run.name, dict(run.labels).get("env", "live"))
            found.setdefault(key, []).append(run.values[~np.isnan(run.values)])
    for name, env in sorted(found):
        values = np.concatenate(found[name, env])
        if len(values):
            places = np.searchsorted(EDGES[name], values)
            counts = np.bincount(places, minlength=len(EDGES[name]) + 1)
            counted = rows.literal("int8", counts.tolist())
            bundle.add(UPSERT, [name, env, counted, float(values.sum())])
