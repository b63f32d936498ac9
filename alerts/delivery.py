"""From the outbox to the wire: claim by lease, send, record the attempt, decide what comes next.

What waits for one receiver is claimed together and sent one by one over the same connection. How
often the outcomes are written decides how much a sender that dies leaves to be said again, under
the same keys: what it said in a twentieth of a second, or the one message that took longer.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from alerts import allowance, claims, publishing
from alerts.claims import State
from alerts.enclosures import target_of
from alerts.messages import bundle_of, payload_of
from alerts.models import Alert, Notification, Receiver
from alerts.outcomes import Try, give_up, record
from alerts.receivers.base import Message, Payload, ReceiverError, Reply
from alerts.receivers.registry import kind_of

logger = logging.getLogger(__name__)

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
WRITE_SECONDS = 0.05  # between two looks at the table, which also see what events have overtaken
TURN_SECONDS = 1.0  # for one receiver, then the others have theirs
# What a message or an answer that nobody thought of raises in the module of its kind.
UNFIT = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_under_way = claims.UnderWay()


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test message met. `seconds` it took, `response` the first 200 characters."""

    ok: bool
    status: str
    seconds: float
    response: str
    error: str


def deliver_named(ids: Sequence[int], *, now: datetime) -> list[int]:
    """Send those of the rows, all of one receiver, that are due and that nobody else has.

    Returns those that were left for another turn: the receiver took long, or refused one.
    """
    rows = claims.claim_named(ids, now=now)
    return _deliver(rows, now=now) if rows else []


def deliver_due(*, now: datetime, limit: int = 100, waited: float = 2.0) -> int:
    """Send what has been due for `waited` seconds (a worker that was hinted goes first).

    At most `limit` receivers' turns, the most severe messages first. Several threads may do so at
    once: a receiver with two turns under way is passed over, so that one that hangs delays no
    other. Returns how many turns were taken.
    """
    due, started = now - timedelta(seconds=waited), time.monotonic()
    for turn in range(limit):
        moment = now + timedelta(seconds=time.monotonic() - started)
        with _under_way.claimed(now=moment, due=due) as rows:
            if not rows:
                return turn + publishing.publish_due(now=moment, due=due)
            _deliver(rows, now=moment)
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
    record([(notification, tried)], final=True, judges=False)
    error = tried.error
    return Tested(
        ok=error is None,
        status=tried.answer.status,
        seconds=tried.seconds,
        response=tried.answer.response,
        error=str(error) if error else "",
    )


def _deliver(rows: Sequence[Notification], *, now: datetime) -> list[int]:
    """Send what was claimed for one receiver; the rows that are left for another turn."""
    going = _still_open(rows, now=now)
    if not going:
        return []
    receiver, free_at = going[0].receiver, None
    if receiver is not None:
        count, free_at = allowance.spend(receiver, len(going), now=now)
        claims.hand_back(going[count:])
        going = going[:count]
    if not going:
        return []
    lead = going[0]
    if not kind_of(lead.channel).bundles:
        return _take_turn(going, now=now)
    crowd = claims.is_crowd(lead, now=now)
    others: list[Notification] = []
    if crowd or (free_at is not None and free_at > now):
        waiting = claims.riders(lead, crowd=crowd, now=now)
        others = _still_open(waiting, now=now)
    if others:
        _send_bundle([lead, *others], now=now)
        return []
    return _take_turn(going, now=now)


def _take_turn(rows: Sequence[Notification], *, now: datetime) -> list[int]:
    """Send one after another until one fails or the time is over; the rows that are left.

    1. Send as many as go in the time between two writes, at least one.
    2. Write what became of them.
    3. Look which of the rest events have overtaken meanwhile, and go on with 1.
    """
    started, going = time.monotonic(), list(rows)
    moment = now
    while going:
        tries = _send_some(going, now=moment)
        record(tries)
        going, spent = going[len(tries) :], time.monotonic() - started
        if tries[-1][1].error or spent > TURN_SECONDS:
            break
        moment = now + timedelta(seconds=spent)
        going = _still_open(_renewed(going), now=moment)
    claims.hand_back(going)
    receiver = rows[0].receiver
    if receiver is not None and going:
        allowance.refund(receiver, len(going))
    return [row.pk for row in going]


def _send_some(rows: Sequence[Notification], *, now: datetime) -> list[tuple[Notification, Try]]:
    started, tries = time.monotonic(), list[tuple[Notification, Try]]()
    for row in rows:
        spent = time.monotonic() - started
        if spent > WRITE_SECONDS:
            break
        moment = now + timedelta(seconds=spent)
        tries.append((row, _send(row, payload_of(row), key=row.key, now=moment)))
        if tries[-1][1].error:
            break
    return tries


def _renewed(rows: list[Notification]) -> list[Notification]:
    """The rows, whose alerts are as they are now."""
    alerts = Alert.objects.in_bulk({row.alert_id for row in rows if row.alert_id})
    for row in rows:
        row.alert = alerts[row.alert_id] if row.alert_id else None
    return rows


def _send_bundle(rows: Sequence[Notification], *, now: datetime) -> None:
    """One message for all: the allowance of the receiver ends with it."""
    lead = rows[0]
    payload = kind_of(lead.channel).render(bundle_of(rows, now=now))
    alert, lead.alert = lead.alert, None  # it belongs to no alert's thread
    tried = _send(lead, payload, key=f"bundle:{lead.key}", now=now)
    lead.alert = alert
    record([(row, tried) for row in rows])


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
    answer: Reply | ReceiverError
    try:
        target = target_of(notification, now=now)
        answer = kind_of(notification.channel).send(target, payload, key=key)
    except ReceiverError as error:
        answer = error
    except UNFIT as error:  # whoever sends must live on, and the next message will be another one
        logger.exception("a receiver cannot be told", extra={"channel": notification.channel})
        text = f"Cannot be told: {type(error).__name__}: {error}"
        answer = ReceiverError(text, permanent=True)
    return Try(now, time.monotonic() - started, answer)
