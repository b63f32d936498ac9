"""Monthly partitions of the event tables, made on demand.

The SQL function behind this belongs to the owner of the tables, so the role that the portal runs
under needs no right to change the schema.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

TABLES = (
    "analytics_execution",
    "analytics_signal",
    "analytics_riskdecision",
    "analytics_sample",
)
_made: set[tuple[str, date]] = set()


def ensure(cursor: CursorWrapper, table: str, times: NDArray[np.int64]) -> None:
    """Make the partitions that rows of these times (microseconds since 1970) go to."""
    months = np.unique(times.astype("datetime64[us]").astype("datetime64[M]")).tolist()
    missing = [(table, month) for month in months if (table, month) not in _made]
    if not missing:
        return
    for _, month in missing:
        start = datetime(month.year, month.month, 1, tzinfo=UTC)
        cursor.execute("SELECT analytics_ensure_partition(%s, %s)", [table, start])
    transaction.on_commit(lambda: _made.update(missing))


def forget() -> None:
    """Drop the cache, after partitions were removed."""
    _made.clear()
