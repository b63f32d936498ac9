"""The days' paths of realised PnL, brought up to date, and the drawdown read from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

from analytics.events.table import moment
from analytics.fields import DAY_US
from analytics.performance.drawdown import Day, Drawdown, of_days

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

    from analytics.rollups import Bucket

WHOLE = "*"  # the scope of a whole environment, beside one scope a strategy
OVERLAP_SECONDS = 1  # a trade later than this only extends its day's path
ZERO = Decimal(0)

LOCK = """
SELECT id, env, currency, strategy, day, stale_from, resume_at, resume_pnl, resume_low, resume_high,
       resume_drop
FROM analytics_accountday WHERE stale_from IS NOT NULL ORDER BY id LIMIT %s FOR UPDATE
"""
POINTS = """
    SELECT closed_at AS at, sum(pnl) AS pnl FROM analytics_trade
    WHERE env = %(env)s AND currency = %(currency)s
      AND closed_at >= %(start)s AND closed_at < %(end)s
      AND (%(strategy)s = '*' OR strategy = %(strategy)s)
    GROUP BY closed_at
"""
WALK = f"""
WITH points AS ({POINTS}),
walk AS (SELECT at, %(pnl)s + sum(pnl) OVER (ORDER BY at) AS total FROM points),
peaks AS (SELECT at, total, greatest(%(high)s, max(total) OVER (ORDER BY at)) AS peak FROM walk),
mark AS (SELECT greatest(%(start)s, max(at) - make_interval(secs => %(overlap)s)) AS resume,
                coalesce(max(at), %(resume_at)s) AS newest FROM points)
UPDATE analytics_accountday AS d SET
    pnl = n.pnl, low = least(%(low)s, n.low), high = greatest(%(high)s, n.high),
    drop = greatest(%(drop)s, n.drop), resume_at = n.resume,
    resume_pnl = n.resume_pnl, resume_low = least(%(low)s, n.resume_low),
    resume_high = greatest(%(high)s, n.resume_high),
    resume_drop = greatest(%(drop)s, n.resume_drop),
    stale_from = NULL, newest_at = n.newest, version = d.version + 1
FROM (
    SELECT resume, newest,
           coalesce((array_agg(total ORDER BY at DESC))[1], %(pnl)s) AS pnl,
           min(total) AS low, max(peak) AS high, max(peak - total) AS drop,
           coalesce((array_agg(total ORDER BY at DESC) FILTER (WHERE at < resume))[1], %(pnl)s)
               AS resume_pnl,
           min(total) FILTER (WHERE at < resume) AS resume_low,
           max(peak) FILTER (WHERE at < resume) AS resume_high,
           max(peak - total) FILTER (WHERE at < resume) AS resume_drop
    FROM mark LEFT JOIN peaks ON true GROUP BY resume, newest
) AS n
WHERE d.id = %(id)s
"""  # noqa: S608 - constants only
WORST = f"""
WITH points AS ({POINTS}),
walk AS (SELECT at, %(equity)s + sum(pnl) OVER (ORDER BY at) AS equity FROM points),
peaks AS (SELECT equity, greatest(%(peak)s, max(equity) OVER (ORDER BY at)) AS peak FROM walk)
SELECT least(0, min(equity / peak - 1)) FROM peaks
"""  # noqa: S608 - constants only
STALE = """
INSERT INTO analytics_accountday AS d (env, currency, strategy, day, pnl, low, high, drop,
    resume_pnl, resume_low, resume_high, resume_drop, version, stale_from)
SELECT env, currency, strategy, (at AT TIME ZONE 'UTC')::date, 0, 0, 0, 0, 0, 0, 0, 0, 0, at
FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[]) AS s(env, currency, strategy, at)
ORDER BY 1, 2, 3, 4
ON CONFLICT (env, currency, strategy, day)
DO UPDATE SET stale_from = least(d.stale_from, EXCLUDED.stale_from)
"""


class Scope(NamedTuple):
    env: str
    currency: str
    strategy: str


def bring_up_to_date(cursor: CursorWrapper, *, most: int = 200) -> set[Scope]:
    """Recompute the stale days, inside the caller's transaction; returns their scopes.

    A day whose newest trades came in order is extended from its resume point; a late, changed or
    removed trade walks the day again from its start, and no other day.
    """
    cursor.execute(LOCK, [most])
    touched = set()
    for row in cursor.fetchall():
        identity, env, currency, strategy, day, stale_from, resume_at, *state = row
        scope = Scope(env, currency, strategy)
        extends = resume_at is not None and stale_from >= resume_at
        pnl, low, high, drop = state if extends else (ZERO, ZERO, ZERO, ZERO)
        cursor.execute(
            WALK,
            {
                **_span(scope, day),
                **({"start": resume_at} if extends else {}),
                "resume_at": resume_at if extends else None,
                "overlap": OVERLAP_SECONDS,
                "id": identity,
                "pnl": pnl,
                "low": low,
                "high": high,
                "drop": drop,
            },
        )
        touched.add(scope)
    return touched


def _span(scope: Scope, day: date) -> dict[str, Any]:
    start = datetime.combine(day, time(), UTC)
    return {**scope._asdict(), "start": start, "end": start + timedelta(days=1)}


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


def mark_stale(cursor: CursorWrapper, earliest: Mapping[Bucket, int]) -> None:
    """Say from when on the paths of the touched days no longer hold.

    `earliest`: the first changed trade of each bucket, microseconds since 1970.
    """
    stale: dict[tuple[str, str, str, int], int] = {}
    for (_, env, strategy, _, currency), at in earliest.items():
        for scope in (strategy, WHOLE):
            key = (env, currency, scope, at // DAY_US)
            stale[key] = min(at, stale.get(key, at))
    if stale:
        envs, currencies, scopes, _ = zip(*stale, strict=True)
        times = [moment(at) for at in stale.values()]
        cursor.execute(STALE, [list(envs), list(currencies), list(scopes), times])
