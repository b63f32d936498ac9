"""The days' paths of realised PnL, brought up to date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics import points
from analytics.events.table import moment, us_of
from analytics.exact import WIDE
from analytics.paths import WHOLE, Scope, bounds
from analytics.performance.path import Path, by_time, extended
from analytics.points import Points

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

# A trade at most so much older than the newest, or than so many others of its account, only extends
# its day's path.
OVERLAP_US = 1_000_000
OVERLAP_TRADES = 2_500
ZERO = Decimal(0)

TAKE = """
DELETE FROM analytics_staleday AS s
USING (SELECT DISTINCT env, currency, day FROM analytics_staleday LIMIT %s) AS d
WHERE s.env = d.env AND s.currency = d.currency AND s.day = d.day
RETURNING s.env, s.currency, s.strategy, s.day, s.at
"""
SCOPES = """unnest(%s::text[], %s::text[], %s::text[], %s::date[])
     AS s(env, currency, strategy, day)"""
MAKE = f"""
INSERT INTO analytics_accountday (env, currency, strategy, day, pnl, low, high, drop,
    resume_pnl, resume_low, resume_high, resume_drop, version)
SELECT env, currency, strategy, day, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM {SCOPES} ORDER BY 1, 2, 3, 4
ON CONFLICT (env, currency, strategy, day) DO NOTHING
"""  # noqa: S608 - constants only
LOCK = f"""
SELECT id, env, currency, strategy, day, d.resume_at, d.resume_pnl, d.resume_low, d.resume_high,
       d.resume_drop
FROM {SCOPES} JOIN analytics_accountday AS d USING (env, currency, strategy, day)
ORDER BY env, currency, day, id FOR UPDATE OF d
"""  # noqa: S608 - constants only
KEEP = """
UPDATE analytics_accountday AS d SET
    newest_at = n.newest_at, pnl = n.pnl, low = n.low, high = n.high, drop = n.drop,
    resume_at = n.resume_at, resume_pnl = n.resume_pnl, resume_low = n.resume_low,
    resume_high = n.resume_high, resume_drop = n.resume_drop, version = d.version + 1
FROM unnest(%s::bigint[], %s::timestamptz[], %s::numeric[], %s::numeric[], %s::numeric[],
            %s::numeric[], %s::timestamptz[], %s::numeric[], %s::numeric[], %s::numeric[],
            %s::numeric[])
     AS n(id, newest_at, pnl, low, high, drop, resume_at, resume_pnl, resume_low, resume_high,
          resume_drop)
WHERE d.id = n.id
"""

type Stale = Mapping[tuple[Scope, date], datetime]  # from when on a day does not hold


class Known(NamedTuple):
    """The day of a scope as it was walked before, up to `resume_at`; money in its currency."""

    id: int
    env: str
    currency: str
    strategy: str
    day: date
    resume_at: datetime | None
    pnl: Decimal
    low: Decimal
    high: Decimal
    drop: Decimal

    @property
    def account(self) -> tuple[str, str, date]:
        return self.env, self.currency, self.day

    def walk_from(self, stale: Stale) -> tuple[datetime, Known]:
        """From when on the day is walked, and what is known of it until then."""
        scope = Scope(self.env, self.currency, self.strategy)
        if self.resume_at is not None and stale[scope, self.day] >= self.resume_at:
            return self.resume_at, self
        fresh = self._replace(resume_at=None, pnl=ZERO, low=ZERO, high=ZERO, drop=ZERO)
        return bounds(self.day)[0], fresh


def bring_up_to_date(cursor: CursorWrapper, *, most: int = 200) -> set[Scope]:
    """Recompute the stale days of so many accounts at most; returns the scopes.

    Inside the caller's transaction. The marks are taken before the trades are read, so a trade that
    is committed meanwhile is read, or marked again, or both. A day whose newest trades came in
    order is extended from where it can be resumed; a late, changed or removed trade walks the day
    again from its start, and no other day.
    """
    stale = _take(cursor, most)
    if not stale:
        return set()
    wanted = [list(column) for column in zip(*((*scope, day) for scope, day in stale), strict=True)]
    cursor.execute(MAKE, wanted)
    cursor.execute(LOCK, wanted)
    days = [Known(*row) for row in cursor.fetchall()]
    walked: list[tuple[Any, ...]] = []
    for _, some in groupby(days, key=lambda day: day.account):
        walked += _walked(cursor, list(some), stale)
    cursor.execute(KEEP, [list(column) for column in zip(*walked, strict=True)])
    return {scope for scope, _ in stale}


def _take(cursor: CursorWrapper, most: int) -> Stale:
    cursor.execute(TAKE, [most])
    stale: dict[tuple[Scope, date], datetime] = {}
    for *scope, day, at in cursor.fetchall():
        key = (Scope(*scope), day)
        stale[key] = min(at, stale.get(key, at))
    return stale


def _walked(
    cursor: CursorWrapper, days: Sequence[Known], stale: Stale
) -> Iterator[tuple[Any, ...]]:
    """The scopes of one account on one day, as KEEP wants them; its trades are read once."""
    first = days[0]
    walks = [day.walk_from(stale) for day in days]
    found = points.read(
        cursor,
        [day.strategy for day in days],
        env=first.env,
        currency=first.currency,
        start=min(start for start, _ in walks),
        end=bounds(first.day)[1],
    )
    late = int(found.times[-OVERLAP_TRADES]) if len(found.times) > OVERLAP_TRADES else 0
    for place, (start, known) in enumerate(walks, 1):
        chosen = found.times >= us_of(start)
        if known.strategy != WHOLE:
            chosen &= found.strategies == place
        yield known.id, *_walk(known, us_of(start), found, chosen, late)


def _walk(
    known: Known, start: int, found: Points, chosen: NDArray[np.bool_], late: int
) -> tuple[datetime | Decimal | None, ...]:
    """The newest trade and the path up to it; where the path can be resumed, and up to there.

    That is not before `late`, if a trade is so new.
    """
    money = (known.pnl, known.low, known.high, known.drop)
    places = max(found.places, *map(_places, money))
    pnl, factor = found.pnl[chosen], 10 ** (places - found.places)
    times, steps = by_time(found.times[chosen], pnl if factor == 1 else pnl.astype(object) * factor)
    newest = int(times[-1]) if len(times) else start
    resume = max(start, newest - OVERLAP_US, min(late, newest))
    before = int(np.searchsorted(times, resume))
    resumed = extended(Path(*(int(value.scaleb(places, WIDE)) for value in money)), steps[:before])
    whole = extended(resumed, steps[before:])
    told = moment(newest) if len(times) else known.resume_at
    return told, *_money(whole, places), moment(resume), *_money(resumed, places)


def _places(value: Decimal) -> int:
    """How many places behind the point say something."""
    exponent = value.normalize(WIDE).as_tuple().exponent
    return max(0, -int(exponent))


def _money(path: Path, places: int) -> Iterator[Decimal]:
    return (Decimal(number).scaleb(-places, WIDE) for number in path)
