"""Windows of time that may come again: RRULE by the wall clock of a zone. Pure.

A start that a clock change skips is the first instant after it; an hour that comes twice counts
once, the first time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

LONGEST_REPEATED = timedelta(days=7)
LONGEST_INTERVAL, MOST_TIMES = 99, 1_000
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY")
PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "WKST")
LONGEST_RULE = 200  # characters
SHAPE = re.compile(
    r"(?:(?:FREQ=[A-Z]+|INTERVAL=\d{1,4}|COUNT=\d{1,4}|UNTIL=\d{8}(?:T\d{6}Z?)?|WKST=[A-Z]{2}"
    r"|BYDAY=[-+]?\d?[A-Z]{2}(?:,[-+]?\d?[A-Z]{2})*|BYMONTHDAY=-?\d{1,2}(?:,-?\d{1,2})*)(?:;|$))+",
    re.ASCII,
)


class Unrepeatable(ValueError):
    """The rule cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to before `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """The first window, and the rule by which it comes again (blank: once)."""

    start: datetime
    end: datetime
    rule: str = ""
    zone: str = "UTC"

    def first_ending_after(self, moment: datetime) -> Window | None:
        """The window that is open at the moment, else the next one; None when none comes."""
        if not self.rule:
            return Window(self.start, self.end) if self.end > moment else None
        return next((w for w in self._from(moment) if w.end > moment), None)

    def between(self, after: datetime, before: datetime) -> Iterator[Window]:
        """The windows that touch the span, in their order."""
        moment = after
        while (window := self.first_ending_after(moment)) and window.start < before:
            yield window
            moment = window.end

    def _from(self, moment: datetime) -> Iterator[Window]:
        zone = ZoneInfo(self.zone)
        first = self.start.astimezone(zone).replace(tzinfo=None, microsecond=0)  # rules know none
        lasts = self.end.astimezone(zone).replace(tzinfo=None) - first
        local = moment.astimezone(zone).replace(tzinfo=None)
        rule = _rule(self.rule, first)
        begin = rule.before(local - lasts - timedelta(hours=3), inc=True) or first
        for start in rule.xafter(begin, inc=True):
            yield Window(_instant(start, zone), _instant(start + lasts, zone))


def check(schedule: Schedule) -> None:
    """Raises Unrepeatable for a rule that is none, is too frequent, or never comes."""
    if not schedule.rule:
        return
    if len(schedule.rule) > LONGEST_RULE or "\n" in schedule.rule:
        raise Unrepeatable(f"A rule is one line of at most {LONGEST_RULE} characters.")
    if schedule.end - schedule.start > LONGEST_REPEATED:
        raise Unrepeatable("What comes again lasts at most 7 days.")
    if schedule.first_ending_after(schedule.end) is None:
        raise Unrepeatable("It never comes again.")


def _parts(text: str) -> dict[str, str]:
    """The rule taken apart. Only what surely comes again is let through: a search for a day that
    never comes would go on to the year 9999.
    """
    said = text.upper().removeprefix("RRULE:")
    if not SHAPE.fullmatch(said):
        raise Unrepeatable(f"Only {', '.join(PARTS)} may stand in it, as NAME=VALUE;NAME=VALUE.")
    pairs = [part.split("=") for part in said.split(";")]
    parts = dict(pairs)
    if len(parts) != len(pairs):
        raise Unrepeatable("Each part stands once.")
    if parts.get("FREQ") not in FREQUENCIES:
        raise Unrepeatable("It comes daily, weekly or monthly: FREQ=DAILY, WEEKLY or MONTHLY.")
    if not 1 <= int(parts.get("INTERVAL", "1")) <= LONGEST_INTERVAL:
        raise Unrepeatable(f"INTERVAL is between 1 and {LONGEST_INTERVAL}.")
    if not 1 <= int(parts.get("COUNT", "1")) <= MOST_TIMES:
        raise Unrepeatable(f"COUNT is between 1 and {MOST_TIMES}.")
    if "BYMONTHDAY" in parts and parts["FREQ"] != "MONTHLY":
        raise Unrepeatable("BYMONTHDAY goes with FREQ=MONTHLY.")
    if "BYDAY" in parts and parts["FREQ"] == "DAILY" and "INTERVAL" in parts:
        raise Unrepeatable("With FREQ=DAILY, BYDAY and INTERVAL exclude each other.")
    return parts


def _rule(text: str, first: datetime) -> rrule:
    """Raises Unrepeatable."""
    parts = _parts(text)
    if "UNTIL" in parts:  # the wall clock of the zone, like the start
        parts["UNTIL"] = parts["UNTIL"].removesuffix("Z")
    plain = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        rule = rrulestr(plain, dtstart=first)
    except (ValueError, TypeError, OverflowError) as error:
        raise Unrepeatable(f"No recurrence rule: {error}.") from error
    if not isinstance(rule, rrule):
        raise Unrepeatable("One rule only.")
    return rule


def _instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of this wall clock; a skipped one is the first valid instant after it."""
    there = local.replace(tzinfo=zone)
    back = there.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    if back == local:
        return there.astimezone(UTC)
    gap = back - local
    early = there.astimezone(UTC) - abs(gap)
    return _first_valid(early, there.astimezone(UTC), zone)


def _first_valid(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The instant between the two at which the zone's offset changes."""
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
