"""Risk decisions: rows, counts by outcome, and how far each limit is used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from analytics import partitions, rollups, streams
from analytics.events import RiskDecision
from analytics.rows import EVENT, copy, jsonb
from analytics.series import Reading, sorted_labels
from analytics.streams import Stored

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

STREAM = "risk_decisions"
TABLE = "analytics_riskdecision"
COLUMNS = {
    **EVENT,
    "decision_id": "text",
    "signal_id": "text",
    "side": "text",
    "decision": "text",
    "reason_code": "text",
    "reason": "text",
    "limit_name": "text",
    "limit_value": "numeric",
    "limit_used": "numeric",
    "requested_qty": "numeric",
    "approved_qty": "numeric",
    "decision_seconds": "float8",
    "trading_state": "text",
}


def store_decisions(
    cursor: CursorWrapper, events: Sequence[RiskDecision], *, now: datetime
) -> Stored:
    new = streams.fresh(cursor, events)
    partitions.ensure(cursor, TABLE, (event.ts for event in new))
    copy(cursor, TABLE, COLUMNS, _rows(new))
    rollups.count(
        cursor,
        "decision",
        Counter((rollups.minute(e.ts), e.decision, e.env, e.strategy) for e in new),
    )
    return Stored(fresh=len(new), duplicates=len(events) - len(new), readings=list(_readings(new)))


def _rows(events: Sequence[RiskDecision]) -> Iterator[tuple[Any, ...]]:
    for e in events:
        yield (
            e.event_id, e.source, e.ts, e.env, e.strategy, e.symbol, e.correlation_id, e.inferred,
            jsonb(e.extra), e.decision_id, e.signal_id, e.side, e.decision, e.reason_code,
            e.reason, e.limit_name, e.limit_value, e.limit_used, e.requested_qty, e.approved_qty,
            e.decision_seconds, e.trading_state,
        )  # fmt: skip


def _readings(events: Sequence[RiskDecision]) -> Iterator[Reading]:
    for e in events:
        if e.limit_name and e.limit_value and e.limit_used is not None:
            labels = sorted_labels(
                env=e.env, strategy=e.strategy, source=e.source, limit=e.limit_name
            )
            usage = float(e.limit_used / e.limit_value)
            yield Reading("limit_usage_ratio", labels, e.ts, usage, STREAM)
        if e.exposures:
            labels = sorted_labels(env=e.env, strategy=e.strategy, source=e.source)
            for name, value in e.exposures.items():
                yield Reading(name, labels, e.ts, value, STREAM)
