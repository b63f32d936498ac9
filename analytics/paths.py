"""The drawdown read from the days' paths of realised PnL, and which of them no longer hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

from analytics import rows
from analytics.bundle import Bundle
from analytics.fields import DAY_US
from analytics.performance.drawdown import Day, Drawdown, of_days

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

    from analytics.rollups import Bucket

WHOLE = "*"  # the scope of a whole environment, beside one scope a strategy
ZERO = Decimal(0)

WORST = """
WITH points AS (
    SELECT closed_at AS at, sum(pnl) AS pnl FROM analytics_trade
    WHERE env = %(env)s AND currency = %(currency)s
      AND closed_at >= %(start)s AND closed_at < %(end)s
      AND (%(strategy)s = '*' OR strategy = %(strategy)s)
    GROUP BY closed_at
),
walk AS (SELECT at, %(equity)s + sum(pnl) OVER (ORDER BY at) AS equity FROM points),
peaks AS (SELECT equity, greatest(%(peak)s, max(equity) OVER (ORDER BY at)) AS peak FROM walk)
SELECT least(0, min(equity / peak - 1)) FROM peaks
"""
STALE = """
INSERT INTO analytics_staleday (env, currency, strategy, day, at)
SELECT env, currency, strategy, (at AT TIME ZONE 'UTC')::date, at
FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[]) AS s(env, currency, strategy, at)
"""


class Scope(NamedTuple):
    env: str
    currency: str
    strategy: str


def _span(scope: Scope, day: date) -> dict[str, Any]:
    start, end = bounds(day)
    return {**scope._asdict(), "start": start, "end": end}


def bounds(day: date) -> tuple[datetime, datetime]:
    """When a day begins and when the next one does, UTC."""
    start = datetime.combine(day, time(), UTC)
    return start, start + timedelta(days=1)


class Paths:
    """Reads drawdowns; remembers the days that had to be walked point by point."""

    def __init__(self) -> None:
        self._walked: dict[tuple[Scope, date], tuple[tuple[Any, ...], Decimal]] = {}

    def drawdown(self, cursor: CursorWrapper, scope: Scope, capital: Decimal) -> Drawdown:
        """Exact current and worst drawdown of the scope, from its days."""
        cursor.execute(
            "SELECT day, pnl, low, high, drop, version FROM analytics_accountday"
            " WHERE env = %s AND currency = %s AND strategy = %s ORDER BY day",
            list(scope),
        )
        days: Iterable[Day] = [Day(*row) for row in cursor.fetchall()]

        def expand(day: Day, equity: Decimal, peak: Decimal) -> Decimal:
            state = (day.version, equity, peak)
            known = self._walked.get((scope, day.day))
            if known is None or known[0] != state:
                known = (state, _worst(scope, day.day, equity, peak))
                self._walked[scope, day.day] = known
            return known[1]

        return of_days(capital, days, expand)


def _worst(scope: Scope, day: date, equity: Decimal, peak: Decimal) -> Decimal:
    with connection.cursor() as cursor:
        cursor.execute(WORST, {**_span(scope, day), "equity": equity, "peak": peak})
        found = cursor.fetchone()
    return ZERO if found is None or found[0] is None else Decimal(found[0])


def mark_stale(bundle: Bundle, earliest: Mapping[Bucket, int]) -> None:
    """Say from when on the paths of the touched days no longer hold.

    `earliest`: the first changed trade of each bucket, microseconds since 1970.
    """
    stale: dict[tuple[str, str, str, int], int] = {}
    for (_, env, strategy, _, currency, _), at in earliest.items():
        for scope in (strategy, WHOLE):
            key = (env, currency, scope, at // DAY_US)
            stale[key] = min(at, stale.get(key, at))
    if stale:
        envs, currencies, scopes, _ = zip(*stale, strict=True)
        times = rows.literal("timestamptz", list(stale.values()))
        bundle.add(STALE, [*map(rows.array, (envs, currencies, scopes)), times])
