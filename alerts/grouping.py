"""Which groups an alert belongs to. A row is the queue: `alerts.groups` tells of what is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection

from alerts.models import Alert, AlertGroup, GroupMember, Severity
from alerts.tree import Place

PAUSE = 15  # seconds between two messages of a group that is hurried
FIND = """
SELECT id, next_flush_at FROM alerts_alertgroup
WHERE route_id = %s AND group_key = %s AND closed_at IS NULL FOR KEY SHARE
"""
HURRY = """
UPDATE alerts_alertgroup SET next_flush_at = least(
    coalesce(next_flush_at, 'infinity'),
    greatest(%(now)s::timestamptz, last_notified_at + make_interval(secs => %(pause)s)))
WHERE closed_at IS NULL AND id IN (
    SELECT group_id FROM alerts_groupmember WHERE alert_id = %(alert)s AND left_at IS NULL)
"""


def join(
    alert: Alert, places: Sequence[Place], labels: Mapping[str, str], *, now: datetime
) -> None:
    """Put the alert, which fires just now, into the group of each place that has receivers.

    A new group is told of after its route's wait; one that is known at its next interval, a
    critical alert after the wait.
    """
    for place in places:
        if not place.receivers:
            continue
        group_id, due = _group(place, labels, now=now)
        GroupMember.objects.create(group_id=group_id, alert=alert, joined_at=now)
        soon = now + timedelta(seconds=place.wait)
        grave = alert.severity == Severity.CRITICAL
        if due is None or (grave and soon < due):
            AlertGroup.objects.filter(pk=group_id).update(next_flush_at=soon)


def hurry(alert: Alert, *, now: datetime) -> None:
    """Look at the alert's groups at once: it ended, or nothing keeps it quiet any more."""
    with connection.cursor() as cursor:
        cursor.execute(HURRY, {"now": now, "pause": PAUSE, "alert": alert.pk})


def _group(
    place: Place, labels: Mapping[str, str], *, now: datetime
) -> tuple[int, datetime | None]:
    """The open group and when it is due. It cannot be closed before this transaction ends."""
    key = place.group_key(labels)
    with connection.cursor() as cursor:
        while True:
            cursor.execute(FIND, [place.route_id, key])
            found: tuple[int, datetime | None] | None = cursor.fetchone()
            if found is not None:
                return found
            group = AlertGroup(
                route_id=place.route_id,
                route_name=" › ".join(place.names),
                group_key=key,
                labels=place.group_labels(labels),
                opened_at=now,
                next_flush_at=now + timedelta(seconds=place.wait),
            )
            AlertGroup.objects.bulk_create([group], ignore_conflicts=True)
