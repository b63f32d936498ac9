"""What is owed to receivers: a row is the queue, written in the transaction of its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any

from alerts import hints
from alerts.claims import MOST_TOGETHER
from alerts.messages import LATER, holders, message_of
from alerts.models import Alert, AlertGroup, Notification, Receiver, Transition
from alerts.receivers import stream
from alerts.receivers.base import GroupMessage, Message, Payload
from alerts.receivers.facts import headline
from alerts.receivers.groups import render_group
from alerts.receivers.registry import kind_of
from ops_portal.lib import rows

PRIORITY = {"critical": 0, "warning": 1, "info": 2}
MOST_RENDERED = 100  # to one receiver at once; more than that go together
MOST_HINTED = 1_000  # turns of one call; a storm is not doubled in the broker
HANDS = 8  # senders among which a burst is dealt
AFTER_PEOPLE = 3  # the stream is for machines
# Foreign keys are checked at the commit only: a receiver deleted meanwhile would fail it.
State, STREAM = Notification.State, Notification.Channel.STREAM
HOLD = "SELECT * FROM alerts_receiver WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"


Change = tuple[Alert, Transition]


@dataclass(frozen=True, slots=True)
class Debt:
    """A transition that is owed to receivers ({"id", "name"}).

    `step` names the escalation step it belongs to: {"run", "step", "loop"}, counted from 0. `tag`
    tells a further message of the same transition to the same receiver from the first.
    """

    alert: Alert
    transition: Transition
    receivers: Sequence[Mapping[str, Any]]
    step: Mapping[str, Any] | None = None
    tag: str = ""


def owe(debts: Sequence[Debt], *, now: datetime) -> None:
    """Owe the transitions, rendered now; of a crowd that will go in one message, when it goes.

    A receiver that is switched off or gone gets a row that says so.
    """
    wanted = {entry["id"] for debt in debts for entry in debt.receivers}
    if not wanted:
        return
    known = {row.pk: row for row in Receiver.objects.raw(HOLD, [list(wanted)])}
    held = holders(debt.alert for debt in debts)
    counts = Counter(entry["id"] for debt in debts for entry in debt.receivers)
    made = []
    for debt in debts:
        number = None if debt.step is None else int(debt.step["step"]) + 1
        holder = held.get(debt.alert.pk, "")
        message = message_of(debt.alert, debt.transition, holder=holder, step=number)
        made += [
            _row(
                debt,
                known.get(entry["id"]),
                entry["name"],
                message,
                later=counts[entry["id"]] > MOST_RENDERED,
                now=now,
            )
            for entry in debt.receivers
        ]
    fresh = _insert(made)
    due = [row for row in fresh if row.state == State.PENDING]
    due.sort(key=lambda row: (row.priority, row.pk))
    alone = _turns([row for row in due if not _waits(row)])
    leads = {(row.receiver_id, row.priority): row.pk for row in reversed(due) if _waits(row)}
    hints.hint([*alone[:MOST_HINTED], *([pk] for pk in leads.values())])


def owe_told(changes: Sequence[Change], *, now: datetime) -> None:
    """Owe each transition to every receiver that was already told of its alert."""
    told: dict[int, list[dict[str, Any]]] = {}
    known = Notification.objects.filter(
        alert__in=[alert.pk for alert, _ in changes],
        receiver__isnull=False,
        state__in=[State.SENT, State.SENDING],
    )
    named = known.values_list("alert_id", "receiver_id", "receiver_name")
    for alert_id, pk, name in named.distinct() if changes else ():
        told.setdefault(alert_id, []).append({"id": pk, "name": name})
    owe([Debt(a, t, told[a.pk]) for a, t in changes if a.pk in told], now=now)


def owe_stream(changes: Sequence[Change], *, now: datetime) -> None:
    """Owe each transition to the stream `alerts`."""
    if changes:
        hints.hint_stream()
    held = holders(alert for alert, _ in changes)
    columns: dict[str, list[Any]] = {
        "key": [f"{alert.uid}:{change.seq}:{STREAM}" for alert, change in changes],
        "alert_id": [alert.pk for alert, _ in changes],
        "reason": [change.action for _, change in changes],
        "transition_seq": [change.seq for _, change in changes],
        "payload": [
            stream.render(message_of(alert, change, holder=held.get(alert.pk, "")))
            for alert, change in changes
        ],
    }
    shared = {"priority": AFTER_PEOPLE, "created_at": now, "next_try_at": now}
    rows.put(Notification, columns, channel=STREAM, **shared)


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
    fresh = _insert(
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
    hints.hint(_turns([row for row in fresh if row.state == State.PENDING]))


def _turns(rows: Sequence[Notification]) -> list[list[int]]:
    """The rows as senders take them: those of one receiver dealt among the senders, in order."""
    lines: dict[int, list[int]] = {}  # those that are bundled have each a line of their own
    for row in rows:
        together = row.receiver_id if not kind_of(row.channel).bundles else None
        lines.setdefault(together or -row.pk, []).append(row.pk)
    turns: list[list[int]] = []
    for keys in lines.values():
        size = min(MOST_TOGETHER, -(-len(keys) // HANDS))
        turns += [list(each) for each in batched(keys, size)]
    place = {row.pk: number for number, row in enumerate(rows)}
    return sorted(turns, key=lambda keys: place[keys[0]])


def _waits(row: Notification) -> bool:
    """Whether it goes with a crowd, of which a worker is told once."""
    return LATER in row.payload and kind_of(row.channel).bundles


def _insert(made: Iterable[Notification]) -> list[Notification]:
    """Insert; a key that exists is owed already. Returns what is new."""
    return rows.insert(list(made), match="key", unless="(key)")


def _row(
    debt: Debt,
    receiver: Receiver | None,
    name: str,
    message: Message,
    *,
    later: bool,
    now: datetime,
) -> Notification:
    alert, transition = debt.alert, debt.transition
    if receiver is None:
        row = _blank(alert, transition, "email", {}, now=now, suffix=name)
        row.state, row.error = State.SKIPPED, "The receiver was deleted."
    else:
        payload: Payload = {LATER: True} if later else kind_of(receiver.kind).render(message)
        if debt.step is not None:
            payload["step"] = {**debt.step, "run": str(debt.step["run"])}
        suffix = f"{receiver.pk}:{debt.tag}"
        row = _blank(alert, transition, receiver.kind, payload, now=now, suffix=suffix)
        row.receiver = receiver
        if not receiver.enabled:
            row.state, row.error = State.SKIPPED, "The receiver is switched off."
        elif receiver.owner_id is not None and receiver.verified_at is None:
            row.state, row.error = State.SKIPPED, "The address is not verified."
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
        priority=PRIORITY[alert.severity],
        created_at=now,
        next_try_at=now,
    )
