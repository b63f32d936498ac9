"""From `error_events` to error groups, their events and the series `errors`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db.backends.utils import CursorWrapper

from analytics import streams
from analytics.events import ErrorEvent
from analytics.series import Reading
from analytics.streams import Stored
from health.grouping import fingerprint, producer_fingerprint
from health.models import ErrorGroup
from health.rows import error_frame

STREAM = "error_events"
RANK = {"info": 0, "warning": 1, "critical": 2}
UPSERT = """
INSERT INTO health_errorgroup AS known
  (fingerprint, component, error_type, message, severity, count, first_seen_at, last_seen_at)
SELECT fingerprint, component, error_type, message, severity, count, first_seen_at, last_seen_at
FROM jsonb_to_recordset(%s::jsonb) AS report(fingerprint text, component text, error_type text,
  message text, severity text, count bigint, first_seen_at timestamptz, last_seen_at timestamptz)
ORDER BY fingerprint
ON CONFLICT (fingerprint) DO UPDATE SET
  count = known.count + excluded.count,
  first_seen_at = least(known.first_seen_at, excluded.first_seen_at),
  last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at),
  message = CASE WHEN excluded.last_seen_at >= known.last_seen_at
    THEN excluded.message ELSE known.message END,
  severity = CASE WHEN array_position(%s::text[], excluded.severity)
      > coalesce(array_position(%s::text[], known.severity), 0)
    THEN excluded.severity ELSE known.severity END,
  resolved_at = CASE WHEN excluded.last_seen_at <= known.resolved_at THEN known.resolved_at END
RETURNING id, fingerprint, component, error_type, message, severity, count, first_seen_at,
  last_seen_at
"""


def store_errors(cursor: CursorWrapper, events: Sequence[ErrorEvent], *, now: datetime) -> Stored:
    """Store a batch of errors under their groups.

    A group keeps its worst severity and its newest message; an error after its resolution reopens
    it.
    """
    new = streams.fresh(cursor, events)
    stored = Stored(fresh=len(new), duplicates=len(events) - len(new))
    if not new:
        return stored
    named = [(_fingerprint(event), event) for event in new]
    groups = _upsert(cursor, named, now=now)
    _copy(cursor, [(groups[name].pk, event) for name, event in named])
    stored.readings.extend(_reading(event) for event in new)
    stored.frames.extend(error_frame(group) for group in groups.values())
    return stored


def _fingerprint(event: ErrorEvent) -> str:
    if event.fingerprint:
        return producer_fingerprint(event.fingerprint)
    return fingerprint(
        component=event.component, error_type=event.error_type, message=event.message
    )


def _upsert(
    cursor: CursorWrapper, named: Sequence[tuple[str, ErrorEvent]], *, now: datetime
) -> dict[str, ErrorGroup]:
    reports: dict[str, dict[str, Any]] = {}
    for name, event in named:
        seen = min(event.ts, now)
        report = reports.setdefault(
            name, _report(name, event) | {"first_seen_at": seen, "last_seen_at": seen, "count": 0}
        )
        report["count"] += event.count
        report["first_seen_at"] = min(report["first_seen_at"], seen)
        if seen >= report["last_seen_at"]:
            report |= {"last_seen_at": seen, "message": event.message}
        report["severity"] = max(report["severity"], event.severity, key=RANK.__getitem__)
    order = sorted(RANK, key=RANK.__getitem__)
    rows = msgspec.json.encode(list(reports.values())).decode()
    cursor.execute(UPSERT, [rows, order, order])
    fields = [column.name for column in cursor.description]
    groups = (ErrorGroup(**dict(zip(fields, row, strict=True))) for row in cursor.fetchall())
    return {group.fingerprint: group for group in groups}


def _report(name: str, event: ErrorEvent) -> dict[str, Any]:
    return {
        "fingerprint": name,
        "component": event.component,
        "error_type": event.error_type,
        "message": event.message,
        "severity": event.severity,
    }


def _copy(cursor: CursorWrapper, rows: Sequence[tuple[int, ErrorEvent]]) -> None:
    with cursor.copy(
        "COPY health_errorevent (group_id, source, ts, severity, message, stack, correlation_id,"
        " count, extra) FROM STDIN"
    ) as copy:
        for group, event in rows:
            copy.write_row(
                (
                    group,
                    event.source,
                    event.ts,
                    event.severity,
                    event.message,
                    event.stack,
                    event.correlation_id,
                    event.count,
                    msgspec.json.encode(event.extra).decode(),
                )
            )


def _reading(event: ErrorEvent) -> Reading:
    labels = (("component", event.component), ("env", event.env), ("severity", event.severity))
    return Reading("errors", labels, event.ts, float(event.count), STREAM)
