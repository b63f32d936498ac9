"""The agent's own table of trades, where it is the book of record: whether it can be read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from analytics import streams
from analytics.series import Reading

SILENT = timedelta(seconds=60)  # it is read every five seconds

type Row = dict[str, Any]


def kept_by_the_agent() -> bool:
    return bool(settings.TRADES_DATABASE_URL) and settings.BOOK == "table"


def rows(*, now: datetime) -> list[Row]:
    """One row for the system page, beside the servers; none where the stream is the book.

    `read` is when it was tried last; `notes` say what is off for lack of a column.
    """
    if not kept_by_the_agent():
        return []
    table = streams.agent_table()
    read = table.read_at if table else None
    return [
        {
            "name": "The agent's trades",
            "state": _state(table, now),
            "version": table.name if table else "",
            "seconds": None,
            "amiss": [table.error] if table and table.error else [],
            "notes": sorted(set(table.missing.values())) if table and not table.error else [],
            "read": read.timestamp() if read else None,
        }
    ]


def readings(*, now: datetime) -> list[Reading]:
    """Whether the table could not be read: 1 or 0, and no number when nobody has tried lately."""
    if not kept_by_the_agent():
        return []
    table = streams.agent_table()
    value = {"up": 0.0, "down": 1.0}.get(_state(table, now))
    labels = (("table", table.name if table else ""),)
    return [Reading("portal_book_faults", labels, now, value)] if table else []


def _state(table: streams.AgentTable | None, now: datetime) -> str:
    if table is None or table.read_at is None:
        return "absent"
    if now - table.read_at > SILENT:
        return "stale"
    return "down" if table.error else "up"
