"""The best and the worst trades of some days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from analytics import book
from analytics.book import Account

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from django.db.backends.utils import CursorWrapper

MOST = 5
SEARCHED = 500_000  # trades that are looked through: no index knows them by their PnL
ENDS = f"""
SELECT id, closed_at, symbol, side, strategy, pnl FROM analytics_trade
WHERE {book.CHOSEN} AND (%(source)s = '' OR source = %(source)s)
  AND closed_at >= %(start)s AND closed_at < %(end)s AND {{outcome}}
ORDER BY pnl {{way}}, id LIMIT %(most)s
"""  # noqa: S608 - constants only


class Extreme(NamedTuple):
    """A trade that won or lost much."""

    id: int
    closed_at: datetime
    symbol: str
    side: str
    strategy: str
    pnl: Decimal


class Extremes(NamedTuple):
    """The best and worst first; `searched` is False where there are too many to look through."""

    best: list[Extreme]
    worst: list[Extreme]
    searched: bool = True


def of(cursor: CursorWrapper, account: Account, *, trades: int) -> Extremes:
    if trades > SEARCHED:
        return Extremes([], [], searched=False)
    start, end = book.bounds(account)
    asked: dict[str, Any] = {**account.chosen, "start": start, "end": end, "most": MOST}
    found: list[list[Extreme]] = []
    for outcome, way in (("pnl > 0", "DESC"), ("pnl < 0", "ASC")):
        cursor.execute(ENDS.format(outcome=outcome, way=way), asked)
        found.append([Extreme(*row) for row in cursor.fetchall()])
    best, worst = found
    return Extremes(best, worst)
