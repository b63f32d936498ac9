"""What follows from a try: the attempt, the next try, the fallback, the circuit breaker."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from alerts import claims, notifications
from alerts.claims import TRIPS_AT
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
from alerts.notifications import Debt
from alerts.receivers.base import ReceiverError, Reply
from ops_portal.lib import rows

logger = logging.getLogger(__name__)

RETRY_SECONDS = (5.0, 15.0, 60.0, 300.0)
LONGEST_RETRY_AFTER = 3_600.0
REST_SECONDS, LONGEST_REST = 30.0, 600.0  # of a receiver that fails; doubled with each failure

State = Notification.State


@dataclass(frozen=True, slots=True)
class Try:
    """One send: when it began, how long it took and what came back."""

    at: datetime
    seconds: float
    answer: Reply | ReceiverError

    @property
    def ended(self) -> datetime:
        return self.at + timedelta(seconds=self.seconds)

    @property
    def error(self) -> ReceiverError | None:
        return self.answer if isinstance(self.answer, ReceiverError) else None


def record(
    tries: Sequence[tuple[Notification, Try]], *, final: bool = False, judges: bool = True
) -> None:
    """Write the attempts and what follows from them, in one transaction.

    The rows are of one receiver, of whose tries only the last may have failed: that one counts for
    the circuit breaker, if it `judges`; or they are the stream's. `final`: there is no other try.
    """
    lead, last = tries[0][0], tries[-1][1]
    with transaction.atomic():
        rows.insert([_attempt(row, one) for row, one in tries])
        for row, one in tries:
            _conclude(row, one, final=final)
            if judges and isinstance(one.answer, Reply) and row.bundle_id is None:
                said = one.answer.reference
                row.reference = {name: _storable(text) for name, text in said.items()}
        held = claims.settle([row for row, _ in tries])
        if judges and lead.receiver is not None:
            _judge(lead.receiver, last, recovered=len(tries) > 1 and tries[0][1].error is None)
        if last.error and last.error.gone and lead.receiver:
            Receiver.objects.filter(pk=lead.receiver.pk).update(enabled=False)
        lost = [row for row in held if row.state == State.FAILED]
        if lost:
            give_up(lost, now=last.ended)


def give_up(lost: Sequence[Notification], *, now: datetime) -> None:
    """Tell the fallbacks at once; without one the next step of the escalation is due."""
    for row in lost:
        logger.warning("notification failed", extra={"key": row.key})
    replaced = _fall_back(lost, now=now)
    _hurry([row for row in lost if row.pk not in replaced], now=now)


def _attempt(row: Notification, tried: Try) -> Attempt:
    error, answer = tried.error, tried.answer
    return Attempt(
        notification=row,
        n=row.attempts,
        started_at=tried.at,
        seconds=tried.seconds,
        ok=error is None,
        status=_storable(answer.status),
        error=_storable(str(error)) if error else "",
        response=_storable(answer.response[:200]),
    )


def _storable(text: str) -> str:
    """What the other side said, as PostgreSQL holds it: a send that is not recorded is repeated."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def _conclude(row: Notification, tried: Try, *, final: bool) -> None:
    """The row as it is after this try, not saved."""
    error, ended = tried.error, tried.ended
    if error is None:
        row.state, row.sent_at, row.error = State.SENT, ended, ""
    elif final or error.permanent or (row.attempts > len(RETRY_SECONDS) and not _patient(row)):
        row.state, row.error = State.FAILED, _storable(str(error))
    else:
        row.state, row.error = State.PENDING, _storable(str(error))
        row.next_try_at, row.bundle = ended + _pause(row.attempts, error), None


def _patient(row: Notification) -> bool:
    """The stream waits for its Redis, however long that is away."""
    return row.channel == Notification.Channel.STREAM


def _judge(receiver: Receiver, tried: Try, *, recovered: bool) -> None:
    """Keep the receiver's record; after five failures in a row it is left alone for a while.

    `recovered`: it took a message before the one that failed.
    """
    error, now = tried.error, tried.ended
    line = ReceiverState.objects.filter(receiver=receiver)
    if error is None:
        well = {"failures": 0, "open_until": None, "last_sent_at": now, "last_error": ""}
        if not line.update(**well):
            ReceiverState.objects.get_or_create(receiver=receiver, defaults=well)
        return
    state, _ = ReceiverState.objects.get_or_create(receiver=receiver)
    failures, text = 1 if recovered else F("failures") + 1, _storable(str(error))[:500]
    line.update(failures=failures, last_failed_at=now, last_error=text)
    state.refresh_from_db()
    asked = min(error.retry_after or 0.0, LONGEST_RETRY_AFTER)
    over = state.failures - TRIPS_AT
    rest = min(REST_SECONDS * 2 ** min(over, 10), LONGEST_REST) if over >= 0 else 0.0
    if max(asked, rest):
        line.update(open_until=now + timedelta(seconds=max(asked, rest)))


def _pause(attempts: int, error: ReceiverError) -> timedelta:
    """How long to wait after this many tries, a fifth more or less, or as long as was asked."""
    pause = RETRY_SECONDS[min(attempts, len(RETRY_SECONDS)) - 1] * random.uniform(0.8, 1.2)  # noqa: S311
    asked = min(error.retry_after or 0.0, LONGEST_RETRY_AFTER)
    return timedelta(seconds=max(pause, asked))


def _fall_back(lost: Sequence[Notification], *, now: datetime) -> set[int]:
    """Owe the same transitions to the receivers' fallbacks, unless they were told already.

    Returns the keys of the rows that are replaced.
    """
    alerts = {row.alert_id for row in lost if row.receiver and row.receiver.fallback}
    if not alerts:
        return set()
    spoken = {(one.alert_id, one.seq): one for one in Transition.objects.filter(alert__in=alerts)}
    told = set(
        Notification.objects.filter(alert__in=alerts).values_list(
            "alert_id", "transition_seq", "receiver_id"
        )
    )
    debts: dict[int, Debt] = {}
    for row in lost:
        instead = row.receiver and row.receiver.fallback
        change = spoken.get((row.alert_id or 0, row.transition_seq))
        if not instead or not change or row.alert is None:
            continue
        if (row.alert_id, row.transition_seq, instead.pk) not in told:
            entry = {"id": instead.pk, "name": instead.name}
            debts[row.pk] = Debt(row.alert, change, [entry], row.payload.get("step"))
    notifications.owe(list(debts.values()), now=now)
    return set(debts)


def _hurry(lost: Sequence[Notification], *, now: datetime) -> None:
    """A step that reached nobody must not be waited for: the next one is due at once."""
    places = {row.alert_id: row.payload["step"] for row in lost if row.payload.get("step")}
    if not places:
        return
    runs = [place["run"] for place in places.values()]
    taken = EscalationStep.objects.filter(alert__in=places, run__in=runs)
    latest = taken.order_by("alert_id", "-loop", "-step").distinct("alert_id")
    stuck = [
        one.run
        for one in latest
        if (one.loop, one.step) == (places[one.alert_id]["loop"], places[one.alert_id]["step"])
        and str(one.run) == places[one.alert_id]["run"]
    ]
    Escalation.objects.filter(
        alert__in=places,
        token__in=stuck,
        state=Escalation.State.RUNNING,
        alert__state=Alert.State.FIRING,
        next_at__gt=now,
    ).update(next_at=now)
