"""How many messages a receiver takes in a minute, and what is left of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from alerts.models import Receiver
from alerts.receivers.registry import kind_of

MINUTE = timedelta(minutes=1)
BURST = 10  # messages at once; what comes beside them is bundled, where the kind can
# Each message spends 60/n seconds of a minute; the row's lock makes senders take turns.
OPEN = """
INSERT INTO alerts_receiverstate (receiver_id, failures, last_error) VALUES (%s, 0, '')
ON CONFLICT DO NOTHING
"""
SPEND = """
UPDATE alerts_receiverstate AS s SET
    spent_until = o.spent + o.count * %(each)s,
    free_at = o.spent + (o.count + 1) * %(each)s - %(burst)s
FROM (SELECT greatest(spent_until, %(now)s) AS spent, least(%(wanted)s, greatest(1, floor(
          extract(epoch FROM %(now)s + %(burst)s - greatest(spent_until, %(now)s))
          / extract(epoch FROM %(each)s))))::int AS count
      FROM alerts_receiverstate
      WHERE receiver_id = %(receiver)s AND (free_at IS NULL OR free_at <= %(now)s) FOR UPDATE) AS o
WHERE s.receiver_id = %(receiver)s
RETURNING o.count, s.free_at
"""
REFUND = """
UPDATE alerts_receiverstate SET spent_until = spent_until - %(count)s * %(each)s,
    free_at = free_at - %(count)s * %(each)s
WHERE receiver_id = %(receiver)s
"""


def of(receiver: Receiver) -> int:
    """Messages a minute."""
    return receiver.per_minute or kind_of(receiver.kind).per_minute


def spend(receiver: Receiver, wanted: int, *, now: datetime) -> tuple[int, datetime | None]:
    """Take so many messages, or as many as there are, and from when on the next one may go.

    None are left when another sender was faster, or the minute is spent.
    """
    at_once = BURST if kind_of(receiver.kind).bundles else of(receiver)
    values: dict[str, Any] = {
        "receiver": receiver.pk,
        "now": now,
        "each": _cost(receiver),
        "burst": min(MINUTE, _cost(receiver) * at_once),
        "wanted": wanted,
    }
    with connection.cursor() as cursor:
        if getattr(receiver, "line", None) is None:
            cursor.execute(OPEN, [receiver.pk])
        cursor.execute(SPEND, values)
        granted: tuple[int, datetime] | None = cursor.fetchone()
    return granted or (0, None)


def refund(receiver: Receiver, count: int) -> None:
    """Give back what was taken for messages that did not go."""
    values: dict[str, Any] = {"receiver": receiver.pk, "each": _cost(receiver), "count": count}
    with connection.cursor() as cursor:
        cursor.execute(REFUND, values)


def _cost(receiver: Receiver) -> timedelta:
    return MINUTE / of(receiver)
