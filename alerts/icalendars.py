"""A calendar file (RFC 5545) as spans of time with who is named in them. Pure.

How an event is read:
1. A time without a zone, and a day without a time, are meant on the clock of the reader's `zone`.
2. What comes again comes by the wall clock of its own zone (alerts.recurrence), less the dates
   that are taken out or moved.
3. What cannot be read is told by its title and left out; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar

from alerts.recurrence import Schedule, Unrepeatable, Window, check
from alerts.walltime import instant, midnight, wall

LARGEST = 1024 * 1024  # bytes
MOST_EVENTS = 2_000
MOST_SPANS = 200


class Unreadable(ValueError):
    """No calendar, or too large a one; the text says why."""


@dataclass(frozen=True, slots=True)
class Busy:
    """One span of an event. `people`: the mail addresses that it names, in small letters."""

    start: datetime
    end: datetime
    title: str
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """The spans in order of their start, and what was left out, in words."""

    spans: list[Busy]
    problems: list[str]


def read(body: bytes, *, zone: ZoneInfo, start: datetime, end: datetime) -> Reading:
    """The spans that touch [start, end). Raises Unreadable."""
    events = _events(body)
    moved = set(_moved(events, zone))
    spans: list[Busy] = []
    problems: list[str] = []
    for event in events:
        if _text(event, "status").upper() == "CANCELLED":
            continue
        title = _text(event, "summary")[:120] or "(no title)"
        try:
            for window in _windows(event, zone, start, end, moved):
                spans.append(Busy(window.start, window.end, title, _people(event)))
                if len(spans) > MOST_SPANS:
                    raise Unreadable(f"More than {MOST_SPANS} spans: choose a smaller calendar.")
        except (Unrepeatable, Undated) as wrong:
            problems.append(f"“{title}” is left out: {wrong}")
    return Reading(sorted(spans, key=lambda one: (one.start, one.end)), problems)


class Undated(ValueError):
    """An event whose times cannot be read."""


def _events(body: bytes) -> list[Any]:
    if len(body) > LARGEST:
        raise Unreadable("A calendar of more than 1 MiB is not read.")
    try:
        events = list(Calendar.from_ical(body).walk("VEVENT"))
    except (ValueError, KeyError, IndexError, RecursionError) as wrong:
        raise Unreadable("That is no calendar file (iCalendar, RFC 5545).") from wrong
    if len(events) > MOST_EVENTS:
        raise Unreadable(f"A calendar of more than {MOST_EVENTS} events is not read.")
    return events


def _moved(events: Iterable[Any], zone: ZoneInfo) -> Iterator[tuple[str, datetime]]:
    """Single times of a recurring event that have an event of their own."""
    for event in events:
        if hasattr(event.get("recurrence-id"), "dt"):
            with suppress(Undated):  # such an event is left out, and moves nothing
                yield _text(event, "uid"), _instant(event["recurrence-id"].dt, zone)


def _windows(
    event: Any,
    zone: ZoneInfo,
    start: datetime,
    end: datetime,
    moved: set[tuple[str, datetime]],
) -> Iterator[Window]:
    """Raises Undated, Unrepeatable."""
    begins, ends = _times(event)
    first, last = _instant(begins, zone), _instant(ends, zone)
    if last < first:
        raise Undated("it ends before it begins.")
    if last == first:  # a reminder: it takes no time
        return
    if "rrule" not in event or "recurrence-id" in event:
        if first < end and last > start:
            yield Window(first, last)
        return
    own = zone if not isinstance(begins, datetime) or begins.tzinfo is None else begins.tzinfo
    name = getattr(own, "key", "UTC" if own is UTC else "")
    if not name:
        raise Unrepeatable("its time zone has no known name.")
    again = Schedule(first, last, _rule(event["rrule"], ZoneInfo(name)), name)
    check(again)
    out = {_instant(each, zone) for each in _taken_out(event)}
    for window in again.between(start, end):
        if window.start not in out and (_text(event, "uid"), window.start) not in moved:
            yield window


def _times(event: Any) -> tuple[date, date]:
    """Start and end as the event has them, days or datetimes. Raises Undated."""
    try:
        return event.start, event.end
    except (ValueError, TypeError, AttributeError, OverflowError) as wrong:
        raise Undated("its times cannot be read.") from wrong


def _instant(moment: Any, zone: ZoneInfo) -> datetime:
    """Raises Undated for what is no instant of the years 1 to 9999."""
    try:
        if not isinstance(moment, datetime):
            return midnight(moment, zone)
        return instant(moment, zone) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as wrong:
        raise Undated("its times cannot be read.") from wrong


def _rule(given: Any, zone: ZoneInfo) -> str:
    """The rule on one line, its last time on the wall clock of the zone."""
    if isinstance(given, list):
        raise Unrepeatable("it has two rules.")
    rule = given.copy()
    until = [
        wall(each, zone) if isinstance(each, datetime) and each.tzinfo else each
        for each in rule.get("UNTIL", [])
    ]
    if until:
        rule["UNTIL"] = until
    return str(rule.to_ical().decode())


def _taken_out(event: Any) -> Iterator[Any]:
    given = event.get("exdate", [])
    for dates in given if isinstance(given, list) else [given]:
        yield from (each.dt for each in getattr(dates, "dts", []))


def _people(event: Any) -> tuple[str, ...]:
    given = event.get("attendee", [])
    named = given if isinstance(given, list) else [given]
    return tuple(str(each).lower().removeprefix("mailto:") for each in named)


def _text(event: Any, name: str) -> str:
    return str(event.get(name, "")).strip()
