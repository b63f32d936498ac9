"""What happened to an alert, in order: changes, steps, messages, words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from alerts.models import Alert, EscalationStep, GroupMember, Notification, Transition
from alerts.summary import person

Action = Transition.Action
# action -> icon, tone, words
CHANGES: dict[str, tuple[str, str, str]] = {
    Action.FIRED: ("critical", "critical", "Fired"),
    Action.NO_DATA: ("nodata", "quiet", "Lost its data"),
    Action.DATA_BACK: ("info", "info", "Data is back"),
    Action.ACKNOWLEDGED: ("acked", "acked", "Acknowledged"),
    Action.SNOOZED: ("clock", "acked", "Snoozed"),
    Action.ASSIGNED: ("user", "info", "Assigned to nobody"),
    Action.REOPENED: ("undo", "warning", "Reopened"),
    Action.UNACKNOWLEDGED: ("undo", "warning", "Acknowledgment taken back"),
    Action.COMMENTED: ("comment", "info", "Comment"),
    Action.RESOLVED: ("resolved", "ok", "Resolved"),
    Action.SUPPRESSED: ("silenced", "quiet", "Kept quiet"),
    Action.UNSUPPRESSED: ("alerts", "warning", "No longer kept quiet"),
}
PEOPLE = {"rule": ("People by the rule's own policy",), "nobody": ("Nobody is told",)}
OUTCOMES: dict[str, tuple[str, str]] = {
    Notification.State.PENDING: ("quiet", "waiting"),
    Notification.State.SENDING: ("info", "being sent"),
    Notification.State.SENT: ("ok", "sent"),
    Notification.State.FAILED: ("critical", "failed"),
    Notification.State.SKIPPED: ("quiet", "skipped: overtaken"),
}


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt to deliver a message."""

    n: int
    at: datetime
    seconds: float
    ok: bool
    status: str
    error: str


@dataclass(frozen=True, slots=True)
class Item:
    """One entry. `kind`: change, step or message."""

    at: datetime
    kind: str
    icon: str
    tone: str
    title: str
    who: str = ""
    text: str = ""
    value: float | None = None
    tries: Sequence[Try] = field(default_factory=tuple)
    waiting: bool = False  # its outcome is not known yet

    def as_json(self) -> dict[str, Any]:
        """The entry for an export, times in ISO 8601."""
        plain = asdict(self)
        plain["tries"] = [{**asdict(t), "at": t.at.isoformat()} for t in self.tries]
        return {**plain, "at": self.at.isoformat()}


def of(alert: Alert) -> list[Item]:
    """Everything that happened to the alert, oldest first."""
    changes = alert.transitions.select_related("actor").exclude(action=Action.ESCALATED)
    messages = alert.notifications.prefetch_related("tries").exclude(
        channel=Notification.Channel.STREAM
    )
    items = [_change(one) for one in changes]
    items += [_step(one) for one in alert.escalation_steps.all()]
    items += [_message(one) for one in messages]
    for member in alert.memberships.exclude(told_at=None).select_related("group"):
        items += _told_in_group(member)
    return sorted(items, key=lambda item: item.at)


def _change(change: Transition) -> Item:
    icon, tone, title = CHANGES[change.action]
    if change.action == Action.FIRED and change.detail.get("severity"):
        icon = tone = str(change.detail["severity"])
    if change.action == Action.RESOLVED and change.actor is None:
        title = "Resolved by itself"
    title = _precisely(change, title)
    who = person(change.actor) if change.actor else ""
    if "token" in change.detail:
        who = f"{who} by token {change.detail['token']}"
    text = change.note or _way(change.detail)
    return Item(change.at, "change", icon, tone, title, who, text, change.value)


def _precisely(change: Transition, title: str) -> str:
    """The title with what the detail knows: until when, to whom, as which alert."""
    detail = change.detail
    if change.action == Action.SNOOZED:
        until = timezone.localtime(datetime.fromisoformat(detail["until"]))
        return f"Snoozed until {until:%d %b %H:%M %Z}"
    if change.action == Action.ASSIGNED and detail["to"]:
        return f"Assigned to {detail['to']['name']}"
    if change.action == Action.REOPENED:
        return f"Reopened as #{detail['as']}"
    if change.action == Action.FIRED and "reopens" in detail:
        return f"Reopened from #{detail['reopens']}"
    return title


def _way(detail: Mapping[str, Any]) -> str:
    """The routes taken, where one other than the root was or a channel is told."""
    routes = [
        f"Route {' › '.join(taken['way'])}"
        + (f", channels: {', '.join(taken['channels'])}" if taken["channels"] else "")
        for taken in detail.get("routes", ())
        if len(taken["way"]) > 1 or taken["channels"]
    ]
    return "; ".join([*routes, *PEOPLE.get(detail.get("people", ""), ())])


def _told_in_group(member: GroupMember) -> list[Item]:
    """What the channels of a route were told of this alert among others."""
    name = f"Channels of {member.group.route_name}"
    told = [(member.told_at, "told in a group that it fires")]
    told += [(member.left_at, "told in a group that it ended")]
    return [
        Item(at, "message", "send", "ok", f"{name}: {words}")
        for at, words in told
        if at is not None
    ]


def _step(step: EscalationStep) -> Item:
    people = [f"{one['name']} ({one['hole'] or one['why']})" for one in step.people]
    channels = [] if people else [one["name"] for one in step.receivers]
    told = ", ".join(people + channels) or "nobody"
    again = f", round {step.loop + 1}" if step.loop else ""
    return Item(step.at, "step", "escalate", "warning", f"Step {step.step + 1}{again}: {told}")


def _message(message: Notification) -> Item:
    tone, outcome = OUTCOMES[message.state]
    tries = tuple(
        Try(t.n, t.started_at, t.seconds, t.ok, t.status, t.error)
        for t in sorted(message.tries.all(), key=lambda t: t.n)
    )
    name = message.receiver_name or message.channel
    return Item(
        message.created_at,
        "message",
        "send",
        tone,
        f"{name}: {outcome}",
        text=message.error if message.state != Notification.State.SENT else "",
        tries=tries,
        waiting=message.state in (Notification.State.PENDING, Notification.State.SENDING),
    )
