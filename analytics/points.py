"""The realised PnL of an account in a span of time, trade by trade, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.exact import MOST_PLACES, SURE, WIDE
from analytics.performance.path import SAFE, Steps

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

PLACES = 18  # behind the point, what the column holds at most
# Every row has the same size, so the answer is an array already.
COLUMNS = """
SELECT {}, coalesce(array_position(%(strategies)s::text[], strategy), 0), {}
FROM analytics_trade
WHERE env = %(env)s AND currency = %(currency)s
  AND closed_at >= %(start)s AND closed_at < %(end)s
ORDER BY closed_at
"""
AS_DOUBLES = COLUMNS.format("closed_at", "pnl::float8, min_scale(pnl)")
AS_NUMBERS = COLUMNS.format("(extract(epoch FROM closed_at) * 1000000)::bigint", "pnl")
HEADER, TRAILER = 19, 2  # bytes of a binary COPY
ROW = np.dtype(
    [("fields", ">i2"), ("at_size", ">i4"), ("at", ">i8"), ("place_size", ">i4"),
     ("place", ">i4"), ("pnl_size", ">i4"), ("pnl", ">f8"), ("scale_size", ">i4"),
     ("scale", ">i4")]
)  # fmt: skip
POSTGRES_EPOCH = 946_684_800_000_000  # microseconds from 1970 to 2000


class Points(NamedTuple):
    """Trades by the time at which they closed, oldest first."""

    times: NDArray[np.int64]  # microseconds since 1970
    strategies: NDArray[np.int64]  # place in the list that was asked for, from 1; 0: another
    pnl: Steps  # whole numbers of 10**-places
    places: int


def read(cursor: CursorWrapper, strategies: Sequence[str], **account: str | datetime) -> Points:
    """All trades of an `env` and `currency` from `start` until before `end`."""
    asked = {**account, "strategies": list(strategies)}
    with cursor.copy(f"COPY ({AS_DOUBLES}) TO STDOUT (FORMAT binary)", asked) as copy:
        raw = b"".join(copy)
    rows = np.frombuffer(raw[HEADER:-TRAILER], dtype=ROW)
    places = int(rows["scale"].max(initial=0))
    pnl = np.rint(rows["pnl"] * 10.0**places)
    # A number of so few digits is the only one that is its double (analytics.exact).
    if places > MOST_PLACES or np.abs(pnl).max(initial=0) >= SURE or np.abs(pnl).sum() >= SAFE:
        return _exactly(cursor, asked)
    times = rows["at"].astype(np.int64) + POSTGRES_EPOCH
    return Points(times, rows["place"].astype(np.int64), pnl.astype(np.int64), places)


def _exactly(cursor: CursorWrapper, asked: dict[str, Any]) -> Points:
    """The same of money that is no double."""
    cursor.execute(AS_NUMBERS, asked)
    rows = cursor.fetchall()
    return Points(
        np.array([at for at, _, _ in rows], dtype=np.int64),
        np.array([place for _, place, _ in rows], dtype=np.int64),
        np.array([int(pnl.scaleb(PLACES, WIDE)) for _, _, pnl in rows], dtype=object),
        PLACES,
    )
