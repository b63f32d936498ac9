"""What is owed to receivers: a row is the queue, written in the transaction of its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from alerts import hints
from alerts.messages import message_of
from alerts.models import Alert, AlertGroup, Notification, Receiver, Transition
from alerts.receivers import stream
from alerts.receivers.base import GroupMessage, Message, Payload
from alerts.receivers.facts import headline
from alerts.receivers.groups import render_group
from alerts.receivers.registry import kind_of

PRIORITY = {"critical": 0, "warning": 1, "info": 2}
AFTER_PEOPLE = 3  # the stream is for machines
# Foreign keys are checked at the commit only: a receiver deleted meanwhile would fail it.
State = Notification.State
HOLD = "SELECT * FROM alerts_receiver WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"


def owe(
    alert: Alert,
    transition: Transition,
    *,
    receivers: Sequence[Mapping[str, Any]],
    now: datetime,
    step: Mapping[str, Any] | None = None,
    tag: str = "",
) -> None:
    """Owe the transition to the receivers ({"id", "name"}), rendered now.

    `tag` tells a further message of the same transition to the same receiver from the first.

    `step` names the escalation step it belongs to: {"run", "step", "loop"}, counted from 0.
    A receiver that is switched off or gone gets a row that says so.
    """
    known = {row.pk: row for row in Receiver.objects.raw(HOLD, [[r["id"] for r in receivers]])}
    number = None if step is None else int(step["step"]) + 1
    message = message_of(alert, transition, step=number)
    rows = [
        _row(
            alert,
            transition,
            known.get(entry["id"]),
            entry["name"],
            message,
            step,
            now=now,
            tag=tag,
        )
        for entry in receivers
    ]
    _insert(rows)


def owe_told(alert: Alert, transition: Transition, *, now: datetime) -> None:
    """Owe the transition to every receiver that was already told of this alert."""
    told = (
        Notification.objects.filter(
            alert=alert,
            receiver__isnull=False,
            state__in=[Notification.State.SENT, Notification.State.SENDING],
        )
        .values_list("receiver_id", "receiver_name")
        .distinct()
    )
    owe(alert, transition, receivers=[{"id": pk, "name": name} for pk, name in told], now=now)


def owe_stream(alert: Alert, transition: Transition, *, now: datetime) -> None:
    """Owe the transition to the stream `alerts`."""
    message = message_of(alert, transition)
    _insert([_blank(alert, transition, "stream", stream.render(message), now=now)])


def owe_group(
    message: GroupMessage,
    *,
    receivers: Sequence[Mapping[str, Any]],
    group: AlertGroup | None,
    key: str,
    now: datetime,
) -> None:
    """Owe a message about many alerts; its key is `key` and the receiver."""
    ids = [entry["id"] for entry in receivers]
    reason = "digest" if message.reason == "digest" else "group"
    _insert(
        Notification(
            key=f"{key}:{receiver.pk}",
            group=group,
            receiver=receiver,
            receiver_name=receiver.name,
            channel=receiver.kind,
            reason=reason,
            title=message.title,
            payload=render_group(kind_of(receiver.kind), message),
            priority=PRIORITY[message.severity],
            state=State.PENDING if receiver.enabled else State.SKIPPED,
            error="" if receiver.enabled else "The receiver is switched off.",
            created_at=now,
            next_try_at=now,
        )
        for receiver in Receiver.objects.raw(HOLD, [ids])
    )


def _insert(rows: Iterable[Notification]) -> None:
    """Insert; a key that exists is owed already."""
    rows = list(rows)
    if not rows:
        return
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    keys = [row.key for row in rows if row.state == Notification.State.PENDING]
    fresh = Notification.objects.filter(key__in=keys).order_by("priority", "pk")
    hints.hint(list(fresh.values_list("pk", flat=True)))


def _row(
    alert: Alert,
    transition: Transition,
    receiver: Receiver | None,
    name: str,
    message: Message,
    step: Mapping[str, Any] | None,
    *,
    now: datetime,
    tag: str = "",
) -> Notification:
    if receiver is None:
        row = _blank(alert, transition, "email", {}, now=now, suffix=name)
        row.state, row.error = Notification.State.SKIPPED, "The receiver was deleted."
    else:
        payload = kind_of(receiver.kind).render(message)
        if step is not None:
            payload["step"] = {**step, "run": str(step["run"])}
        row = _blank(
            alert, transition, receiver.kind, payload, now=now, suffix=f"{receiver.pk}:{tag}"
        )
        row.receiver = receiver
        if not receiver.enabled:
            row.state, row.error = Notification.State.SKIPPED, "The receiver is switched off."
        elif receiver.owner_id is not None and receiver.verified_at is None:
            row.state, row.error = Notification.State.SKIPPED, "The address is not verified."
    row.receiver_name, row.title = name, headline(message)
    return row


def _blank(
    alert: Alert,
    transition: Transition,
    channel: str,
    payload: Payload,
    *,
    now: datetime,
    suffix: str = "",
) -> Notification:
    return Notification(
        key=f"{alert.uid}:{transition.seq}:{channel}:{suffix}".rstrip(":"),
        alert=alert,
        channel=channel,
        reason=transition.action,
        transition_seq=transition.seq,
        payload=payload,
        priority=AFTER_PEOPLE if channel == "stream" else PRIORITY[alert.severity],
        created_at=now,
        next_try_at=now,
    )
