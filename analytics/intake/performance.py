"""Performance snapshots: every figure is a series under its own name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from analytics import streams
from analytics.events import Performance
from analytics.series import Reading, sorted_labels
from analytics.streams import Stored

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper


def store_performance(
    cursor: CursorWrapper, events: Sequence[Performance], *, now: datetime
) -> Stored:
    new = streams.fresh(cursor, events)
    readings = []
    for e in new:
        labels = sorted_labels(env=e.env, strategy=e.strategy, source=e.source, symbol=e.symbol)
        readings += [
            Reading(name, labels, e.ts, value, "performance_metrics")
            for name, value in e.values.items()
        ]
    return Stored(fresh=len(new), duplicates=len(events) - len(new), readings=readings)
