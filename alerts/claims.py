"""Who may send which row: claimed by lease, within the allowance, past receivers that fail."""

from __future__ import annotations

import os
import socket
import threading
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from alerts.models import Notification, Receiver
from alerts.receivers.registry import kind_of

State = Notification.State
MINUTE = timedelta(minutes=1)
MOST_AT_ONCE = 2  # sends to one receiver while others wait: one that hangs holds up nobody else
MOST_BUNDLED = 100
TRIPS_AT = 5  # failures in a row, after which a receiver is left alone for a while
SEND_SECONDS = 12.0  # a lease that is older belongs to a sender that died
# A receiver that is left alone keeps its rows, unless another can take them over.
CLAIM = """
WITH busy AS MATERIALIZED (
    SELECT channel, coalesce(receiver_id, 0) AS receiver FROM alerts_notification
    WHERE state = 'sending' AND lease_until > %(young)s AND %(only)s::bigint IS NULL
    GROUP BY 1, 2 HAVING count(*) >= %(most)s)
UPDATE alerts_notification SET state = 'sending', attempts = attempts + 1,
    lease_until = %(until)s, lease_owner = %(owner)s
WHERE id = (
    SELECT n.id FROM alerts_notification AS n
    WHERE n.state IN ('pending', 'sending')
      AND CASE n.state WHEN 'pending' THEN n.next_try_at <= %(due)s
          ELSE n.lease_until <= %(now)s END
      AND (%(only)s::bigint IS NULL OR n.id = %(only)s)
      AND NOT EXISTS (SELECT FROM busy AS b
          WHERE b.channel = n.channel AND b.receiver = coalesce(n.receiver_id, 0))
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
VALUES (%(receiver)s, 0, %(now)s + %(each)s, %(now)s + 2 * %(each)s - %(minute)s, '')
ON CONFLICT (receiver_id) DO UPDATE SET
    spent_until = greatest(s.spent_until, %(now)s) + %(each)s,
    free_at = greatest(s.spent_until, %(now)s) + 2 * %(each)s - %(minute)s
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


def claim(*, now: datetime, due: datetime, only: int | None = None) -> Notification | None:
    """The most urgent row that was due at `due`, now leased by this thread; None without one."""
    until = now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
    young = until - timedelta(seconds=SEND_SECONDS)
    values: dict[str, Any] = {"due": due, "only": only, "most": MOST_AT_ONCE, "young": young}
    values["trips"] = TRIPS_AT
    rows = _run(CLAIM, {**values, **_lease(now)})
    if not rows:
        return None
    found = Notification.objects.select_related("alert", "receiver__line")
    return found.get(pk=rows[0][0])


def spend(notification: Notification, *, now: datetime) -> datetime | None:
    """Take one message of the receiver's allowance; the time from which the next one may go.

    None: another sender was faster, and the row waits for its turn again.
    """
    receiver = notification.receiver
    if receiver is None:
        return now
    each = MINUTE / allowance(receiver)
    values = {"receiver": receiver.pk, "now": now, "each": each, "minute": MINUTE}
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
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"


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
