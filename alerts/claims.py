"""Who may send which row: claimed by lease, within the allowance, past receivers that fail."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from alerts import allowance
from alerts.models import Notification, Receiver, ReceiverState
from alerts.receivers.registry import kind_of
from ops_portal.lib import incarnation

State = Notification.State
MOST_AT_ONCE = 2  # sends of a process to one receiver: one that hangs holds up nobody else
MOST_BUNDLED = 100
MOST_TOGETHER = 50  # messages that one sender claims at once, where the kind does not bundle
CROWD = 10  # when more wait beside one, it tells of them all, and the receiver rests
MOST_CROWDED = 25_000
REST = timedelta(seconds=40)  # between two messages to a receiver in a storm
STORMY = timedelta(minutes=5)  # after a crowd, whatever waits together goes together
TRIPS_AT = 5  # failures in a row, after which a receiver is left alone for a while
# The first rows of each kind that wait for a receiver, more than ever are claimed at one moment;
# and those whose sender died. Never all that wait: in a storm a receiver that rests has thousands.
AMONG_THE_FIRST = 50
FIRST = """
SELECT c.id FROM (
    SELECT r.id, coalesce(s.grave_rest_until <= %(now)s, true) AS hears_grave,
        coalesce(s.rest_until <= %(now)s, true) AS hears_others
    FROM alerts_receiver AS r LEFT JOIN alerts_receiverstate AS s ON s.receiver_id = r.id) AS line,
LATERAL (
    (SELECT id FROM alerts_notification WHERE receiver_id = line.id AND state = 'pending'
        AND alert_id IS NULL AND next_try_at <= %(due)s
        ORDER BY priority, next_try_at, id LIMIT %(first)s)
    UNION ALL
    (SELECT id FROM alerts_notification WHERE receiver_id = line.id AND state = 'pending'
        AND priority = 0 AND next_try_at <= %(due)s AND line.hears_grave
        ORDER BY next_try_at, id LIMIT %(first)s)
    UNION ALL
    (SELECT id FROM alerts_notification WHERE receiver_id = line.id AND state = 'pending'
        AND priority > 0 AND next_try_at <= %(due)s AND line.hears_others
        ORDER BY priority, next_try_at, id LIMIT %(first)s)) AS c
UNION ALL
SELECT id FROM alerts_notification WHERE state = 'pending' AND receiver_id IS NULL
    AND channel <> 'stream'
UNION ALL
SELECT id FROM alerts_notification WHERE state = 'sending' AND lease_until <= %(now)s
"""
# A receiver that is left alone keeps its rows, unless another can take them over. After a crowd it
# rests from messages of single alerts, and from critical ones only when these were a crowd too.
CLAIM = """
UPDATE alerts_notification SET state = 'sending', attempts = attempts + 1,
    lease_until = %(until)s, lease_owner = %(owner)s
WHERE id = ANY(ARRAY(
    SELECT n.id FROM alerts_notification AS n
    WHERE n.state IN ('pending', 'sending') AND n.channel <> 'stream'
      AND CASE n.state WHEN 'pending' THEN n.next_try_at <= %(due)s
          ELSE n.lease_until <= %(now)s END
      AND {among}
      AND (n.channel, coalesce(n.receiver_id, 0)) NOT IN (
          SELECT * FROM unnest(%(channels)s::text[], %(receivers)s::bigint[]))
      AND NOT EXISTS (SELECT FROM alerts_receiverstate AS s
          JOIN alerts_receiver AS r ON r.id = s.receiver_id
          WHERE s.receiver_id = n.receiver_id
            AND (s.free_at > %(now)s OR s.open_until > %(now)s
                AND (r.fallback_id IS NULL OR s.failures < %(trips)s)
                OR n.alert_id IS NOT NULL AND %(now)s
                    < CASE n.priority WHEN 0 THEN s.grave_rest_until ELSE s.rest_until END))
    ORDER BY n.priority, n.next_try_at, n.id
    FOR UPDATE OF n SKIP LOCKED LIMIT %(most)s))
RETURNING id
"""
CLAIM_NAMED = CLAIM.format(among="n.id = ANY(%(only)s)")
CLAIM_FIRST = CLAIM.format(among=f"n.id IN ({FIRST})")
# What waits for the same receiver as a row that was claimed.
FOLLOW = """
UPDATE alerts_notification SET state = 'sending', attempts = attempts + 1,
    lease_until = %(until)s, lease_owner = %(owner)s
