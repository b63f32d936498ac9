"""Who is on call when: layers of rotations, overrides on top. Pure; people are numbers.

How an answer is found:
1. A rotation is a list of shifts of equal length on the wall clock of its zone.
2. A layer keeps those parts of its shifts that fall into its weekdays and times of day.
3. Layers are painted over each other, the highest last; where a layer has nobody, the one below
   shows through.
4. Overrides are painted over the layers; one that replaces a person only where that person is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from alerts.walltime import add_months, instant, wall

DAY = timedelta(days=1)
EVERY_DAY = frozenset(range(7))
INSTANT = timedelta(microseconds=1)


class Kind(StrEnum):
    """The unit of a shift's length."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


LENGTHS = {Kind.HOURLY: timedelta(hours=1), Kind.DAILY: DAY, Kind.WEEKLY: 7 * DAY}


@dataclass(frozen=True, slots=True)
class Rotation:
    """`people` take turns, each for `length` units of `kind`, the first from the naive `start`.

    None in `people` is a turn that nobody takes. Lengths count on the wall clock: a daily shift
    ends at the same time of day, whether the day has 23, 24 or 25 hours.
    """

    kind: Kind
    start: datetime
    people: tuple[int | None, ...]
    length: int = 1

    def turn_starts(self, number: int) -> datetime:
        """The naive time at which turn `number` (from 0) begins."""
        if self.kind == Kind.MONTHLY:
            return add_months(self.start, number * self.length)
        return self.start + number * self.length * LENGTHS[self.kind]

    def turn_at(self, local: datetime) -> int:
        """The turn that the wall clock points to; negative before the first."""
        if self.kind == Kind.MONTHLY:
            months = (local.year - self.start.year) * 12 + local.month - self.start.month
            number = months // self.length
            return number - 1 if self.turn_starts(number) > local else number
        return (local - self.start) // (self.length * LENGTHS[self.kind])


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` until before `end` this person is on call; None: nobody. `source` says why."""

    start: datetime
    end: datetime
    person: int | None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: a rotation within weekdays (0 is Monday) and times of day, or ready-made `shifts`.

    From `opens` until before `closes`, on the days of `weekdays`; closing at or before opening
    means on the day after, and the whole day when both are equal. Nobody after `ends` (naive).
    """

    name: str
    zone: ZoneInfo
    rotation: Rotation | None = None
    weekdays: frozenset[int] = EVERY_DAY
    opens: time = time()
    closes: time = time()
    ends: datetime | None = None
    shifts: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Override:
    """`person` takes over; only from `replaces` where that is given."""

    start: datetime
    end: datetime
    person: int | None
    replaces: int | None = None
    name: str = "override"


@dataclass(frozen=True, slots=True)
class Roster:
    """Layers from the lowest to the highest, and what was agreed beside them."""

    layers: Sequence[Layer] = ()
    overrides: Sequence[Override] = field(default_factory=tuple)


def spans(roster: Roster, start: datetime, end: datetime) -> list[Span]:
    """Who is on call in [start, end): spans without gap or overlap, gaps as spans of nobody."""
    if start >= end:
        return []
    painted = [Span(start, end, None)]
    for layer in roster.layers:
        painted = _paint(painted, layer_spans(layer, start, end))
    for override in sorted(roster.overrides, key=lambda one: one.start):
        painted = _paint(painted, _taken_over(painted, override))
    return _joined(painted)


def at(roster: Roster, moment: datetime) -> Span:
    """Who is on call at the moment; the span lasts a microsecond."""
    return spans(roster, moment, moment + INSTANT)[0]


def layer_spans(layer: Layer, start: datetime, end: datetime) -> list[Span]:
    """What the layer alone says of [start, end); nothing where it has nobody."""
    if layer.ends is not None:
        end = min(end, instant(layer.ends, layer.zone))
    shifts: Iterable[Span] = layer.shifts
    if layer.rotation is not None:
        shifts = _turns(layer, layer.rotation, start, end)
    busy = [shift for shift in shifts if shift.person is not None]
    return [
        replace(shift, start=max(shift.start, opens), end=min(shift.end, closes))
        for shift, (opens, closes) in _meeting(busy, _windows(layer, start, end))
    ]


def _turns(layer: Layer, rotation: Rotation, start: datetime, end: datetime) -> Iterator[Span]:
    """The shifts that touch [start, end); one between two skipped times has no length."""
    if not rotation.people:
        return
    number = max(0, rotation.turn_at(wall(start, layer.zone)) - 1)
    begins = instant(rotation.turn_starts(number), layer.zone)
    while begins < end:
        over = instant(rotation.turn_starts(number + 1), layer.zone)
        if over > begins and over > start:
            person = rotation.people[number % len(rotation.people)]
            yield Span(begins, over, person, layer.name)
        number, begins = number + 1, over


def _windows(layer: Layer, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The times in [start, end) in which the layer counts, in order."""
    if layer.weekdays == EVERY_DAY and layer.opens == layer.closes:
        yield start, end
        return
    day, last = wall(start, layer.zone).date() - DAY, wall(end, layer.zone).date()
    while day <= last:
        if day.weekday() in layer.weekdays:
            until = day if layer.closes > layer.opens else day + DAY
            opens = instant(datetime.combine(day, layer.opens), layer.zone)
            closes = instant(datetime.combine(until, layer.closes), layer.zone)
            if max(opens, start) < min(closes, end):
                yield max(opens, start), min(closes, end)
        day += DAY


def _meeting(
    shifts: Sequence[Span], windows: Iterable[tuple[datetime, datetime]]
) -> Iterator[tuple[Span, tuple[datetime, datetime]]]:
    """The pairs that overlap, both in order."""
    place = 0
    for window in windows:
        while place < len(shifts) and shifts[place].end <= window[0]:
            place += 1
        for shift in shifts[place:]:
            if shift.start >= window[1]:
                break
            yield shift, window


def _taken_over(painted: Sequence[Span], override: Override) -> list[Span]:
    return [
        Span(
            max(span.start, override.start),
            min(span.end, override.end),
            override.person,
            override.name,
        )
        for span in painted
        if span.start < override.end
        and override.start < span.end
        and (override.replaces is None or span.person == override.replaces)
    ]


def _paint(under: Sequence[Span], over: Sequence[Span]) -> list[Span]:
    """`over` where it says something, `under` elsewhere; both in order, neither overlapping."""
    painted: list[Span] = []
    place = 0
    for span in under:
        start = span.start
        while place < len(over) and over[place].start < span.end:
            top = over[place]
            if top.end > start:
                begins = max(top.start, span.start)
                if begins > start:
                    painted.append(replace(span, start=start, end=begins))
                painted.append(replace(top, start=begins, end=min(top.end, span.end)))
                start = min(top.end, span.end)
            if top.end > span.end:
                break
            place += 1
        if start < span.end:
            painted.append(replace(span, start=start))
    return painted


def _joined(painted: Iterable[Span]) -> list[Span]:
    """Neighbours that say the same become one."""
    joined: list[Span] = []
    for span in painted:
        last = joined[-1] if joined else None
        if last and (last.person, last.source) == (span.person, span.source):
            joined[-1] = replace(last, end=span.end)
        else:
            joined.append(span)
    return joined
