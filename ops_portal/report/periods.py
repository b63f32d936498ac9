"""Weeks, months and other spans of whole UTC days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
LONGEST = 366  # days
EARLIEST, LATEST = date(2009, 1, 1), date(2100, 1, 1)
WEEK, MONTH, DAYS = "week", "month", "days"


@dataclass(frozen=True, slots=True)
class Period:
    """Both days are included. A week is the ISO one, from Monday to Sunday."""

    kind: str
    first: date
    last: date

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def name(self) -> str:
        if self.kind == WEEK:
            year, number, _ = self.first.isocalendar()
            return f"Week {number} of {year}"
        if self.kind == MONTH:
            return f"{self.first:%B %Y}"
        return f"{self.first.day} {self.first:%B %Y} to {self.last.day} {self.last:%B %Y}"

    @property
    def query(self) -> dict[str, str]:
        """What names it in an address."""
        if self.kind == WEEK:
            year, number, _ = self.first.isocalendar()
            return {"week": f"{year}-W{number:02}"}
        if self.kind == MONTH:
            return {"month": f"{self.first:%Y-%m}"}
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}

    @property
    def before(self) -> Period:
        """The one that ends where this begins; of a span of days, one as long."""
        last = self.first - DAY
        if self.kind == MONTH:
            return month_of(last)
        return Period(self.kind, self.first - self.length * DAY, last)

    @property
    def after(self) -> Period:
        first = self.last + DAY
        if self.kind == MONTH:
            return month_of(first)
        return Period(self.kind, first, self.last + self.length * DAY)


def week_of(day: date) -> Period:
    monday = day - day.weekday() * DAY
    return Period(WEEK, monday, monday + 6 * DAY)


def month_of(day: date) -> Period:
    first = day.replace(day=1)
    return Period(MONTH, first, (first + 31 * DAY).replace(day=1) - DAY)


def asked(query: Mapping[str, str], *, today: date) -> Period | None:
    """What `week`, `month`, or `from` and `to` name, if anything."""
    return (
        _week(query.get("week", ""))
        or _month(query.get("month", ""))
        or _days(query.get("from", ""), query.get("to", ""), today)
    )


def _week(text: str) -> Period | None:
    """`2026-W47`."""
    year, sign, number = text.partition("-W")
    if not (sign and year.isdecimal() and number.isdecimal() and len(text) <= len("2026-W47")):
        return None
    try:
        day = date.fromisocalendar(int(year), int(number), 1)
    except ValueError:
        return None
    return week_of(day) if _known(day) else None


def _month(text: str) -> Period | None:
    day = _day(f"{text}-01")
    return month_of(day) if day else None


def _days(first: str, last: str, today: date) -> Period | None:
    start = _day(first[:10])
    end = _day(last[:10]) or today
    if start is None or not 0 <= (end - start).days < LONGEST:
        return None
    return Period(DAYS, start, end)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _known(day) else None


def _known(day: date) -> bool:
    return EARLIEST <= day < LATEST
