"""From the outbox to the wire: claim by lease, send, record the attempt, decide what comes next."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from alerts import claims, publishing
from alerts.claims import State
from alerts.enclosures import target_of
from alerts.messages import bundle_of, payload_of
from alerts.models import Notification, Receiver
from alerts.outcomes import Try, give_up, record
from alerts.receivers.base import Message, Payload, ReceiverError
from alerts.receivers.registry import kind_of

MOST_CLAIMS = 12  # a notification that kills its worker each time is given up
# Reason -> the states of the alert in which it is still worth telling.
TIMELY = {
    "fired": {"firing"},
    "escalated": {"firing"},
    "unacknowledged": {"firing"},
    "acknowledged": {"acknowledged"},
    "snoozed": {"acknowledged"},
    "assigned": {"firing", "acknowledged"},
    "no_data": {"firing", "acknowledged"},
    "data_back": {"firing", "acknowledged"},
}
_under_way = claims.UnderWay()


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test message met. `seconds` it took, `response` the first 200 characters."""

    ok: bool
    status: str
    seconds: float
    response: str
    error: str


def deliver_one(notification_id: int, *, now: datetime) -> str | None:
    """Send this notification if it is due and nobody else has it.

    Returns its state afterwards, None when there was nothing to do.
    """
    notification = claims.claim(now=now, due=now, only=notification_id)
    return _deliver(notification, now=now) if notification else None


def deliver_due(*, now: datetime, limit: int = 100, waited: float = 2.0) -> int:
    """Send what has been due for `waited` seconds (a worker that was hinted goes first).

    At most `limit` notifications, the most severe first. Several threads may do so at once: a
    receiver with two sends on their way is passed over, so that one that hangs delays no other.
    Returns how many were tried.
    """
    due, started = now - timedelta(seconds=waited), time.monotonic()
    for tried in range(limit):
        moment = now + timedelta(seconds=time.monotonic() - started)
        with _under_way.claimed(now=moment, due=due) as notification:
            if notification is None:
                return tried + publishing.publish_due(now=moment, due=due)
            _deliver(notification, now=moment)
    return limit  # people come first: the stream is told when nobody waits


def send_test(receiver: Receiver, *, by: object, now: datetime) -> Tested:
    """Send a test message now, once, and record it like any other. `by` is named in it.

    The receiver need not be saved yet: then its row of the outbox names it and no more.
    """
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
        receiver=receiver if receiver.pk else None,
        receiver_name=receiver.name,
        channel=receiver.kind,
        reason="test",
        title=message.title,
        payload=kind_of(receiver.kind).render(message),
        priority=0,
        state=State.SENDING,
        created_at=now,
        next_try_at=now,
        attempts=1,
        lease_until=now + timedelta(seconds=settings.DELIVERY_LEASE_SECONDS),
        lease_owner=claims.owner(),
    )
    notification.receiver = receiver
    tried = _send(notification, notification.payload, key=notification.key, now=now)
    notification.receiver = receiver if receiver.pk else None
    record([(notification, tried)], now=now, final=True, judges=False)
    error = tried.error
    return Tested(
        ok=error is None,
        status=tried.answer.status,
        seconds=tried.seconds,
        response=tried.answer.response,
        error=str(error) if error else "",
    )


def _deliver(notification: Notification, *, now: datetime) -> str:
    """Send what was claimed unless events have overtaken it; its state afterwards."""
    if not _still_open([notification], now=now):
        return notification.state
    free_at = claims.spend(notification, now=now)
    if free_at is None:
        return notification.state
    crowd = claims.is_crowd(notification, now=now)
    others: list[Notification] = []
    if crowd or (free_at > now and kind_of(notification.channel).bundles):
        waiting = claims.riders(notification, crowd=crowd, now=now)
        others = _still_open(waiting, now=now)
    if others:
        _send_bundle([notification, *others], now=now)
    else:
        tried = _send(notification, payload_of(notification), key=notification.key, now=now)
        record([(notification, tried)], now=now)
    return notification.state


def _send_bundle(rows: Sequence[Notification], *, now: datetime) -> None:
    """One message for all: the allowance of the receiver ends with it."""
    lead = rows[0]
    payload = kind_of(lead.channel).render(bundle_of(rows, now=now))
    alert, lead.alert = lead.alert, None  # it belongs to no alert's thread
    tried = _send(lead, payload, key=f"bundle:{lead.key}", now=now)
    lead.alert = alert
    record([(row, tried) for row in rows], now=now)


def _still_open(rows: Sequence[Notification], *, now: datetime) -> list[Notification]:
    """Those that may go out; the rows of the others say why not."""
    going, closed = [], []
    for row in rows:
        obstacle = _obstacle(row, now=now)
        if obstacle is None:
            going.append(row)
        else:
            row.state, row.error = obstacle
            closed.append(row)
    if closed:
        lost = [row for row in claims.settle(closed) if row.state == State.FAILED]
        give_up(lost, now=now)
    return going


def _obstacle(notification: Notification, *, now: datetime) -> tuple[str, str] | None:
    """(state, why)."""
    receiver = notification.receiver
    if notification.attempts > MOST_CLAIMS:
        return State.FAILED, "Given up: every worker that took it died."
    if receiver and not receiver.enabled:
        return State.SKIPPED, "The receiver is switched off."
    alert, timely = notification.alert, TIMELY.get(notification.reason)
    if alert and timely and notification.channel != "stream" and alert.state not in timely:
        return State.SKIPPED, f"Overtaken: the alert was {alert.state} before this could be sent."
    line = getattr(receiver, "line", None)
    if line and line.failures >= claims.TRIPS_AT and line.open_until and line.open_until > now:
        return State.FAILED, f"Not tried: the receiver failed {line.failures} times in a row."
    return None


def _send(notification: Notification, payload: Payload, *, key: str, now: datetime) -> Try:
    started = time.monotonic()
    try:
        target = target_of(notification, now=now)
        reply = kind_of(notification.channel).send(target, payload, key=key)
    except ReceiverError as error:
        return Try(time.monotonic() - started, error)
    return Try(time.monotonic() - started, reply)
