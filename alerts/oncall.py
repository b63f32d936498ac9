"""Who is on call, read from the tables: now, in a span of time, and where nobody is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User

from alerts.models import Override, Schedule, ScheduleLayer
from alerts.rotations import Kind, Layer, Roster, Rotation, Span, spans
from alerts.rotations import Override as TakenOver

WEEK = timedelta(days=7)
LOOKED_AHEAD = timedelta(days=62)  # for the next hand-over
FALLBACK = "fallback"
INSTANT = timedelta(microseconds=1)
Draft = tuple[ScheduleLayer, Sequence[User]]  # a layer and who takes turns in it


@dataclass(frozen=True, slots=True)
class OnCall:
    """`user` has the schedule from `start` until before `end`; None: nobody, not even a fallback.

    `gap`: the layers have nobody, and `user` is the fallback person. `source` names the layer.
    """

    start: datetime
    end: datetime
    user: User | None
    source: str
    gap: bool


def who(schedule: Schedule, at: datetime) -> OnCall:
    """Who is on call at this instant; its span lasts no longer than that."""
    return shifts(schedule, at, at + INSTANT)[0]


def shifts(schedule: Schedule, start: datetime, end: datetime) -> list[OnCall]:
    """Who is on call in [start, end), without gap or overlap.

    People who are switched off count as not there: the layer below, then the fallback takes over.
    """
    return _shifts(schedule, _roster(schedule, start, end), start, end)


def drafted(
    schedule: Schedule, layers: Iterable[Draft], start: datetime, end: datetime
) -> list[OnCall]:
    """Who would be on call in [start, end) with these layers, saved or not, and what was agreed."""
    zone = ZoneInfo(schedule.time_zone)
    drawn = [_layer(row, turns, zone) for row, turns in layers]
    return _shifts(schedule, Roster(drawn, _taken(schedule, start, end)), start, end)


def _shifts(schedule: Schedule, roster: Roster, start: datetime, end: datetime) -> list[OnCall]:
    found = spans(roster, start, end)
    people = User.objects.in_bulk({span.person for span in found if span.person is not None})
    fallback = schedule.fallback if schedule.fallback and schedule.fallback.is_active else None
    return [_seen(span, people, fallback) for span in found]


def current(schedule: Schedule, now: datetime) -> tuple[OnCall, OnCall | None]:
    """Who has it now, with the true end of the shift, and who follows (within two months)."""
    ahead = shifts(schedule, now, now + LOOKED_AHEAD)
    first, rest = ahead[0], ahead[1:]
    same = [one for one in rest if one.user == first.user and one.gap == first.gap]
    while rest and same and rest[0] is same[0]:
        first, rest, same = replace(first, end=rest[0].end), rest[1:], same[1:]
    return first, rest[0] if rest else None


def gaps(schedule: Schedule, now: datetime, *, ahead: timedelta = WEEK) -> list[OnCall]:
    """Where the layers have nobody from now on."""
    return [one for one in shifts(schedule, now, now + ahead) if one.gap]


def layer_shifts(
    schedule: Schedule, start: datetime, end: datetime
) -> list[tuple[str, list[OnCall]]]:
    """Each layer alone, the highest first, for the strips of a page."""
    roster = _roster(schedule, start, end)
    strips = []
    for layer in reversed(list(roster.layers)):
        found = spans(Roster([layer]), start, end)
        people = User.objects.in_bulk({span.person for span in found if span.person is not None})
        strips.append((layer.name, [_seen(span, people, None) for span in found]))
    return strips


def _seen(span: Span, people: dict[int, User], fallback: User | None) -> OnCall:
    if span.person is not None:
        return OnCall(span.start, span.end, people[span.person], span.source, gap=False)
    return OnCall(span.start, span.end, fallback, FALLBACK if fallback else "", gap=True)


def _roster(schedule: Schedule, start: datetime, end: datetime) -> Roster:
    zone = ZoneInfo(schedule.time_zone)
    layers = ScheduleLayer.objects.filter(schedule=schedule)
    rows = layers.prefetch_related("participants__user").order_by("position", "pk")
    drawn = [_layer(row, _turns(row), zone) for row in rows]
    return Roster(drawn, _taken(schedule, start, end))


def _turns(row: ScheduleLayer) -> list[User]:
    participants = sorted(row.participants.all(), key=lambda one: (one.position, one.pk))
    return [one.user for one in participants]


def _taken(schedule: Schedule, start: datetime, end: datetime) -> Sequence[TakenOver]:
    """What was agreed beside the layers; nothing of a schedule that is not saved yet."""
    if schedule._state.adding:
        return ()
    return _overrides(
        Override.objects.filter(
            schedule=schedule, starts_at__lt=end, ends_at__gt=start, user__is_active=True
        )
    )


def _layer(row: ScheduleLayer, people: Sequence[User], zone: ZoneInfo) -> Layer:
    turns = tuple(user.pk if user.is_active else None for user in people)
    begins = datetime.combine(row.first_day, row.hand_over_at)
    ends = None
    if row.last_day is not None:
        ends = datetime.combine(row.last_day + timedelta(days=1), row.hand_over_at)
    return Layer(
        name=row.name,
        zone=zone,
        rotation=Rotation(Kind(row.kind), begins, turns, row.length),
        weekdays=frozenset(day for day in range(7) if row.weekdays >> day & 1),
        opens=row.opens,
        closes=row.closes,
        ends=ends,
    )


def _overrides(rows: Iterable[Override]) -> Sequence[TakenOver]:
    return [
        TakenOver(row.starts_at, row.ends_at, row.user_id, row.replaces_id, "override")
        for row in rows
    ]
