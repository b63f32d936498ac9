"""A week of a schedule as a strip: who, from where to where, in percent of the width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from alerts import oncall
from alerts.models import Schedule
from alerts.oncall import OnCall
from alerts.summary import person
from alerts.walltime import SECOND

COLOURS = 8
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Piece:
    """A shift on the strip: `x` and `width` in percent, `colour` 1..8, 0 for a gap."""

    x: float
    width: float
    name: str
    colour: int
    start: datetime
    end: datetime
    mine: bool

    @property
    def wide(self) -> bool:
        """Whether a name fits in."""
        return self.width >= 4.5


@dataclass(frozen=True, slots=True)
class Week:
    """What the page shows of one schedule."""

    schedule: Schedule
    now: OnCall
    following: OnCall | None
    gaps: Sequence[OnCall]
    rows: Sequence[tuple[str, Sequence[Piece]]]
    days: Sequence[tuple[float, datetime]]
    here: float | None  # where now is, in percent; None outside the week
    mine: Sequence[OnCall]


def week(schedule: Schedule, *, reader: User, start: datetime, now: datetime) -> Week:
    """The week from `start`, with what is on call now and next and what the reader has."""
    end = start + WEEK
    final = oncall.shifts(schedule, start, end)
    now_on, following = oncall.current(schedule, now)
    layers = oncall.layer_shifts(schedule, start, end)
    alone = [(name, [one for one in found if not one.gap]) for name, found in layers]
    rows = [("On call", final), *(alone if len(layers) > 1 else [])]
    return Week(
        schedule=schedule,
        now=now_on,
        following=following,
        gaps=[] if schedule.gaps_expected else oncall.gaps(schedule, now),
        rows=[(name, pieces(found, reader, start, end)) for name, found in rows],
        days=days(start, end),
        here=_percent(now, start, end) if start <= now < end else None,
        mine=[one for one in oncall.shifts(schedule, now, now + 2 * WEEK) if one.user == reader],
    )


def monday(now: datetime, *, weeks: int = 0) -> datetime:
    """Midnight of the Monday of this week, or of one `weeks` later, in the reader's zone."""
    local = timezone.localtime(now) - timedelta(days=timezone.localtime(now).weekday())
    day = (local + timedelta(weeks=weeks)).replace(tzinfo=None)
    return timezone.make_aware(day.replace(hour=0, minute=0, second=0, microsecond=0))


def pieces(
    found: Iterable[OnCall], reader: User | None, start: datetime, end: datetime
) -> list[Piece]:
    """The shifts as parts of the strip from `start` to `end`."""
    return [
        Piece(
            x=_percent(one.start, start, end),
            width=_percent(one.end, start, end) - _percent(one.start, start, end),
            name=_name(one),
            colour=0 if one.user is None or one.gap else one.user.pk % COLOURS + 1,
            start=one.start,
            end=one.end,
            mine=reader is not None and one.user == reader,
        )
        for one in found
    ]


def _name(one: OnCall) -> str:
    if one.user is None:
        return "nobody"
    return f"{person(one.user)} (fallback)" if one.gap else person(one.user)


def days(start: datetime, end: datetime) -> list[tuple[float, datetime]]:
    """Where each day of the week begins, in percent."""
    local = timezone.localtime(start).replace(tzinfo=None)
    starts = (timezone.make_aware(local + timedelta(days=day)) for day in range(7))
    return [(_percent(day, start, end), day) for day in starts]


def _percent(moment: datetime, start: datetime, end: datetime) -> float:
    return round(100 * ((moment - start) / SECOND) / ((end - start) / SECOND), 3)