WHERE id = ANY(ARRAY(
    SELECT id FROM alerts_notification
    WHERE receiver_id = %(receiver)s AND state = 'pending' AND next_try_at <= %(due)s
    ORDER BY priority, next_try_at, id FOR UPDATE SKIP LOCKED LIMIT %(most)s))
RETURNING id
"""
RIDE = """
UPDATE alerts_notification SET state = 'sending', attempts = attempts + 1, bundle_id = %(lead)s,
    lease_until = %(until)s, lease_owner = %(owner)s
WHERE id IN (
    SELECT id FROM alerts_notification
    WHERE receiver_id = %(receiver)s AND state = 'pending' AND next_try_at <= %(now)s
      AND alert_id IS NOT NULL AND (NOT %(alike)s OR (priority = 0) = %(grave)s)
    ORDER BY priority, next_try_at, id FOR UPDATE SKIP LOCKED LIMIT %(most)s)
RETURNING id
"""
FREE = """
UPDATE alerts_notification SET lease_until = %(now)s
WHERE state = 'sending' AND lease_until > %(now)s AND lease_owner = ANY(%(owners)s)
RETURNING id
"""
HAND_BACK = """
UPDATE alerts_notification AS t SET state = 'pending', attempts = t.attempts - 1,
    lease_until = NULL, lease_owner = ''
FROM unnest(%s::bigint[], %s::text[], %s::int[]) AS n(id, owner, attempts)
WHERE t.id = n.id AND t.state = 'sending' AND t.lease_owner = n.owner AND t.attempts = n.attempts
"""
SETTLE = """
UPDATE alerts_notification AS t SET state = n.state, lease_until = NULL, lease_owner = '',
    error = n.error, sent_at = n.sent_at, next_try_at = n.next_try_at, reference = n.reference,
    bundle_id = n.bundle_id
FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::text[], %s::text[], %s::timestamptz[],
        %s::timestamptz[], %s::jsonb[], %s::bigint[])
    AS n(id, owner, attempts, state, error, sent_at, next_try_at, reference, bundle_id)
WHERE t.id = n.id AND t.state = 'sending' AND t.lease_owner = n.owner AND t.attempts = n.attempts
RETURNING t.id
"""

Line = tuple[str, int]  # channel and receiver


class UnderWay:
    """What this process is sending, counted by receiver; who dies takes the count along."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Line] = Counter()

    @contextmanager
    def claimed(self, *, now: datetime, due: datetime) -> Iterator[list[Notification]]:
        """The most urgent row of a receiver that has not enough already, and what may go with it;
        counted until the end.
        """
        with self._lock:  # else two threads would see the same room
            row = claim(now=now, due=due, full=self._full())
            line = line_of(row) if row else None
            if line:
                self._counts[line] += 1
        try:
            yield [row, *followers(row, now=now, due=due)] if row else []
        finally:
            with self._lock:
                if line:
                    self._counts[line] -= 1

    def _full(self) -> list[Line]:
        return [line for line, count in self._counts.items() if count >= MOST_AT_ONCE]


def claim(*, now: datetime, due: datetime, full: Sequence[Line] = ()) -> Notification | None:
    """The most urgent row that was due at `due`, now leased by this thread; None without one.

    `full`: whose rows are left to others.
    """
    values: dict[str, Any] = {"due": due, "first": AMONG_THE_FIRST, "most": 1}
    values["channels"] = [channel for channel, _ in full]
    values["receivers"] = [receiver for _, receiver in full]
    found = _found(_run(CLAIM_FIRST, {**values, "trips": TRIPS_AT, **_lease(now)}))
    return found[0] if found else None


def claim_named(ids: Sequence[int], *, now: datetime) -> list[Notification]:
    """Those of the rows, all of one receiver, that are due and that nobody else has."""
    values: dict[str, Any] = {"due": now, "only": list(ids), "most": len(ids)}
    values |= {"channels": [], "receivers": [], "trips": TRIPS_AT}
    return _found(_run(CLAIM_NAMED, {**values, **_lease(now)}))


def followers(lead: Notification, *, now: datetime, due: datetime) -> list[Notification]:
    """What waits for the same receiver and goes right after this one, each alone."""
    receiver = lead.receiver
    if receiver is None or kind_of(lead.channel).bundles:
        return []
    most = min(MOST_TOGETHER, allowance.of(receiver)) - 1
    values = {"receiver": receiver.pk, "due": due, "most": most}
    return _found(_run(FOLLOW, {**values, **_lease(now)}))


