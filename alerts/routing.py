"""What people said about routing, read once per edit: routes, silences, inhibitions.

A trigger changes the edition with every edit, whatever road it took, so that every process asks
one row and reads the rest only when that row has changed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from alerts.calendars import Calendar, Unreadable
from alerts.matchers import Matchers, from_json
from alerts.models import Alert, Inhibition, Route, Rule, Silence
from alerts.models import Calendar as CalendarRow
from alerts.recurrence import Schedule, Window
from alerts.tree import Channel, Node, Place, places, settled
from ops_portal.lib.sql import prepared

logger = logging.getLogger(__name__)

MEMBERS = ("receivers", "mute_calendars", "active_calendars")
EDITION = "SELECT mark FROM alerts_routingedition"
NO_ROUTES = Node(id=0, name="Everything")


@dataclass(slots=True)
class Hush:
    """A silence that has not been ended, with the window that is open or comes next."""

    id: UUID
    kind: str
    reason: str
    by: str
    matchers: Matchers
    schedule: Schedule
    ends_on_resolve: bool
    was_hit: bool
    _window: Window | None = None
    _looked: bool = False

    def is_open(self, now: datetime) -> bool:
        window = self.window(now)
        return window is not None and window.start <= now

    def window(self, now: datetime) -> Window | None:
        """The window that is open now, else the next one. Time only goes on between two calls."""
        if not self._looked or (self._window is not None and self._window.end <= now):
            self._window, self._looked = self.schedule.first_ending_after(now), True
        return self._window

    def why(self) -> dict[str, str]:
        """The reason as an alert keeps it."""
        return {"kind": self.kind, "id": str(self.id), "name": self.reason, "by": self.by}


@dataclass(frozen=True, slots=True)
class Inhibitor:
    """While an alert that fits `source` is open, those that fit `target` are kept quiet."""

    id: int
    name: str
    source: Matchers
    target: Matchers
    equal: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """What holds under one edition."""

    edition: UUID | None
    root: Node
    hushes: list[Hush] = field(default_factory=list)
    inhibitors: list[Inhibitor] = field(default_factory=list)
    hours: dict[int, Calendar] = field(default_factory=dict)  # by rule: when it is judged
    timed: list[Calendar] = field(default_factory=list)  # those that a rule or a route has

    def open_calendars(self, now: datetime) -> tuple[bool, ...]:
        """Of each calendar, whether it is open."""
        return tuple(each.is_open(now.timestamp()) for each in self.timed)


class _Memory:
    book: Book | None = None


_memory = _Memory()


def book() -> Book:
    """The newest edition, from memory where it has not changed."""
    with prepared() as cursor:  # each page and each alert asks
        cursor.execute(EDITION)
        edition = next(iter(cursor.fetchone() or ()), None)
    known = _memory.book
    if known is None or known.edition != edition or edition is None:
        known = _memory.book = _read(edition)
    return known


def _read(edition: UUID | None) -> Book:
    """Calendars that cannot be read are as if they were not there: an alert rather tells."""
    calendars = _calendars()
    rules = Rule.objects.filter(calendar__in=calendars).values_list("pk", "calendar_id")
    return Book(
        edition,
        _tree(calendars),
        _hushes(),
        _inhibitors(),
        {rule_id: calendars[calendar_id] for rule_id, calendar_id in rules if calendar_id},
        list(calendars.values()),
    )


def places_of(labels: Mapping[str, str]) -> list[Place]:
    """Where an alert with these labels goes; at least to one place."""
    return places(book().root, labels)


def labels_of(alert: Alert) -> dict[str, str]:
    """The labels that matchers see: the alert's own, its name and its severity."""
    return {"alertname": alert.rule_name, "severity": alert.severity, **alert.labels}


def maintenance(*, now: datetime) -> list[Hush]:
    """The maintenance windows that are open."""
    windows = [hush for hush in book().hushes if hush.kind == Silence.Kind.MAINTENANCE]
    return [hush for hush in windows if hush.is_open(now)]


def every_place() -> dict[int, Place]:
    """What holds at each route, by its id."""
    return {way[-1].id: settled(way) for way in _ways((book().root,))}


def _ways(way: tuple[Node, ...]) -> Iterator[tuple[Node, ...]]:
    yield way
    for child in way[-1].children:
        yield from _ways((*way, child))


def address(path: str) -> str:
    """The path as a link that works outside the portal."""
    return f"{settings.PORTAL_URL.rstrip('/')}{path}"


def told(found: Sequence[Place]) -> list[dict[str, Any]]:
    """The places as the alert's history keeps them."""
    return [
        {
            "route": place.route_id,
            "way": place.names,
            "channels": [channel.name for channel in place.receivers],
        }
        for place in found
    ]


def schedule_of(silence: Silence) -> Schedule:
    return Schedule(silence.starts_at, silence.ends_at, silence.recurrence, silence.zone)


def _hushes() -> list[Hush]:
    rows = Silence.objects.filter(ended_at=None).select_related("created_by").order_by("pk")
    return [
        Hush(
            id=row.pk,
            kind=row.kind,
            reason=row.reason,
            by=row.created_by.get_username(),
            matchers=from_json(row.matchers),
            schedule=schedule_of(row),
            ends_on_resolve=row.expire_on_resolve,
            was_hit=row.hit_at is not None,
        )
        for row in rows
    ]


def _inhibitors() -> list[Inhibitor]:
    return [
        Inhibitor(
            id=row.pk,
            name=row.name,
            source=from_json(row.source),
            target=from_json(row.target),
            equal=tuple(row.equal),
        )
        for row in Inhibition.objects.filter(enabled=True).order_by("pk")
    ]


def _calendars() -> dict[int, Calendar]:
    """Those that somebody uses, by their rows."""
    used = Q(rules__isnull=False) | Q(muted__isnull=False) | Q(active__isnull=False)
    found = {}
    for row in CalendarRow.objects.filter(used).distinct().order_by("pk"):
        try:
            found[row.pk] = row.read()
        except Unreadable:
            logger.warning("a calendar cannot be read", extra={"calendar": row.name})
    return found


def _tree(calendars: Mapping[int, Calendar]) -> Node:
    rows = list(Route.objects.prefetch_related(*MEMBERS).order_by("position"))
    children: dict[int | None, list[Route]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    roots = children.get(None)
    return _node(roots[0], children, calendars) if roots else NO_ROUTES


def _node(
    row: Route, children: Mapping[int | None, list[Route]], calendars: Mapping[int, Calendar]
) -> Node:
    receivers = sorted(row.receivers.all(), key=lambda receiver: receiver.pk)
    return Node(
        id=row.pk,
        name=row.name,
        matchers=from_json(row.matchers),
        continues=row.continues,
        children=tuple(_node(child, children, calendars) for child in children.get(row.pk, ())),
        receivers=tuple(Channel(receiver.pk, receiver.name) for receiver in receivers),
        policy_id=row.policy_id,
        nobody=row.nobody,
        mute=_those(row.mute_calendars.all(), calendars),
        active=_those(row.active_calendars.all(), calendars),
        group_by=None if row.group_by is None else tuple(row.group_by),
        wait=row.wait_seconds,
        interval=row.interval_seconds,
        repeat=row.repeat_seconds,
    )


def _those(rows: Iterable[CalendarRow], calendars: Mapping[int, Calendar]) -> tuple[Calendar, ...]:
    """Those of them that can be read, by name."""
    return tuple(calendars[row.pk] for row in rows if row.pk in calendars)
