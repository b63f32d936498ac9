"""Calendars: when something is open, by the wall clock of a zone. Pure.

A calendar is two lists of lines. It is open at an instant that a line of the first fits (every
instant, when there is none) and no line of the second. A line holds words, all of which must fit:

    mon-fri sat                 days of the week
    09:30-12:00,13:00-16:00     hours; an end at or before the start is on the next day, 24:00 is
                                midnight
    2026-12-25 2026-12-24..26   days; 12-25 is each year's
    day=1,-3:-1 month=1:3       days of the month, negative from its end; months
    # Christmas                 the rest of the line is its name

Words of one sort are alternatives. Hours belong to the day on which they begin.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alerts.walltime import instant

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_LINE, MOST_LINES = 200, 400
AROUND = 9  # days before and after that are looked at
MINUTES = 1_440  # of a day
DAY = timedelta(days=1)
WEEK = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)(?:-(mon|tue|wed|thu|fri|sat|sun))?", re.ASCII)
HOURS = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
DATES = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d|\d\d-\d\d|\d\d))?", re.ASCII)
YEARLY = re.compile(r"(\d\d)-(\d\d)", re.ASCII)
RANGES = re.compile(
    r"(day|month)=(-?\d{1,2}(?::-?\d{1,2})?(?:,-?\d{1,2}(?::-?\d{1,2})?)*)", re.ASCII
)

Ordinals = tuple[int, int]  # first and last day, both included


class Unreadable(ValueError):
    """The lines describe no calendar; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Line:
    """What must fit; an empty sort fits everything. Hours are minutes of the day."""

    weekdays: frozenset[int] = frozenset()
    hours: tuple[tuple[int, int], ...] = ()
    days: tuple[Ordinals, ...] = ()
    yearly: frozenset[tuple[int, int]] = frozenset()
    month_days: tuple[tuple[int, int], ...] = ()
    months: tuple[tuple[int, int], ...] = ()

    def fits(self, day: date) -> bool:
        """Whether the hours of the line begin on this day."""
        if self.weekdays and day.weekday() not in self.weekdays:
            return False
        if self.days or self.yearly:
            number = day.toordinal()
            named = any(first <= number <= last for first, last in self.days)
            if not named and (day.month, day.day) not in self.yearly:
                return False
        if self.months and not any(first <= day.month <= last for first, last in self.months):
            return False
        return not self.month_days or self._in_month(day)

    def _in_month(self, day: date) -> bool:
        length = ((day.replace(day=1) + timedelta(days=32)).replace(day=1) - DAY).day
        for first, last in self.month_days:
            low = first if first > 0 else length + 1 + first
            high = last if last > 0 else length + 1 + last
            if low <= day.day <= high:
                return True
        return False


class Calendar:
    """When it is open. Times are epoch seconds; an end is not inside.

    It remembers the span of its last answer: most questions are about the same one.
    """

    __slots__ = ("_days", "_span", "closed", "name", "opened", "zone")

    def __init__(
        self, opened: Sequence[Line], closed: Sequence[Line], zone: ZoneInfo, *, name: str = ""
    ) -> None:
        self.opened, self.closed, self.zone, self.name = tuple(opened), tuple(closed), zone, name
        self._days: dict[date, list[tuple[float, float]]] = {}
        self._span = (0.0, 0.0, False)

    def is_open(self, at: float) -> bool:
        return self.span(at)[2]

    def told(self, at: float) -> str:
        """`NYSE is closed`."""
        return f"{self.name} is {'open' if self.is_open(at) else 'closed'}"

    def opened_at(self, at: float) -> float:
        """Since when it is open; minus infinity: for days. Asked while it is open."""
        return self.span(at)[0]

    def next_change(self, at: float) -> float:
        """When it opens or closes next; where that is days away, when to ask again."""
        return self.span(at)[1]

    def span(self, at: float) -> tuple[float, float, bool]:
        """The time around `at` in which nothing changes, from and to, and whether it is open."""
        start, end, _ = self._span
        if not start <= at < end:
            self._span = self._find(at)
        return self._span

    def between(self, start: float, end: float) -> list[tuple[float, float]]:
        """The parts of the time from `start` to `end` in which it is open, oldest first."""
        found, at = [], start
        while at < end:
            _, until, is_open = self.span(at)
            if is_open:
                found.append((at, min(until, end)))
            at = until
        return _joined(found)

    def _find(self, at: float) -> tuple[float, float, bool]:
        today = datetime.fromtimestamp(at, self.zone).date()
        first, last = today - AROUND * DAY, today + AROUND * DAY
        days = [first + number * DAY for number in range(2 * AROUND)]
        pieces = _joined([piece for day in days for piece in self._of_day(day)])
        edges = [edge for piece in pieces for edge in piece]
        place = bisect_right(edges, at)
        end = edges[place] if place < len(edges) else _at(last, 0, self.zone)
        start = edges[place - 1] if place else -math.inf
        if start == _at(first, 0, self.zone):
            start = -math.inf
        return start, end, place % 2 == 1

    def _of_day(self, day: date) -> list[tuple[float, float]]:
        """When it is open on this day, in instants."""
        known = self._days.get(day)
        if known is None:
            opened = _minutes(self.opened, day) if self.opened else [(0, MINUTES)]
            left = _without(_joined(opened), _joined(_minutes(self.closed, day)))
            spans = [(_at(day, a, self.zone), _at(day, b, self.zone)) for a, b in left]
            known = self._days[day] = [(a, b) for a, b in spans if a < b]
        return known


