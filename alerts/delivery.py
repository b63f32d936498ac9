"""From the outbox to the wire: claim by lease, send, record the attempt, decide what comes next."""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from alerts.models import Alert, Attempt, Escalation, EscalationStep, Notification, Receiver
from alerts.receivers import email, slack, stream
from alerts.receivers.base import Message, Payload, ReceiverError, Reply
from ops_portal.lib import secrets

logger = logging.getLogger(__name__)

RETRY_SECONDS = (5.0, 15.0, 60.0, 300.0)
LONGEST_RETRY_AFTER = 3_600.0
MOST_CLAIMS = 12  # a notification that kills its worker each time is given up

State = Notification.State
SEND: dict[str, Callable[..., Reply]] = {
    "email": email.send,
    "slack": slack.send,
    "stream": stream.send,
}
RENDER: dict[str, Callable[[Message], Payload]] = {"email": email.render, "slack": slack.render}
# Reason -> the states of the alert in which it is still worth telling.
TIMELY = {
    "fired": {"firing"},
    "escalated": {"firing"},
    "unacknowledged": {"firing"},
    "acknowledged": {"acknowledged"},
    "no_data": {"firing", "acknowledged"},
    "data_back": {"firing", "acknowledged"},
}
MOST_AT_ONCE = 2  # sends to one receiver while others wait: one that hangs holds up nobody else
SEND_SECONDS = 12.0  # a lease that is older belongs to a sender that died
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
    ORDER BY n.priority, n.next_try_at, n.id
    FOR UPDATE OF n SKIP LOCKED LIMIT 1)
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test message met. `seconds` it took, `response` the first 200 characters."""

    ok: bool
    status: str
    seconds: float
    response: str
    error: str


@dataclass(frozen=True, slots=True)
class _Try:
    """One send: how long it took and what came back."""

    seconds: float
    reply: Reply | None
    error: ReceiverError | None


def deliver_one(notification_id: int, *, now: datetime) -> str | None:
    """Send this notification if it is due and nobody else has it.

    Returns its state afterwards, None when there was nothing to do.
    """
    return _deliver_next(now=now, due=now, only=notification_id)


def deliver_due(*, now: datetime, limit: int = 100, waited: float = 2.0, workers: int = 1) -> int:
    """Send what has been due for `waited` seconds (a worker that was hinted goes first).

    At most `limit` notifications, the most severe first, by `workers` threads. A receiver with two
    sends on their way is passed over, so that one that hangs delays no other. Returns how many
    were tried.
    """
    due, started = now - timedelta(seconds=waited), time.monotonic()
    left = threading.Semaphore(limit)

    def work() -> int:
        tried = 0
        while left.acquire(blocking=False):
            passed = timedelta(seconds=time.monotonic() - started)
            if _deliver_next(now=now + passed, due=due) is None:
                break
            tried += 1
        return tried

    def work_and_hang_up() -> int:
        try:
            return work()
        finally:
            connection.close()

    if workers == 1:
        return work()
    with ThreadPoolExecutor(workers, thread_name_prefix="courier") as pool:
        return sum(pool.map(lambda _: work_and_hang_up(), range(workers)))


def send_test(receiver: Receiver, *, by: object, now: datetime) -> Tested:
    """Send a test message now, once, and record it like any other. `by` is named in it."""
    message = Message(
        reason="test",
        title=f"Test of {receiver.name}",
        severity="info",
        state="firing",
        condition="breach",
        at=now,
        started_at=now,
        description="If you read this, messages of the portal reach you.",
        actor=str(by),
    )
    notification = Notification.objects.create(
        key=f"test:{uuid.uuid4()}",
        receiver=receiver,
        receiver_name=receiver.name,
        channel=receiver.kind,
        reason="test",
        payload=RENDER[receiver.kind](message),
        priority=0,
        state=State.SENDING,
        created_at=now,
        next_try_at=now,
        attempts=1,
        lease_until=now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS),
        lease_owner=_owner(),
    )
    tried = _send(notification)
    _record(notification, tried, now=now, final=True)
    said = tried.reply or Reply("")
    error = tried.error
    return Tested(
        ok=error is None,
        status=error.status if error else said.status,
        seconds=tried.seconds,
        response=error.response if error else said.response,
        error=str(error) if error else "",
    )


def _deliver_next(*, now: datetime, due: datetime, only: int | None = None) -> str | None:
    """Claim one, and send it unless events have overtaken it."""
    notification = _claim(now=now, due=due, only=only)
    if notification is None:
        return None
    obstacle = _obstacle(notification)
    if obstacle:
        _close(notification, obstacle)
        return notification.state
    _record(notification, _send(notification), now=now)
    return notification.state


def _claim(*, now: datetime, due: datetime, only: int | None) -> Notification | None:
    until = now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            {
                "until": until,
                "owner": _owner(),
                "now": now,
                "due": due,
                "only": only,
                "most": MOST_AT_ONCE,
                "young": until - timedelta(seconds=SEND_SECONDS),
            },
        )
        row = cursor.fetchone()
    if row is None:
        return None
    return Notification.objects.select_related("alert", "receiver").get(pk=row[0])


def _obstacle(notification: Notification) -> tuple[str, str] | None:
    """(state, why) when the message must not go out any more."""
    if notification.attempts > MOST_CLAIMS:
        return State.FAILED, "Given up: every worker that took it died."
    if notification.receiver and not notification.receiver.enabled:
        return State.SKIPPED, "The receiver is switched off."
    alert, timely = notification.alert, TIMELY.get(notification.reason)
    if alert is None or timely is None or notification.channel == "stream":
        return None
    if alert.state not in timely:
        return State.SKIPPED, f"Overtaken: the alert was {alert.state} before this could be sent."
    return None


def _close(notification: Notification, obstacle: tuple[str, str]) -> None:
    notification.state, notification.error = obstacle
    _mark(notification, ["error"])


def _send(notification: Notification) -> _Try:
    started = time.monotonic()
    try:
        reply = SEND[notification.channel](
            _target(notification.receiver), notification.payload, key=notification.key
        )
    except ReceiverError as error:
        return _Try(time.monotonic() - started, None, error)
    return _Try(time.monotonic() - started, reply, None)


def _target(receiver: Receiver | None) -> str:
    """Where it goes: the addresses, or the secret URL opened. Raises ReceiverError."""
    if receiver is None or receiver.kind == Receiver.Kind.EMAIL:
        return receiver.address if receiver else ""
    try:
        return secrets.decrypt(bytes(receiver.secret))
    except secrets.WrongKey as error:
        raise ReceiverError(
            "The webhook address cannot be read: its encryption key is gone.", permanent=True
        ) from error


def _record(notification: Notification, tried: _Try, *, now: datetime, final: bool = False) -> None:
    """Write the attempt and what follows from it, in one transaction."""
    ended = now + timedelta(seconds=tried.seconds)
    error, reply = tried.error, tried.reply
    with transaction.atomic():
        Attempt.objects.create(
            notification=notification,
            n=notification.attempts,
            started_at=now,
            seconds=tried.seconds,
            ok=error is None,
            status=error.status if error else reply.status if reply else "",
            error=str(error) if error else "",
            response=(error.response if error else reply.response if reply else "")[:200],
        )
        if error is None:
            notification.state, notification.sent_at = State.SENT, ended
            notification.error = ""
        elif final or error.permanent or notification.attempts > len(RETRY_SECONDS):
            notification.state, notification.error = State.FAILED, str(error)
        else:
            notification.state, notification.error = State.PENDING, str(error)
            notification.next_try_at = ended + _pause(notification.attempts, error)
        held = _mark(notification, ["error", "sent_at", "next_try_at"])
        if held and notification.state == State.FAILED:
            logger.warning("notification failed", extra={"key": notification.key})
            _hurry(notification, now=ended)


def _mark(notification: Notification, fields: list[str]) -> bool:
    """Write the row while its lease is ours; False: another has taken it over."""
    values = {name: getattr(notification, name) for name in fields}
    ours = Notification.objects.filter(
        pk=notification.pk,
        state=State.SENDING,
        lease_owner=notification.lease_owner,
        attempts=notification.attempts,
    )
    return bool(ours.update(state=notification.state, lease_until=None, lease_owner="", **values))


def _pause(attempts: int, error: ReceiverError) -> timedelta:
    """How long to wait after this many tries, a fifth more or less, or as long as was asked."""
    pause = RETRY_SECONDS[attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311
    asked = min(error.retry_after or 0.0, LONGEST_RETRY_AFTER)
    return timedelta(seconds=max(pause, asked))


def _hurry(notification: Notification, *, now: datetime) -> None:
    """A step that reached nobody must not be waited for: the next one is due at once."""
    place = notification.payload.get("step")
    if not place or notification.alert is None:
        return
    taken = EscalationStep.objects.filter(alert=notification.alert, run=place["run"])
    latest = taken.order_by("-loop", "-step").first()
    if latest and (latest.loop, latest.step) == (place["loop"], place["step"]):
        Escalation.objects.filter(
            alert=notification.alert,
            token=place["run"],
            state=Escalation.State.RUNNING,
            alert__state=Alert.State.FIRING,
            next_at__gt=now,
        ).update(next_at=now)


def _owner() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"
