"""Trading signals: rows, counts by type and minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from analytics import partitions, rollups, streams
from analytics.events import Signal
from analytics.rows import EVENT, copy, jsonb
from analytics.series import Reading, sorted_labels
from analytics.streams import Stored

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

TABLE = "analytics_signal"
COLUMNS = {
    **EVENT,
    "signal_id": "text",
    "signal_type": "text",
    "strength": "float8",
    "confidence": "float8",
    "price": "numeric",
    "timeframe": "text",
}


def store_signals(cursor: CursorWrapper, events: Sequence[Signal], *, now: datetime) -> Stored:
    new = streams.fresh(cursor, events)
    partitions.ensure(cursor, TABLE, (event.ts for event in new))
    copy(cursor, TABLE, COLUMNS, _rows(new))
    counts = Counter((rollups.minute(e.ts), e.signal_type, e.env, e.strategy) for e in new)
    rollups.count(cursor, "signal", counts)
    return Stored(
        fresh=len(new),
        duplicates=len(events) - len(new),
        readings=[
            Reading(
                "signals",
                sorted_labels(env=e.env, strategy=e.strategy, source=e.source),
                e.ts,
                1.0,
                "trading_signals",
            )
            for e in new
        ],
        frames=rollups.signal_frames(cursor, {(env, bucket) for bucket, _, env, _ in counts}),
    )


def _rows(events: Sequence[Signal]) -> Iterator[tuple[Any, ...]]:
    for e in events:
        yield (
            e.event_id, e.source, e.ts, e.env, e.strategy, e.symbol, e.correlation_id, e.inferred,
            jsonb(e.extra), e.signal_id, e.signal_type, e.strength, e.confidence, e.price,
            e.timeframe,
        )  # fmt: skip