def _found(keys: Sequence[tuple[Any, ...]]) -> list[Notification]:
    """The rows, the most urgent first, with all that a sender must know."""
    if not keys:
        return []
    rows = Notification.objects.select_related("alert", "receiver__line")
    found = rows.filter(pk__in=[pk for (pk,) in keys])
    return list(found.order_by("priority", "next_try_at", "pk"))


def line_of(notification: Notification) -> Line:
    return notification.channel, notification.receiver_id or 0


def free_the_dead(*, now: datetime) -> int:
    """End the leases of senders on this machine that are gone; how many rows are due again."""
    holders = Notification.objects.filter(state=State.SENDING, lease_until__gt=now)
    owners = holders.values_list("lease_owner", flat=True).distinct().order_by()
    dead = [each for each in owners if incarnation.has_ended(each.rpartition(":")[0])]
    return len(_run(FREE, {"now": now, "owners": dead})) if dead else 0


def hand_back(rows: Sequence[Notification]) -> None:
    """Let others have these rows, as if they had not been claimed."""
    if not rows:
        return
    columns = (
        [row.pk for row in rows],
        [row.lease_owner for row in rows],
        [row.attempts for row in rows],
    )
    with connection.cursor() as cursor:
        cursor.execute(HAND_BACK, columns)
    for row in rows:
        row.state, row.attempts = State.PENDING, row.attempts - 1


def is_crowd(lead: Notification, *, now: datetime) -> bool:
    """Whether so many alerts wait for the receiver that one message must tell of them all.

    Critical ones and others are counted apart, so that a critical alert never drowns in a storm.
    In a storm two are a crowd, and a critical alert that is alone starts a rest of its kind.
    """
    receiver = lead.receiver
    if receiver is None or lead.alert_id is None or not kind_of(lead.channel).bundles:
        return False
    line = getattr(receiver, "line", None)
    stormy = line is not None and line.rest_until is not None and line.rest_until > now - STORMY
    enough = 1 if stormy else CROWD
    waiting = Notification.objects.filter(
        receiver=receiver, state=State.PENDING, next_try_at__lte=now, alert__isnull=False
    )
    same = waiting.filter(priority=0) if lead.priority == 0 else waiting.exclude(priority=0)
    crowded = same[:enough].count() == enough
    if crowded or stormy:
        _rest(receiver, grave=lead.priority == 0, now=now)
    return crowded


def _rest(receiver: Receiver, *, grave: bool, now: datetime) -> None:
    """Let the receiver rest from alerts as severe as these, and note the storm."""
    line, _ = ReceiverState.objects.get_or_create(receiver=receiver)
    until = now + REST
    if grave:
        line.grave_rest_until = until
        line.rest_until = line.rest_until or now
    else:
        line.rest_until = until
    line.save(update_fields=["rest_until", "grave_rest_until"])


def riders(lead: Notification, *, crowd: bool, now: datetime) -> list[Notification]:
    """The rows that wait for the same receiver, leased to go with this one."""
    values = {
        "lead": lead.pk,
        "receiver": lead.receiver_id,
        "alike": crowd,
        "grave": lead.priority == 0,
        "most": MOST_CROWDED if crowd else MOST_BUNDLED,
    }
    taken = [pk for (pk,) in _run(RIDE, {**values, **_lease(now)})]
    found = Notification.objects.select_related("alert").filter(pk__in=taken)
    rows = list(found.order_by("priority", "pk"))
    for row in rows:
        row.receiver = lead.receiver
    return rows


def settle(rows: Sequence[Notification]) -> list[Notification]:
    """Write the rows whose lease is still ours, and end it; returns these."""
    columns = (
        [row.pk for row in rows],
        [row.lease_owner for row in rows],
        [row.attempts for row in rows],
        [str(row.state) for row in rows],
        [row.error for row in rows],
        [row.sent_at for row in rows],
        [row.next_try_at for row in rows],
        [json.dumps(row.reference) for row in rows],
        [row.bundle_id for row in rows],
    )
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, columns)
        held = {pk for (pk,) in cursor.fetchall()}
    return [row for row in rows if row.pk in held]


def owner() -> str:
    """This thread of this process."""
    return f"{incarnation.name()}:{threading.get_ident()}"


def _lease(now: datetime) -> dict[str, Any]:
    until = now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
    return {"now": now, "until": until, "owner": owner()}


def _run(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
