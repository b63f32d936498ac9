"""Who may send which row: claimed by lease, within the allowance, past receivers that fail."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from alerts.models import Notification, Receiver
from alerts.receivers.registry import kind_of
from ops_portal.lib import incarnation

State = Notification.State
MINUTE = timedelta(minutes=1)
MOST_AT_ONCE = 2  # sends of a process to one receiver: one that hangs holds up nobody else
MOST_BUNDLED = 100
BURST = 10  # messages at once; what comes beside them is bundled, where the kind can
TRIPS_AT = 5  # failures in a row, after which a receiver is left alone for a while
# A receiver that is left alone keeps its rows, unless another can take them over.
CLAIM = """
UPDATE alerts_notification SET state = 'sending', attempts = attempts + 1,
    lease_until = %(until)s, lease_owner = %(owner)s
WHERE id = (
    SELECT n.id FROM alerts_notification AS n
    WHERE n.state IN ('pending', 'sending')
      AND CASE n.state WHEN 'pending' THEN n.next_try_at <= %(due)s
          ELSE n.lease_until <= %(now)s END
      AND (%(only)s::bigint IS NULL OR n.id = %(only)s)
      AND (n.channel, coalesce(n.receiver_id, 0)) NOT IN (
          SELECT * FROM unnest(%(channels)s::text[], %(receivers)s::bigint[]))
      AND NOT EXISTS (SELECT FROM alerts_receiverstate AS s
          JOIN alerts_receiver AS r ON r.id = s.receiver_id
          WHERE s.receiver_id = n.receiver_id
            AND (s.free_at > %(now)s OR s.open_until > %(now)s
                AND (r.fallback_id IS NULL OR s.failures < %(trips)s)))
    ORDER BY n.priority, n.next_try_at, n.id
    FOR UPDATE OF n SKIP LOCKED LIMIT 1)
RETURNING id
"""
# Each message spends 60/n seconds of a minute; the row's lock makes two senders take turns.
SPEND = """
INSERT INTO alerts_receiverstate AS s (receiver_id, failures, spent_until, free_at, last_error)
VALUES (%(receiver)s, 0, %(now)s + %(each)s, %(now)s + 2 * %(each)s - %(burst)s, '')
ON CONFLICT (receiver_id) DO UPDATE SET
    spent_until = greatest(s.spent_until, %(now)s) + %(each)s,
    free_at = greatest(s.spent_until, %(now)s) + 2 * %(each)s - %(burst)s
WHERE s.free_at IS NULL OR s.free_at <= %(now)s
RETURNING free_at
"""
RIDE = """
UPDATE alerts_notification SET state = 'sending', attempts = attempts + 1, bundle_id = %(lead)s,
    lease_until = %(until)s, lease_owner = %(owner)s
WHERE id IN (
    SELECT id FROM alerts_notification
    WHERE receiver_id = %(receiver)s AND state = 'pending' AND next_try_at <= %(now)s
    ORDER BY priority, next_try_at, id FOR UPDATE SKIP LOCKED LIMIT %(most)s)
RETURNING id
"""
FREE = """
UPDATE alerts_notification SET lease_until = %(now)s
WHERE state = 'sending' AND lease_until > %(now)s AND lease_owner = ANY(%(owners)s)
RETURNING id
"""

Line = tuple[str, int]  # channel and receiver


class UnderWay:
    """What this process is sending, counted by receiver; who dies takes the count along."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Line] = Counter()

    @contextmanager
    def claimed(self, *, now: datetime, due: datetime) -> Iterator[Notification | None]:
        """The most urgent row of a receiver that has not enough already, counted until the end."""
        with self._lock:  # else two threads would see the same room
            row = claim(now=now, due=due, full=self._full())
            line = line_of(row) if row else None
            if line:
                self._counts[line] += 1
        try:
            yield row
        finally:
            with self._lock:
                if line:
                    self._counts[line] -= 1

    def _full(self) -> list[Line]:
        return [line for line, count in self._counts.items() if count >= MOST_AT_ONCE]


def claim(
    *, now: datetime, due: datetime, only: int | None = None, full: Sequence[Line] = ()
) -> Notification | None:
    """The most urgent row that was due at `due`, now leased by this thread; None without one.

    `full`: whose rows are left to others.
    """
    values: dict[str, Any] = {"due": due, "only": only, "trips": TRIPS_AT}
    values["channels"] = [channel for channel, _ in full]
    values["receivers"] = [receiver for _, receiver in full]
    rows = _run(CLAIM, {**values, **_lease(now)})
    if not rows:
        return None
    found = Notification.objects.select_related("alert", "receiver__line")
    return found.get(pk=rows[0][0])


def line_of(notification: Notification) -> Line:
    return notification.channel, notification.receiver_id or 0


def free_the_dead(*, now: datetime) -> int:
    """End the leases of senders on this machine that are gone; how many rows are due again."""
    holders = Notification.objects.filter(state=State.SENDING, lease_until__gt=now)
    owners = holders.values_list("lease_owner", flat=True).distinct().order_by()
    dead = [each for each in owners if incarnation.has_ended(each.rpartition(":")[0])]
    return len(_run(FREE, {"now": now, "owners": dead})) if dead else 0


def spend(notification: Notification, *, now: datetime) -> datetime | None:
    """Take one message of the receiver's allowance; the time from which the next one may go.

    None: another sender was faster, and the row waits for its turn again.
    """
    receiver = notification.receiver
    if receiver is None:
        return now
    each = MINUTE / allowance(receiver)
    at_once = BURST if kind_of(receiver.kind).bundles else allowance(receiver)
    burst = min(MINUTE, each * at_once)
    values = {"receiver": receiver.pk, "now": now, "each": each, "burst": burst}
    rows = _run(SPEND, values)
    if rows:
        return rows[0][0]  # type: ignore[no-any-return]
    notification.state, notification.attempts = State.PENDING, notification.attempts - 1
    _lease_of(notification, attempts=notification.attempts + 1).update(
        state=State.PENDING, attempts=notification.attempts, lease_until=None, lease_owner=""
    )
    return None


def riders(lead: Notification, *, now: datetime) -> list[Notification]:
    """The rows that wait for the same receiver, leased to go with this one."""
    values = {"lead": lead.pk, "receiver": lead.receiver_id, "most": MOST_BUNDLED}
    rows = _run(RIDE, {**values, **_lease(now)})
    found = Notification.objects.select_related("alert", "receiver__line")
    return list(found.filter(pk__in=[pk for (pk,) in rows]).order_by("priority", "pk"))


def allowance(receiver: Receiver) -> int:
    """Messages a minute."""
    return receiver.per_minute or kind_of(receiver.kind).per_minute


def settle(notification: Notification, fields: list[str]) -> bool:
    """Write the row while its lease is ours; False: another has taken it over."""
    values = {name: getattr(notification, name) for name in fields}
    ours = _lease_of(notification, attempts=notification.attempts)
    return bool(ours.update(state=notification.state, lease_until=None, lease_owner="", **values))


def owner() -> str:
    """This thread of this process."""
    return f"{incarnation.name()}:{threading.get_ident()}"


def _lease(now: datetime) -> dict[str, Any]:
    until = now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
    return {"now": now, "until": until, "owner": owner()}


def _lease_of(notification: Notification, *, attempts: int) -> Any:
    return Notification.objects.filter(
        pk=notification.pk,
        state=State.SENDING,
        lease_owner=notification.lease_owner,
        attempts=attempts,
    )


def _run(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
