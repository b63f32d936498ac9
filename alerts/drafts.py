"""A schedule that is being edited: who would be on call in the next weeks, and where nobody is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.utils import timezone

from alerts import oncall, strips
from alerts.models import Schedule
from alerts.oncall import Draft, OnCall
from alerts.strips import Piece
from alerts.summary import person
from alerts.walltime import midnight, wall

WEEKS = 4
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of the wall clock: as edited, and as it is now where that differs."""

    start: datetime
    days: Sequence[tuple[float, datetime]]
    edited: Sequence[Piece]
    current: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Outlook:
    """`hours` of each person from the most to the fewest; `gaps` where no layer has anybody."""

    weeks: Sequence[Week]
    gaps: Sequence[OnCall]
    hours: Sequence[tuple[str, float]]
    changed: bool


def outlook(schedule: Schedule, layers: Iterable[Draft], *, now: datetime) -> Outlook:
    """Four weeks from today, on the clock of the schedule. Nothing is written."""
    zone = ZoneInfo(schedule.time_zone)
    today = wall(now, zone).date()
    edges = [midnight(today + timedelta(weeks=week), zone) for week in range(WEEKS + 1)]
    start, end = edges[0], edges[-1]
    edited = oncall.drafted(schedule, layers, start, end)
    saved = Schedule.objects.select_related("fallback").filter(pk=schedule.pk).first()
    current = oncall.shifts(saved, start, end) if saved else []
    changed = bool(current) and _plain(edited) != _plain(current)
    with timezone.override(zone):
        weeks = [
            Week(
                first,
                strips.days(first, last),
                strips.pieces(_within(edited, first, last), None, first, last),
                strips.pieces(_within(current if changed else [], first, last), None, first, last),
            )
            for first, last in pairwise(edges)
        ]
    return Outlook(weeks, [one for one in edited if one.gap], _hours(edited), changed)


def _plain(shifts: Sequence[OnCall]) -> list[tuple[datetime, int | None, bool]]:
    return [(one.start, one.user.pk if one.user else None, one.gap) for one in shifts]


def _within(shifts: Sequence[OnCall], start: datetime, end: datetime) -> list[OnCall]:
    return [
        OnCall(max(one.start, start), min(one.end, end), one.user, one.source, one.gap)
        for one in shifts
        if one.start < end and one.end > start
    ]


def _hours(shifts: Sequence[OnCall]) -> list[tuple[str, float]]:
    found: dict[str, float] = {}
    for one in shifts:
        name = person(one.user) if one.user and not one.gap else "nobody"
        found[name] = found.get(name, 0.0) + (one.end - one.start) / HOUR
    return sorted(found.items(), key=lambda pair: -pair[1])
