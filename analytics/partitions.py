"""Monthly partitions of the event tables, made on demand.

The SQL function behind this belongs to the owner of the tables, so the role that the portal runs
under needs no right to change the schema.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

TABLES = (
    "analytics_execution",
    "analytics_signal",
    "analytics_riskdecision",
    "analytics_sample",
)
_made: set[tuple[str, int, int]] = set()


def ensure(cursor: CursorWrapper, table: str, times: Iterable[datetime]) -> None:
    """Make the partitions that rows of these times (UTC) go to."""
    months = {(ts.year, ts.month): ts for ts in times}
    missing = [(table, *month) for month in months if (table, *month) not in _made]
    if not missing:
        return
    for _, year, month in missing:
        cursor.execute("SELECT analytics_ensure_partition(%s, %s)", [table, months[year, month]])
    transaction.on_commit(lambda: _made.update(missing))


def forget() -> None:
    """Drop the cache, after partitions were removed."""
    _made.clear()
