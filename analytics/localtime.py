"""Hours and days of a reader's time zone, summed from the rollups of UTC.

A day is that of UTC but for what lies between the two midnights, which is read by the hour and, in
a zone whose hours begin within those of UTC, as Asia/Kolkata, by the minute. The hours of such a
zone are read by the minute too, for as many days as that is quick; in longer ranges they stay those
of UTC, and the page says so. Figures of days (analytics.book) are of UTC days for
everybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from analytics.charts import BY_MINUTE, EPOCH, SCOPE
from analytics.scope import Scope

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Monday is 1.
BY_HOUR = f"""
SELECT extract(isodow FROM bucket AT TIME ZONE %(zone)s)::int,
       extract(hour FROM bucket AT TIME ZONE %(zone)s)::int, sum(pnl)::float8, sum(trades)::bigint
FROM analytics_traderollup
WHERE {SCOPE} AND unit = %(unit)s AND bucket >= %(start)s AND bucket < %(end)s GROUP BY 1, 2
"""  # noqa: S608 - constants only
# Days of UTC, and what lies between the two midnights moved from one day to the next.
BY_DAY = f"""
SELECT day::text, sum(pnl)::float8, sum(trades)::bigint FROM (
    SELECT (bucket AT TIME ZONE 'UTC')::date AS day, pnl, trades FROM analytics_traderollup
    WHERE {SCOPE} AND unit = 'd'
      AND bucket >= %(first)s::date AT TIME ZONE 'UTC'
      AND bucket < %(last)s::date AT TIME ZONE 'UTC'
    UNION ALL
    SELECT CASE sign WHEN 1 THEN day_to ELSE day_of END, sign * moved.pnl, sign * moved.trades
    FROM unnest(%(units)s::text[], %(starts)s::timestamptz[], %(stops)s::timestamptz[],
                %(days_of)s::date[], %(days_to)s::date[])
             AS part(of_unit, start, stop, day_of, day_to),
         LATERAL (
             SELECT sum(pnl) AS pnl, sum(trades) AS trades FROM analytics_traderollup
             WHERE {SCOPE} AND unit = of_unit AND bucket >= start AND bucket < stop) AS moved,
         (VALUES (1), (-1)) AS s(sign)
    WHERE moved.trades > 0
) AS sums
WHERE day >= %(first)s AND day < %(last)s GROUP BY day HAVING sum(trades) > 0 ORDER BY day
"""  # noqa: S608 - constants only

# Unit of the rollups, from when to when, the day of UTC and the reader's.
type Part = tuple[str, datetime, datetime, date, date]


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
    asked = {"zone": zone.name, "start": start, "end": end, "unit": "m" if zone.parts else "h"}
    cursor.execute(BY_HOUR, scope.chosen | asked)
    return [list(row) for row in cursor.fetchall()]


def days(
    cursor: CursorWrapper, scope: Scope, zone: Zone, start: datetime, end: datetime
) -> list[list[Any]]:
    """[`2026-11-26`, PnL, trades] of the days in which something was closed.

    `start` and `end` are midnights of the zone.
    """
    reader = ZoneInfo(zone.name)
    parts = list(_parts(reader, start, end))
    names = ("units", "starts", "stops", "days_of", "days_to")
    columns = [list(column) for column in zip(*parts, strict=True)] or [[] for _ in names]
    asked = scope.chosen | dict(zip(names, columns, strict=True))
    asked |= {"first": start.astimezone(reader).date(), "last": end.astimezone(reader).date()}
    cursor.execute(BY_DAY, asked)
    return [list(row) for row in cursor.fetchall()]


def _parts(reader: tzinfo, start: datetime, end: datetime) -> Iterator[Part]:
    """What lies between each midnight of the zone and that of UTC, in whole hours and minutes."""
    at = start
    while at <= end:
        local, utc = at.astimezone(reader).date(), at.date()
        if utc < local:  # east: until UTC's midnight it is the next day already
            since, until, to = at, datetime.combine(local, time(), UTC), local
        else:  # west: it is still the day before
            since, until, to = datetime.combine(utc, time(), UTC), at, local - DAY
        whole = since + (EPOCH - since) % HOUR, until - (until - EPOCH) % HOUR
        for unit, first, last in (("m", since, whole[0]), ("h", *whole), ("m", whole[1], until)):
            if first < last:
                yield unit, first, last, utc, to
        at = midnight(at + DAY + 2 * HOUR, reader)  # a day may have 25 hours


def midnight(at: datetime, reader: tzinfo) -> datetime:
    """The beginning of the reader's day, in UTC."""
    return datetime.combine(at.astimezone(reader).date(), time(), reader).astimezone(UTC)
