"""Keeps every open alert's reasons for quiet right as time and other alerts move on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from alerts import routing, suppressors, transitions
from alerts.matchers import match
from alerts.models import Alert, Silence, Transition
from alerts.routing import Book
from alerts.summary import frames
from alerts.suppressors import Open, Reason
from alerts.transitions import Change
from analytics.live import Frame

ONE_REVIEWER = 7_302_114  # the advisory lock: the engines take turns
SHARE = 20  # a review that took a second is not made again for this many


class Reviewer:
    """Looks at all open alerts when something has changed since the last look.

    1. Nothing is read while the edition of routing, the open windows and the alerts' history are
       as they were.
    2. Each open alert's reasons are found anew; where they differ from the stored ones, the alert
       changes in one transition.
    3. What was due while an alert was quiet is due at once when nothing keeps it quiet any more.
    4. A silence that ends with its alerts is ended when the last of them is resolved.
    """

    def __init__(self) -> None:
        self._seen: tuple[object, ...] | None = None
        self._rest_until = 0.0

    def review(self, *, now: datetime) -> list[Frame]:
        started = time.monotonic()
        if started < self._rest_until:
            return []
        with transaction.atomic():
            if not _my_turn():
                return []
            seen = _signs(now)
            if seen == self._seen:
                return []
            frames = review(now=now)
        self._seen = _signs(now)
        self._rest_until = started + SHARE * (time.monotonic() - started)
        return frames


def review(*, now: datetime) -> list[Frame]:
    """Bring the reasons of every open alert up to date, and end silences that have done their work.

    A look at ten thousand alerts takes a fraction of a second; only those that differ are locked.
    """
    book = routing.book()
    stored: dict[int, list[Reason]] = {}
    for state in transitions.OPEN:  # each by its own index
        quiet = Alert.objects.filter(state=state).exclude(suppressed_by=[]).order_by()
        stored.update(quiet.values_list("pk", "suppressed_by"))
    alerts = suppressors.open_alerts(book)
    found = {pk: why for pk, why in suppressors.reasons_of_all(book, alerts, now=now) if why}
    wrong = [
        pk for pk in sorted(found.keys() | stored.keys()) if found.get(pk, []) != stored.get(pk, [])
    ]
    changes = [_change(pk, found.get(pk, [])) for pk in wrong]
    changed = transitions.change_all(changes, via=Transition.Via.TIMER, now=now)
    _note_hits(book, found, now=now)
    _end_with_their_alerts(book, alerts, now=now)
    return frames(changed.done.values(), now=now)


def _change(pk: int, reasons: list[Reason]) -> Change:
    return Change(
        alert_id=pk,
        action=Transition.Action.SUPPRESSED if reasons else Transition.Action.UNSUPPRESSED,
        note=", ".join(str(reason["name"]) for reason in reasons),
        detail={"suppressed_by": reasons},
        fields={"suppressed_by": reasons},
    )


def _note_hits(book: Book, found: dict[int, list[Reason]], *, now: datetime) -> None:
    working = {str(reason["id"]) for reasons in found.values() for reason in reasons}
    first = [hush.id for hush in book.hushes if not hush.was_hit and str(hush.id) in working]
    if first:
        Silence.objects.filter(pk__in=first, hit_at=None).update(hit_at=now)


def _end_with_their_alerts(book: Book, alerts: Sequence[Open], *, now: datetime) -> None:
    for hush in book.hushes:
        if not (hush.ends_on_resolve and hush.was_hit):
            continue
        if not any(match(hush.matchers, alert.labels) for alert in alerts):
            Silence.objects.filter(pk=hush.id, ended_at=None).update(ended_at=now)


def _signs(now: datetime) -> tuple[object, ...]:
    book = routing.book()
    opened = tuple(hush.id for hush in book.hushes if hush.is_open(now))
    history: dict[str, Any] = Transition.objects.aggregate(last=Max("pk"))
    return book.edition, opened, book.open_calendars(now), history["last"]


def _my_turn() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ONE_REVIEWER])
        (mine,) = cursor.fetchone()
    return bool(mine)
