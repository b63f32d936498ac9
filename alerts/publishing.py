"""What the stream `alerts` is owed, appended many at a time and in the order of its rows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from alerts import claims
from alerts.models import Notification
from alerts.outcomes import Try, record
from alerts.receivers import stream

AT_ONCE = 2_000  # rows of one pipeline
ONE_PUBLISHER = 7_302_115  # the advisory lock of whoever looks what is to be published
# Nothing is taken while another process still publishes what it took: readers meet the changes of
# an alert in their order.
TAKE = """
UPDATE alerts_notification SET state = 'sending', attempts = attempts + 1,
    lease_until = %(until)s, lease_owner = %(owner)s
WHERE id IN (
    SELECT id FROM alerts_notification
    WHERE channel = 'stream' AND state IN ('pending', 'sending')
      AND CASE state WHEN 'pending' THEN next_try_at <= %(due)s ELSE lease_until <= %(now)s END
      AND NOT EXISTS (
          SELECT FROM alerts_notification
          WHERE channel = 'stream' AND state = 'sending' AND lease_until > %(now)s)
    ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def publish_due(*, now: datetime, due: datetime, limit: int = AT_ONCE) -> int:
    """Append what was due at `due`; returns how many were tried.

    Safe to run anywhere: whoever comes while another publishes leaves it to that one.
    """
    taken = _take(now=now, due=due, limit=limit)
    rows = list(Notification.objects.filter(pk__in=taken).order_by("pk")) if taken else []
    if rows:
        _publish(rows, now=now)
    return len(rows)


def _take(*, now: datetime, due: datetime, limit: int) -> list[int]:
    """The keys of the rows that are ours now. Their lease is what holds others off afterwards, so
    that no lock outlives a transaction.
    """
    until = now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
    values: dict[str, Any] = {
        "now": now,
        "due": due,
        "until": until,
        "owner": claims.owner(),
        "most": limit,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ONE_PUBLISHER])
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(TAKE, values)
        return [pk for (pk,) in cursor.fetchall()]


def _publish(rows: Sequence[Notification], *, now: datetime) -> None:
    started = time.monotonic()
    answers = stream.append([row.payload for row in rows])
    seconds = time.monotonic() - started
    record([(row, Try(now, seconds, answer)) for row, answer in zip(rows, answers, strict=True)])
