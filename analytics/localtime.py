"""Hours and days of a reader's time zone, summed from the rollups of UTC hours and minutes.

A zone whose hours begin when those of UTC do is read by the hour, days of 23 and 25 hours included.
In the others, as Asia/Kolkata, an hour of UTC lies in two: days have the hour of each midnight by
the minute, and hours are read by the minute, for as many days as that is quick; in longer ranges
they stay those of UTC, and the page says so. Figures of days (analytics.book) are of UTC days for
everybody.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from analytics.charts import BY_MINUTE, SCOPE
from analytics.scope import Scope

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OF_HOURS = f"""
FROM analytics_traderollup
WHERE {SCOPE} AND unit = %(unit)s AND bucket >= %(start)s AND bucket < %(end)s
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
# `parted` are the hours that lie in two days.
BY_PARTED_DAY = f"""
SELECT ((bucket AT TIME ZONE %(zone)s)::date)::text, sum(pnl)::float8, sum(trades)::bigint FROM (
    SELECT bucket, pnl, trades {OF_HOURS} AND bucket <> ALL (%(parted)s::timestamptz[])
    UNION ALL
    SELECT minute.* FROM unnest(%(parted)s::timestamptz[]) AS hour, LATERAL (
        SELECT bucket, pnl, trades FROM analytics_traderollup WHERE {SCOPE} AND unit = 'm'
          AND bucket >= greatest(hour, %(start)s)
          AND bucket < least(hour + interval '1 hour', %(end)s) OFFSET 0) AS minute
) AS sums GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - constants only


class Zone(NamedTuple):
    """The zone that sums are told in: the reader's where that can be, else UTC with the reason."""

    name: str
    why: str = ""
    parts: bool = False  # some of its hours begin within those of UTC

    @property
    def told(self) -> dict[str, str]:
        return {"name": self.name, "why": self.why}


def zone_of(reader: tzinfo, start: datetime, end: datetime, *, by_hour: bool = False) -> Zone:
    """The reader's own, unless its hours would be read by the minute for too many days.

    It is looked at day by day.
    """
    name = getattr(reader, "key", "UTC")
    days = (end - start) // DAY + 2
    moments = ((start + day * DAY).astimezone(reader) for day in range(days))
    offsets = {at.utcoffset() or timedelta() for at in moments}
    parts = any(offset % HOUR for offset in offsets)
    if parts and by_hour and end - start > BY_MINUTE:
        why = (
            f"because hours of {name} begin within those of UTC, for at most {BY_MINUTE.days} days"
        )
        return Zone("UTC", why)
    if any(offset % MINUTE for offset in offsets):
        return Zone("UTC", f"because minutes of {name} begin within those of UTC")
    return Zone(name, parts=parts)


def hours(
    cursor: CursorWrapper, scope: Scope, zone: Zone, start: datetime, end: datetime
) -> list[list[float]]:
    """[weekday 1-7, hour 0-23, PnL, trades] of the hours in which something was closed."""
    return _read(cursor, BY_HOUR, scope, zone, start, end, unit="m" if zone.parts else "h")


def days(
    cursor: CursorWrapper, scope: Scope, zone: Zone, start: datetime, end: datetime
) -> list[list[Any]]:
    """[`2026-11-26`, PnL, trades] of the days with hours in which something was closed."""
    if not zone.parts:
        return _read(cursor, BY_DAY, scope, zone, start, end)
    reader, midnights = ZoneInfo(zone.name), []
    at = midnight(start, reader)
    while at <= end:
        midnights.append(at)
        at = midnight(at + DAY + 2 * HOUR, reader)  # a day may have 25 hours
    parted = [at.replace(minute=0) for at in midnights if at.minute]
    return _read(cursor, BY_PARTED_DAY, scope, zone, start, end, parted=parted)


def midnight(at: datetime, reader: tzinfo) -> datetime:
    """The beginning of the reader's day, in UTC."""
    return datetime.combine(at.astimezone(reader).date(), time(), reader).astimezone(UTC)


def _read(
    cursor: CursorWrapper,
    statement: str,
    scope: Scope,
    zone: Zone,
    start: datetime,
    end: datetime,
    **more: Any,
) -> list[list[Any]]:
    asked = scope.chosen | {"zone": zone.name, "start": start, "end": end, "unit": "h"} | more
    cursor.execute(statement, asked)
    return [list(row) for row in cursor.fetchall()]
