"""How an account's orders were carried out, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analytics.book import COPY_HEADER, COPY_TRAILER, Account, bounds
from analytics.performance.funnel import ABSENT
from analytics.performance.returns import Array

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

CHOSEN = """env = %(env)s AND (%(strategy)s = '*' OR strategy = %(strategy)s)
  AND (%(symbol)s = '' OR symbol = %(symbol)s) AND (%(source)s = '' OR source = %(source)s)
  AND ts >= %(start)s AND ts < %(end)s"""
STATUSES = f"""
SELECT status, count(*) FROM analytics_execution WHERE {CHOSEN} AND currency = %(currency)s
GROUP BY 1
"""  # noqa: S608 - constants only
READINGS = f"""
COPY (SELECT {{column}} FROM analytics_execution
      WHERE {CHOSEN} AND currency = %(currency)s AND {{column}} IS NOT NULL)
TO STDOUT (FORMAT BINARY)
"""  # noqa: S608 - constants only
# Each signal with the first of what came of it; a trade is known by the fill that realised it.
FUNNEL = f"""
WITH wanted AS (
    SELECT signal_id, min(ts) AS at FROM analytics_signal
    WHERE {CHOSEN} AND signal_id <> '' GROUP BY 1
), decided AS (
    SELECT signal_id, min(ts) AS at FROM analytics_riskdecision
    WHERE {CHOSEN} AND decision IN ('approved', 'reduced') GROUP BY 1
), ordered AS (
    SELECT signal_id, min(ts) AS at, min(trade_key) AS trade_key FROM analytics_execution
    WHERE {CHOSEN} AND signal_id <> '' GROUP BY 1
), traded AS (
    SELECT trade_key, min(closed_at) AS at FROM analytics_trade
    WHERE env = %(env)s AND trade_key IN (SELECT trade_key FROM ordered) GROUP BY 1
)
SELECT {
    ", ".join(
        f"coalesce((extract(epoch FROM {stage}.at) * 1000000)::bigint, {ABSENT})"
        for stage in ("wanted", "decided", "ordered", "traded")
    )
}
FROM wanted LEFT JOIN decided USING (signal_id) LEFT JOIN ordered USING (signal_id)
     LEFT JOIN traded USING (trade_key)
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Orders:
    """`statuses` counts events by status; latency in seconds, slippage in basis points."""

    statuses: dict[str, int]
    latency: Array
    slippage: Array
    stages: list[NDArray[np.int64]]


def of(cursor: CursorWrapper, account: Account) -> Orders:
    """What the rows that are still kept say (RETENTION_EVENTS_DAYS)."""
    start, end = bounds(account)
    asked = {**account.chosen, "start": start, "end": end}
    cursor.execute(STATUSES, asked)
    statuses = dict(cursor.fetchall())
    return Orders(
        statuses=statuses,
        latency=_readings(cursor, "execution_seconds", asked),
        slippage=_readings(cursor, "slippage_bps", asked),
        stages=stages(cursor, asked),
    )


def stages(cursor: CursorWrapper, asked: Mapping[str, Any]) -> list[NDArray[np.int64]]:
    """The times of each signal's stages; `asked` is the choice with its `start` and `end`."""
    cursor.execute(FUNNEL, asked)
    times = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 4)
    return list(times.T)


def _readings(cursor: CursorWrapper, column: str, asked: dict[str, object]) -> Array:
    with cursor.copy(READINGS.format(column=column), asked) as copy:
        raw = b"".join(bytes(part) for part in copy)
    kind = np.dtype([("fields", ">i2"), ("length", ">i4"), ("value", ">f8")])
    return np.frombuffer(raw[COPY_HEADER:-COPY_TRAILER], dtype=kind)["value"].astype(np.float64)
