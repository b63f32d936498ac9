"""Wall-clock times as instants: what the clock on the wall of a place shows, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)


@lru_cache(maxsize=65_536)
def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which the clock of the zone first shows the naive `local`.

    A time that is skipped when clocks go forward is the instant of the change; a time that comes
    twice when they go back is its first occurrence. So a later time is never an earlier instant.
    """
    found = local.replace(tzinfo=zone).astimezone(UTC)
    if wall(found, zone) == local:
        return found
    return _change_between(local.replace(tzinfo=zone, fold=1).astimezone(UTC), found, zone)


def wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clock of the zone shows at the instant, naive."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of the day."""
    return instant(datetime.combine(day, time()), zone)


def add_months(local: datetime, months: int) -> datetime:
    """The same day and time `months` later; the last day of the month where it has no such day."""
    count = local.year * 12 + local.month - 1 + months
    year, month = divmod(count, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    longest = (following - timedelta(days=1)).day
    return local.replace(year=year, month=month + 1, day=min(local.day, longest))


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between the two at which the offset of the zone changes, to the second."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // 2 // SECOND * SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
