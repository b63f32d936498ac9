"""Why an alert tells nobody now: silences, maintenance, calendars, alerts that inhibit it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts import routing
from alerts.calendars import Calendar
from alerts.matchers import match
from alerts.models import Alert
from alerts.routing import Book, Inhibitor
from alerts.tree import places

Reason = dict[str, Any]  # {"kind", "id", "name", "by"}


@dataclass(frozen=True, slots=True)
class Open:
    """An open alert as inhibitions see it."""

    id: int
    labels: Mapping[str, str]
    rule_id: int | None = None


def hush_at_birth(born: Sequence[tuple[Alert, Mapping[str, str]]], *, now: datetime) -> None:
    """Tell alerts that fire just now, given with the labels that matchers see, why they are quiet.

    The open alerts are read once, and only where an inhibition could keep one of these quiet.
    """
    book = routing.book()
    concerned = [
        inhibitor
        for inhibitor in book.inhibitors
        if any(match(inhibitor.target, labels) for _, labels in born)
    ]
    opened = open_alerts(book) if concerned else []
    hierarchy = [Above(inhibitor, opened) for inhibitor in concerned]
    for alert, labels in born:
        mine = Open(alert.pk, labels, alert.rule_id)
        alert.suppressed_by = _hushed(book, labels, now) + _out_of_hours(book, mine, now)
        for above in hierarchy:
            alert.suppressed_by += above.over(mine)


def reasons_of_all(
    book: Book, alerts: Sequence[Open], *, now: datetime
) -> Iterable[tuple[int, list[Reason]]]:
    """Each open alert with what keeps it quiet."""
    hierarchy = [Above(inhibitor, alerts) for inhibitor in book.inhibitors]
    for alert in alerts:
        reasons = _hushed(book, alert.labels, now) + _out_of_hours(book, alert, now)
        for above in hierarchy:
            reasons += above.over(alert)
        yield alert.id, reasons


def reasons_if_fired(
    labels: Mapping[str, str], *, rule_id: int | None, now: datetime
) -> list[Reason]:
    """What would keep an alert quiet that fired now with these labels, as matchers see them."""
    book, mine = routing.book(), Open(0, labels, rule_id)
    reasons = _hushed(book, labels, now) + _out_of_hours(book, mine, now)
    concerned = [each for each in book.inhibitors if match(each.target, labels)]
    opened = open_alerts(book) if concerned else []
    for inhibitor in concerned:
        reasons += Above(inhibitor, opened).over(mine)
    return reasons


def open_alerts(book: Book) -> list[Open]:
    """The alerts that are not resolved; none are read where nothing could keep one quiet."""
    if not book.inhibitors and not book.hushes and not book.timed:
        return []
    rows = Alert.objects.exclude(state=Alert.State.RESOLVED).order_by("pk")
    found = rows.values_list("pk", "rule_name", "severity", "labels", "rule_id")
    return [
        Open(pk, {"alertname": name, "severity": severity, **labels}, rule_id)
        for pk, name, severity, labels, rule_id in found
    ]


class Above:
    """The source alerts of one inhibition, by the values of its `equal` labels."""

    def __init__(self, inhibitor: Inhibitor, alerts: Iterable[Open]) -> None:
        self.inhibitor = inhibitor
        self.sources: dict[tuple[str, ...], list[tuple[Open, bool]]] = {}
        for alert in alerts:
            if match(inhibitor.source, alert.labels):
                both = match(inhibitor.target, alert.labels)
                self.sources.setdefault(self._key(alert), []).append((alert, both))

    def over(self, target: Open) -> list[Reason]:
        """The reason that this alert is kept quiet, if one of the sources does.

        An alert that fits both sides is not kept quiet by others of its kind, nor by itself.
        """
        if not match(self.inhibitor.target, target.labels):
            return []
        is_source = match(self.inhibitor.source, target.labels)
        for source, both in self.sources.get(self._key(target), ()):
            if source.id != target.id and not (is_source and both):
                made = self.inhibitor
                return [{"kind": "inhibition", "id": made.id, "name": made.name, "by": source.id}]
        return []

    def _key(self, alert: Open) -> tuple[str, ...]:
        return tuple(alert.labels.get(name, "") for name in self.inhibitor.equal)


def _hushed(book: Book, labels: Mapping[str, str], now: datetime) -> list[Reason]:
    return [
        hush.why() for hush in book.hushes if match(hush.matchers, labels) and hush.is_open(now)
    ]


def _out_of_hours(book: Book, alert: Open, now: datetime) -> list[Reason]:
    """The rule's calendar is closed, or those of all routes that the alert takes keep it quiet."""
    if not book.timed:
        return []
    at, keeping = now.timestamp(), []
    hours = book.hours.get(alert.rule_id or 0)
    if hours is not None and not hours.is_open(at):
        keeping.append(hours)
    muted = [place.muted_by(at) for place in places(book.root, alert.labels)]
    if all(muted):
        keeping += [calendar for calendars in muted for calendar in calendars]
    return [_by_calendar(calendar, at) for calendar in dict.fromkeys(keeping)]


def _by_calendar(calendar: Calendar, at: float) -> Reason:
    return {"kind": "calendar", "id": calendar.name, "name": calendar.told(at), "by": ""}