def read(opened: str, closed: str, zone: str, *, name: str = "") -> Calendar:
    """A calendar from its lines. Raises Unreadable."""
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Unreadable(f"“{zone}” is no time zone, such as America/New_York.") from error
    return Calendar(lines(opened), lines(closed), place, name=name)


@lru_cache(maxsize=256)
def lines(text: str) -> tuple[Line, ...]:
    """The lines of one list; blank ones and those that only hold a name are passed over."""
    rows = text.splitlines()
    if len(rows) > MOST_LINES:
        raise Unreadable(f"At most {MOST_LINES} lines.")
    found = []
    for number, row in enumerate(rows, start=1):
        words = row.partition("#")[0].lower().split()
        if len(row) > LONGEST_LINE:
            raise Unreadable(f"Line {number}: at most {LONGEST_LINE} characters.")
        if words:
            try:
                found.append(_line(words))
            except ValueError as error:
                raise Unreadable(f"Line {number}: {error}.") from error
    return tuple(found)


def _line(words: Iterable[str]) -> Line:
    """Raises ValueError that says which word is wrong."""
    weekdays: set[int] = set()
    hours: list[tuple[int, int]] = []
    days: list[Ordinals] = []
    yearly: set[tuple[int, int]] = set()
    ranges: dict[str, list[tuple[int, int]]] = {"day": [], "month": []}
    for word in words:
        parts = [part for part in word.split(",") if part]
        if found := RANGES.fullmatch(word):
            ranges[found[1]] += [_range(part, found[1]) for part in found[2].split(",")]
        elif all(WEEK.fullmatch(part) for part in parts):
            weekdays.update(number for part in parts for number in _weekdays(part))
        elif all(HOURS.fullmatch(part) for part in parts):
            hours += [_hours(part) for part in parts]
        elif all(DATES.fullmatch(part) for part in parts):
            days += [_dates(part) for part in parts]
        elif all(YEARLY.fullmatch(part) for part in parts):
            yearly.update(_yearly(part) for part in parts)
        else:
            raise ValueError(
                f"“{word}” is no weekday (mon-fri), no hours (09:30-16:00), no date (2026-12-25)"
            )
    return Line(
        weekdays=frozenset(weekdays),
        hours=tuple(hours),
        days=tuple(days),
        yearly=frozenset(yearly),
        month_days=tuple(ranges["day"]),
        months=tuple(ranges["month"]),
    )


def _weekdays(part: str) -> list[int]:
    first, _, last = part.partition("-")
    begin = WEEKDAYS.index(first)
    length = (WEEKDAYS.index(last or first) - begin) % 7
    return [(begin + number) % 7 for number in range(length + 1)]


def _hours(part: str) -> tuple[int, int]:
    found = HOURS.fullmatch(part)
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups()) if found else (0, 0, 0, 0)
    start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if from_minute > 59 or to_minute > 59 or start >= MINUTES or end > MINUTES:
        raise ValueError(f"“{part}” are no hours of a day")
    return start, end


def _dates(part: str) -> Ordinals:
    first, _, last = part.partition("..")
    last = first[: 10 - len(last)] + last if last else first
    start, end = date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal()
    if end < start:
        raise ValueError(f"“{part}” ends before it begins")
    return start, end


def _yearly(part: str) -> tuple[int, int]:
    month, day = map(int, part.split("-"))
    return (day_of := date(2024, month, day)).month, day_of.day  # 2024 has a 29th of February


def _range(part: str, sort: str) -> tuple[int, int]:
    first, _, last = part.partition(":")
    start, end = int(first), int(last or first)
    most = 31 if sort == "day" else 12
    least = -most if sort == "day" else 1
    if not (least <= start <= most and least <= end <= most) or 0 in (start, end):
        raise ValueError(f"“{sort}={part}” is out of range")
    if (start > 0) == (end > 0) and end < start:
        raise ValueError(f"“{sort}={part}” ends before it begins")
    return start, end


def _minutes(rows: Iterable[Line], day: date) -> list[tuple[int, int]]:
    """Which minutes of the day the lines fit, with what began the day before."""
    found: list[tuple[int, int]] = []
    for row in rows:
        if row.fits(day):
            found += [(a, b if b > a else MINUTES) for a, b in row.hours or ((0, MINUTES),)]
        if any(b <= a for a, b in row.hours) and row.fits(day - DAY):
            found += [(0, b) for a, b in row.hours if b <= a]
    return found


def _joined[N: (int, float)](pieces: Iterable[tuple[N, N]]) -> list[tuple[N, N]]:
    """The pieces in order, those that touch made one."""
    found: list[tuple[N, N]] = []
    for start, end in sorted(pieces):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return found


def _without(
    pieces: Iterable[tuple[int, int]], taken: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """What is left of the pieces; `taken` is in order and disjoint, as are they."""
    found = []
    for start, end in pieces:
        inside = [(max(a, start), min(b, end)) for a, b in taken if a < end and b > start]
        edges = [start, *(edge for pair in inside for edge in pair), end]
        found += [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
    return found


def _at(day: date, minute: int, zone: ZoneInfo) -> float:
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    return instant(local, zone).timestamp()
