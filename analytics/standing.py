"""What older fills left open, kept so that no page must read them again.

The stand is two days old at least: what comes late by less is folded at its own time, by pages.
What comes later still is added to the stand after the fills that were there before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection, transaction

from analytics.fills import stored
from analytics.performance import positions
from analytics.performance.positions import Fill, Open

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

BEHIND = timedelta(days=2)
SETTLED = timedelta(minutes=10)  # longer than any transaction that stores fills
STEP = timedelta(days=31)  # of fills in one transaction
NOTHING = datetime(1970, 1, 1, tzinfo=UTC)
KEY = ("env", "currency", "source", "strategy", "symbol", "position_id")
KEYS = ", ".join(KEY)
FILLED = "status IN ('FILLED', 'PARTIALLY_FILLED') AND quantity > 0"
# Of what may be open: more was opened than closed, or nobody said which is which.
MAYBE = """
    SELECT {keys} FROM {fills} GROUP BY {keys}
    HAVING coalesce(sum(quantity) FILTER (WHERE pnl IS NULL), 0)
           NOT IN (0, coalesce(sum(quantity) FILTER (WHERE pnl IS NOT NULL), 0))
    UNION
    SELECT {keys} FROM analytics_openposition"""
ENSURE = """
INSERT INTO analytics_positionstand (id, until, last_id, seen_id, seen_at)
VALUES (1, %(nothing)s, 0, 0, %(nothing)s) ON CONFLICT DO NOTHING
"""
STAND = "SELECT until, last_id, seen_id, seen_at FROM analytics_positionstand"
NEWEST = "SELECT coalesce(max(id), 0) FROM analytics_execution"
FIRST = "SELECT min(ts) FROM analytics_execution"
# Those of the next stretch of time, and those that came late into what was folded before.
DUE = f"""
WITH due AS MATERIALIZED (
    SELECT * FROM analytics_execution
    WHERE {FILLED} AND ts > %(until)s AND ts <= %(next)s AND id <= %(next_id)s
    UNION ALL
    SELECT * FROM analytics_execution
    WHERE {FILLED} AND ts <= %(until)s AND id > %(last_id)s AND id <= %(next_id)s
), maybe AS ({MAYBE.format(keys=KEYS, fills="due")})
SELECT {KEYS}, ts, side, quantity, price, pnl FROM due JOIN maybe USING ({KEYS})
ORDER BY {KEYS}, ts, id
"""  # noqa: S608 - constants only
KEPT = f"SELECT {KEYS}, quantity, entry, opened_at FROM analytics_openposition"  # noqa: S608
CLOSE = f"""
DELETE FROM analytics_openposition AS o USING unnest({", ".join(["%s::text[]"] * len(KEY))})
    AS gone({KEYS}) WHERE {" AND ".join(f"o.{name} = gone.{name}" for name in KEY)}
"""  # noqa: S608 - constants only
PUT = f"""
INSERT INTO analytics_openposition ({KEYS}, quantity, entry, opened_at)
VALUES ({", ".join(["%s"] * (len(KEY) + 3))}) ON CONFLICT ({KEYS}) DO UPDATE
SET quantity = EXCLUDED.quantity, entry = EXCLUDED.entry, opened_at = EXCLUDED.opened_at
"""  # noqa: S608 - constants only
ADVANCE = """
UPDATE analytics_positionstand
SET until = %(next)s, last_id = %(next_id)s, seen_id = %(seen_id)s, seen_at = %(seen_at)s
"""

type Key = tuple[str, ...]


class Stand(NamedTuple):
    until: datetime
    last_id: int
    seen_id: int
    seen_at: datetime


def of(cursor: CursorWrapper) -> Stand | None:
    """None while nobody has brought it forward."""
    cursor.execute(STAND)
    found = cursor.fetchone()
    return None if found is None or found[0] == NOTHING else Stand(*found)


def bring_forward(*, now: datetime) -> None:
    """Fold the fills until two days ago, month by month; safe to run twice and beside itself."""
    while _step(now):
        pass


def folded(rows: Iterable[tuple[Any, ...]], kept: dict[Key, Open]) -> dict[Key, Open | None]:
    """What is open after fills, ordered by key and time, that come after what was `kept`."""
    width = len(KEY)
    return {
        key: positions.fold(
            (Fill(*row[width:]) for row in some), named=bool(key[-1]), left=kept.get(key)
        )
        for key, some in groupby(rows, key=lambda row: row[:width])
    }


def _step(now: datetime) -> bool:
    """Returns whether there is more to fold."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ENSURE, {"nothing": NOTHING})
        cursor.execute(f"{STAND} FOR UPDATE")
        stand = Stand(*cursor.fetchone())
        cursor.execute(NEWEST)
        (newest,) = cursor.fetchone()
        if stand.seen_at > now - SETTLED:
            return False
        following = _following(cursor, stand, now) if stand.seen_id else stand.until
        asked = stand._asdict() | {"next": following, "next_id": stand.seen_id}
        cursor.execute(DUE, asked)
        _keep(cursor, folded(cursor.fetchall(), _kept(cursor)))
        more = stand.seen_id > 0 and following < now - BEHIND
        if not more:
            asked |= {"seen_id": newest, "seen_at": now}
        cursor.execute(ADVANCE, asked)
    return more


def _following(cursor: CursorWrapper, stand: Stand, now: datetime) -> datetime:
    """The end of the next stretch."""
    begin = stand.until
    if begin == NOTHING:
        cursor.execute(FIRST)
        begin = cursor.fetchone()[0] or now
    return max(stand.until, min(begin + STEP, now - BEHIND))


def _kept(cursor: CursorWrapper) -> dict[Key, Open]:
    cursor.execute(KEPT)
    return {row[:-3]: Open(*row[-3:]) for row in cursor.fetchall()}


def _keep(cursor: CursorWrapper, found: dict[Key, Open | None]) -> None:
    still = {key: left for key, left in found.items() if left and stored(left.quantity)}
    closed = found.keys() - still.keys()
    if closed:
        cursor.execute(CLOSE, [list(column) for column in zip(*closed, strict=True)])
    cursor.executemany(
        PUT,
        [
            (*key, stored(left.quantity), stored(left.entry), left.opened_at)
            for key, left in still.items()
        ],
    )
