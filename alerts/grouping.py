"""Which groups an alert belongs to. A row is the queue: `alerts.groups` tells of what is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from alerts.models import Alert, AlertGroup, GroupMember, Severity
from alerts.tree import Place
from ops_portal.lib import rows

PAUSE = 15  # seconds between two messages of a group that is hurried
ONE_OPEN = "(route_id, group_key) WHERE closed_at IS NULL"
FIND = """
SELECT g.route_id, g.group_key, g.id, g.next_flush_at FROM alerts_alertgroup AS g
JOIN unnest(%s::bigint[], %s::text[]) AS n(route, key)
    ON g.route_id = n.route AND g.group_key = n.key
WHERE g.closed_at IS NULL ORDER BY g.id FOR KEY SHARE OF g
"""
# Rows are locked in the order of their ids, so that two engines never wait for each other.
SOONER = """
UPDATE alerts_alertgroup AS g SET next_flush_at = n.due, grave = n.grave
FROM (SELECT g.id, least(g.next_flush_at, n.due) AS due, g.grave OR n.grave AS grave
      FROM alerts_alertgroup AS g
      JOIN unnest(%s::bigint[], %s::timestamptz[], %s::bool[]) AS n(id, due, grave) ON g.id = n.id
      WHERE g.next_flush_at IS NULL OR g.next_flush_at > n.due OR (n.grave AND NOT g.grave)
      ORDER BY g.id FOR NO KEY UPDATE OF g) AS n
WHERE g.id = n.id
"""
HURRY = """
UPDATE alerts_alertgroup AS g SET next_flush_at = least(
    coalesce(g.next_flush_at, 'infinity'),
    greatest(%(now)s::timestamptz, g.last_notified_at + make_interval(secs => %(pause)s)))
FROM (SELECT id FROM alerts_alertgroup
      WHERE closed_at IS NULL AND id IN (
          SELECT group_id FROM alerts_groupmember
          WHERE alert_id = ANY(%(alerts)s) AND left_at IS NULL)
      ORDER BY id FOR NO KEY UPDATE) AS held
WHERE g.id = held.id
"""

Key = tuple[int, str]  # route and group key


@dataclass(frozen=True, slots=True)
class Joining:
    """An alert that fires just now, with the labels that routing sees and where they lead."""

    alert: Alert
    labels: Mapping[str, str]
    places: Sequence[Place]


def join(joining: Sequence[Joining], *, now: datetime) -> None:
    """Put each alert into the group of each of its places that has receivers.

    A new group is told of after its route's wait; one that is known at its next interval, with a
    critical alert after the wait.
    """
    wanted: dict[Key, AlertGroup] = {}
    grave: set[Key] = set()
    pairs: list[tuple[Key, Alert]] = []
    for one in joining:
        for place in one.places:
            if not place.receivers:
                continue
            key = (place.route_id, place.group_key(one.labels))
            if key not in wanted:
                wanted[key] = _group(place, key, one.labels, now=now)
            if one.alert.severity == Severity.CRITICAL:
                grave.add(key)
            pairs.append((key, one.alert))
    for key in grave:
        wanted[key].grave = True
    groups = _opened(wanted)
    members = {
        "group_id": [groups[key][0] for key, _ in pairs],
        "alert_id": [alert.pk for _, alert in pairs],
    }
    rows.put(GroupMember, members, joined_at=now)
    soon = [(groups[k][0], g) for k, g in wanted.items() if g.grave or groups[k][1] is None]
    if soon:
        dues = [group.next_flush_at for _, group in soon]
        with connection.cursor() as cursor:
            cursor.execute(SOONER, [[pk for pk, _ in soon], dues, [g.grave for _, g in soon]])


def hurry(alerts: Sequence[int], *, now: datetime) -> None:
    """Look at the alerts' groups at once: they ended, or nothing keeps them quiet any more."""
    with connection.cursor() as cursor:
        cursor.execute(HURRY, {"now": now, "pause": PAUSE, "alerts": list(alerts)})


def _group(place: Place, key: Key, labels: Mapping[str, str], *, now: datetime) -> AlertGroup:
    return AlertGroup(
        route_id=place.route_id,
        route_name=" › ".join(place.names),
        group_key=key[1],
        labels=place.group_labels(labels),
        opened_at=now,
        next_flush_at=now + timedelta(seconds=place.wait),
    )


def _opened(wanted: Mapping[Key, AlertGroup]) -> dict[Key, tuple[int, datetime | None]]:
    """The open groups and when they are due. None can be closed before this transaction ends."""
    found: dict[Key, tuple[int, datetime | None]] = {}
    while left := sorted(wanted.keys() - found.keys()):
        with connection.cursor() as cursor:
            cursor.execute(FIND, [[route for route, _ in left], [key for _, key in left]])
            found |= {(route, key): (pk, due) for route, key, pk, due in cursor.fetchall()}
        missing = [wanted[key] for key in left if key not in found]
        rows.insert(missing, unless=ONE_OPEN)
    return found
