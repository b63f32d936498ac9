"""Monthly partitions of the event tables, made on demand.

The SQL function behind this belongs to the owner of the tables, so the role that the portal runs
under needs no right to change the schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
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


def ensure_at(cursor: CursorWrapper, table: str, times: Sequence[int]) -> None:
    """As `ensure`, of microseconds since 1970."""
    months = np.unique(np.array(times, dtype="datetime64[us]").astype("datetime64[M]"))
    ensure(
        cursor,
        table,
        (month.replace(tzinfo=UTC) for month in months.astype("datetime64[us]").tolist()),
    )


def forget() -> None:
    """Drop the cache, after partitions were removed."""
    _made.clear()
