"""What follows from a try: the attempt, the next try, the fallback, the circuit breaker."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from alerts import notifications
from alerts.claims import TRIPS_AT, settle
from alerts.models import (
    Alert,
    Attempt,
    Escalation,
    EscalationStep,
    Notification,
    Receiver,
    ReceiverState,
    Transition,
)
from alerts.receivers.base import ReceiverError, Reply

logger = logging.getLogger(__name__)

RETRY_SECONDS = (5.0, 15.0, 60.0, 300.0)
LONGEST_RETRY_AFTER = 3_600.0
REST_SECONDS, LONGEST_REST = 30.0, 600.0  # of a receiver that fails; doubled with each failure

State = Notification.State


@dataclass(frozen=True, slots=True)
class Try:
    """One send: how long it took and what came back."""

    seconds: float
    reply: Reply | None
    error: ReceiverError | None


def record(
    notification: Notification,
    tried: Try,
    *,
    now: datetime,
    final: bool = False,
    judges: bool = True,
) -> None:
    """Write the attempt and what follows from it, in one transaction.

    `final`: there is no other try. `judges`: it counts for the circuit breaker; of a bundle only
    the first row does.
    """
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
            if reply and judges:
                notification.reference = dict(reply.reference)
        elif final or error.permanent or notification.attempts > len(RETRY_SECONDS):
            notification.state, notification.error = State.FAILED, str(error)
        else:
            notification.state, notification.error = State.PENDING, str(error)
            notification.next_try_at = ended + _pause(notification.attempts, error)
            notification.bundle = None
        held = settle(notification, ["error", "sent_at", "next_try_at", "reference", "bundle_id"])
        if judges:
            _judge(notification, error, now=ended)
        if error and error.gone and notification.receiver:
            Receiver.objects.filter(pk=notification.receiver.pk).update(enabled=False)
        if held and notification.state == State.FAILED:
            give_up(notification, now=ended)


def give_up(notification: Notification, *, now: datetime) -> None:
    """Tell the fallback at once; without one the next step of the escalation is due."""
    logger.warning("notification failed", extra={"key": notification.key})
    if not _fall_back(notification, now=now):
        _hurry(notification, now=now)


def _judge(notification: Notification, error: ReceiverError | None, *, now: datetime) -> None:
    """Keep the receiver's record; after five failures in a row it is left alone for a while."""
    if notification.receiver_id is None:
        return
    state, _ = ReceiverState.objects.get_or_create(receiver_id=notification.receiver_id)
    line = ReceiverState.objects.filter(pk=state.pk)
    if error is None:
        line.update(failures=0, open_until=None, last_sent_at=now, last_error="")
        return
    line.update(failures=F("failures") + 1, last_failed_at=now, last_error=str(error)[:500])
    state.refresh_from_db()
    asked = min(error.retry_after or 0.0, LONGEST_RETRY_AFTER)
    over = state.failures - TRIPS_AT
    rest = min(REST_SECONDS * 2 ** min(over, 10), LONGEST_REST) if over >= 0 else 0.0
    if max(asked, rest):
        line.update(open_until=now + timedelta(seconds=max(asked, rest)))


def _pause(attempts: int, error: ReceiverError) -> timedelta:
    """How long to wait after this many tries, a fifth more or less, or as long as was asked."""
    pause = RETRY_SECONDS[attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311
    asked = min(error.retry_after or 0.0, LONGEST_RETRY_AFTER)
    return timedelta(seconds=max(pause, asked))


def _fall_back(notification: Notification, *, now: datetime) -> bool:
    """Owe the same transition to the receiver's fallback, unless it was told already."""
    receiver, alert = notification.receiver, notification.alert
    if receiver is None or receiver.fallback is None or alert is None:
        return False
    change = Transition.objects.filter(alert=alert, seq=notification.transition_seq).first()
    told = Notification.objects.filter(
        alert=alert, transition_seq=notification.transition_seq, receiver=receiver.fallback
    )
    if change is None or told.exists():
        return False
    instead = {"id": receiver.fallback.pk, "name": receiver.fallback.name}
    step = notification.payload.get("step")
    notifications.owe(alert, change, receivers=[instead], now=now, step=step)
    return True


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
