"""Hours and days of a reader's time zone, summed from the rollups of UTC hours.

A zone whose hours begin when those of UTC do is exact, days of 23 and 25 hours included. In the
others, as Asia/Kolkata, an hour of UTC lies in two: there hours and days stay those of UTC, and the
page says so. Figures of days (analytics.book) are of UTC days for everybody.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics.charts import SCOPE
from analytics.scope import Scope

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OF_HOURS = f"""
FROM analytics_traderollup WHERE {SCOPE} AND unit = 'h' AND bucket >= %(start)s AND bucket < %(end)s
"""
# Monday is 1.
BY_HOUR = f"""
SELECT extract(isodow FROM bucket AT TIME ZONE %(zone)s)::int,
       extract(hour FROM bucket AT TIME ZONE %(zone)s)::int, sum(pnl)::float8, sum(trades)::bigint
{OF_HOURS} GROUP BY 1, 2
"""  # noqa: S608 - constants only
BY_DAY = f"""
SELECT ((bucket AT TIME ZONE %(zone)s)::date)::text, sum(pnl)::float8, sum(trades)::bigint
{OF_HOURS} GROUP BY 1 ORDER BY 1
"""


class Zone(NamedTuple):
    """The zone that sums are told in: the reader's where that can be, else UTC with the reason."""

    name: str
    why: str = ""

    @property
    def told(self) -> dict[str, str]:
        return self._asdict()


def zone_of(reader: tzinfo, start: datetime, end: datetime) -> Zone:
    """The reader's own if its hours are those of UTC throughout; it is looked at day by day."""
    name = getattr(reader, "key", "UTC")
    at = start
    while at < end + DAY:
        if (at.astimezone(reader).utcoffset() or timedelta()) % HOUR:
            return Zone("UTC", f"because hours of {name} begin within those of UTC")
        at += DAY
    return Zone(name)


def hours(
    cursor: CursorWrapper, scope: Scope, zone: Zone, start: datetime, end: datetime
) -> list[list[float]]:
    """[weekday 1-7, hour 0-23, PnL, trades] of the hours in which something was closed."""
    return _read(cursor, BY_HOUR, scope, zone, start, end)


def days(
    cursor: CursorWrapper, scope: Scope, zone: Zone, start: datetime, end: datetime
) -> list[list[Any]]:
    """[`2026-11-26`, PnL, trades] of the days with hours in which something was closed."""
    return _read(cursor, BY_DAY, scope, zone, start, end)


def midnight(at: datetime, reader: tzinfo) -> datetime:
    """The beginning of the reader's day, in UTC."""
    return datetime.combine(at.astimezone(reader).date(), time(), reader).astimezone(UTC)


def _read(
    cursor: CursorWrapper, statement: str, scope: Scope, zone: Zone, start: datetime, end: datetime
) -> list[list[Any]]:
    asked = scope.chosen | {"zone": zone.name, "start": start, "end": end}
    cursor.execute(statement, asked)
    return [list(row) for row in cursor.fetchall()]
