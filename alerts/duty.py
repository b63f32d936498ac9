"""Who has each schedule now, for the frame of every page: worked out when something changed.

The history of what people edit tells whether anything changed, in four looks at the end of an
index. Names and switched-off accounts are looked at once a minute; and so is an edit that got its
number before another one and was committed after it, which no newest number tells of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts import oncall
from alerts.models import Schedule
from alerts.summary import person

# Tables of the history that say what edition of the schedules is in force.
EDITED = (
    "alerts_scheduleevent",
    "alerts_schedulelayerevent",
    "alerts_participantevent",
    "alerts_overrideevent",
)
FRESH = timedelta(seconds=60)
Edition = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Duty:
    """One schedule now. `user_id` None: nobody; `gap`: the fallback stands in.

    `until` is None when no hand-over is in sight.
    """

    schedule: str
    user_id: int | None
    name: str
    until: datetime | None
    gap: bool


_known: dict[Edition, tuple[datetime, datetime, tuple[Duty, ...]]] = {}


def now_on(edition: Edition, *, now: datetime) -> tuple[Duty, ...]:
    """Every schedule's duty, by name. Remembered for this edition until the next hand-over."""
    since, until, found = _known.get(edition, (now, now, ()))
    if not since <= now < until:
        schedules = Schedule.objects.select_related("fallback")
        found = tuple(_duty(schedule, now=now) for schedule in schedules)
        until = min([now + FRESH, *(one.until for one in found if one.until)])
        _known.clear()
        _known[edition] = (now, until, found)
    return found


def shown(duties: Sequence[Duty], *, reader_id: int) -> Duty | None:
    """The one that matters most to the reader: their own, else one that nobody has."""
    ranked = sorted(duties, key=lambda one: (one.user_id != reader_id, one.user_id is not None))
    return ranked[0] if ranked else None


def _duty(schedule: Schedule, *, now: datetime) -> Duty:
    current, following = oncall.current(schedule, now)
    user = current.user
    name = person(user) if user else ""
    until = current.end if following else None
    return Duty(schedule.name, user.pk if user else None, name, until, current.gap)
