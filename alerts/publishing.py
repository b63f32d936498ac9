"""What the stream `alerts` is owed, appended many at a time and in the order of its rows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from alerts import claims
from alerts.models import Notification
from alerts.outcomes import Try, record
from alerts.receivers import stream

AT_ONCE = 2_000  # rows of one pipeline
ONE_PUBLISHER = 7_302_115  # the advisory lock: readers meet the changes of an alert in their order
TAKE = """
UPDATE alerts_notification SET state = 'sending', attempts = attempts + 1,
    lease_until = %(until)s, lease_owner = %(owner)s
WHERE id IN (
    SELECT id FROM alerts_notification
    WHERE channel = 'stream' AND state IN ('pending', 'sending')
      AND CASE state WHEN 'pending' THEN next_try_at <= %(due)s ELSE lease_until <= %(now)s END
    ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def publish_due(*, now: datetime, due: datetime, limit: int = AT_ONCE) -> int:
    """Append what was due at `due`; returns how many were tried.

    Safe to run anywhere: whoever comes while another publishes leaves it to that one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ONE_PUBLISHER])
        if not cursor.fetchone()[0]:
            return 0
        try:
            return _publish_due(now=now, due=due, limit=limit)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ONE_PUBLISHER])


def _publish_due(*, now: datetime, due: datetime, limit: int) -> int:
    until = now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
    values: dict[str, Any] = {
        "now": now,
        "due": due,
        "until": until,
        "owner": claims.owner(),
        "most": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, values)
        taken = [pk for (pk,) in cursor.fetchall()]
    rows = list(Notification.objects.filter(pk__in=taken).order_by("pk")) if taken else []
    if rows:
        _publish(rows, now=now)
    return len(rows)


def _publish(rows: Sequence[Notification], *, now: datetime) -> None:
    started = time.monotonic()
    answers = stream.append([row.payload for row in rows])
    seconds = time.monotonic() - started
    record([(row, Try(now, seconds, answer)) for row, answer in zip(rows, answers, strict=True)])
