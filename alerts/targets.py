"""Whom a step of an escalation reaches, at the moment it is taken: people, addresses, holes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User

from alerts import oncall
from alerts.models import NotificationRule, PolicyStep, QuietHours, Receiver, Schedule, Severity
from alerts.readers import read_by
from alerts.rotations import EVERY_DAY, Layer, Rotation, layer_spans
from alerts.rotations import Kind as Unit
from alerts.summary import person

Kind = PolicyStep.Kind
TO_PEOPLE = {Kind.USERS, Kind.SCHEDULE, Kind.TEAM}
TO_RECEIVERS = {Kind.CHANNEL, Kind.WEBHOOK}
RANK = {name: rank for rank, name in enumerate(Severity.values)}


@dataclass(frozen=True, slots=True)
class Message:
    """A message to one receiver, `at` its time; `hole`: why it will not reach anybody."""

    receiver_id: int
    name: str
    at: datetime
    user_id: int | None = None
    hole: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """A person of a step: `why` they are meant, what they get, and why they get nothing."""

    user: User | None
    why: str
    messages: Sequence[Message] = ()
    hole: str = ""

    @property
    def name(self) -> str:
        return person(self.user) if self.user else "nobody"

    def as_json(self) -> dict[str, Any]:
        """The entry for the history of the step."""
        pk = self.user.pk if self.user else None
        return {"id": pk, "name": self.name, "why": self.why, "hole": self.hole}


@dataclass(frozen=True, slots=True)
class Targets:
    """Everything one step does at its moment."""

    people: Sequence[Reached] = ()
    channels: Sequence[Message] = field(default_factory=tuple)

    @property
    def messages(self) -> list[Message]:
        """The messages in order of their time; an address that two people's rules name, once."""
        found: dict[tuple[int, datetime], Message] = {}
        for message in (*self.channels, *(m for one in self.people for m in one.messages)):
            found.setdefault((message.receiver_id, message.at), message)
        return sorted(found.values(), key=lambda one: one.at)

    @property
    def told(self) -> str:
        """Who is meant, for people to read."""
        names = [*(one.name for one in self.people), *(one.name for one in self.channels)]
        return ", ".join(dict.fromkeys(names)) or "nobody"

    @property
    def reaches_somebody(self) -> bool:
        return any(not message.hole for message in self.messages)


def of_step(step: Mapping[str, Any], *, severity: str, at: datetime) -> Targets:
    """Resolve the frozen step: who is on call at that moment, who is in the team, their rules."""
    kind = step.get("kind", Kind.CHANNEL)
    if kind in TO_RECEIVERS:
        return Targets(channels=_channels(step["receivers"], at=at))
    if kind not in TO_PEOPLE:
        return Targets()
    important = bool(step.get("important"))
    return Targets(
        [
            _reach(user, why, severity=severity, important=important, at=at)
            for user, why in _people(kind, step, at=at)
        ]
    )


def _channels(receivers: Sequence[Mapping[str, Any]], *, at: datetime) -> list[Message]:
    known = Receiver.objects.in_bulk([one["id"] for one in receivers])
    found = []
    for one in receivers:
        receiver = known.get(one["id"])
        hole = "The receiver was deleted." if receiver is None else _hole_of(receiver)
        found.append(Message(one["id"], one["name"], at, hole=hole))
    return found


def _people(kind: str, step: Mapping[str, Any], *, at: datetime) -> list[tuple[User | None, str]]:
    if kind == Kind.SCHEDULE:
        return [_on_call(step["schedule"], at=at)]
    if kind == Kind.TEAM:
        team = step["team"]
        members = User.objects.filter(teams=team["id"], is_active=True).order_by("username")
        return [(user, f"in the team {team['name']}") for user in members] or [
            (None, f"The team {team['name']} has no member.")
        ]
    users = User.objects.in_bulk([one["id"] for one in step["users"]])
    return [(users.get(one["id"]), "named in the policy") for one in step["users"]] or [
        (None, "The step names nobody.")
    ]


def _on_call(frozen: Mapping[str, Any], *, at: datetime) -> tuple[User | None, str]:
    schedule = Schedule.objects.select_related("fallback").filter(pk=frozen["id"]).first()
    if schedule is None:
        return None, f"The schedule {frozen['name']} was deleted."
    found = oncall.who(schedule, at)
    if found.user is None:
        return None, f"Nobody is on call in {schedule.name}, and it has no fallback person."
    if found.gap:
        return found.user, f"fallback of {schedule.name}: nobody is on call"
    return found.user, f"on call in {schedule.name}"


def _reach(user: User | None, why: str, *, severity: str, important: bool, at: datetime) -> Reached:
    if user is None:
        return Reached(None, why, hole=why)
    if not user.is_active:
        return Reached(user, why, hole="The account is switched off.")
    messages = messages_of(user, severity=severity, important=important, at=at)
    if not messages:
        return Reached(user, why, hole="No verified address.")
    holes = {one.hole for one in messages}
    return Reached(user, why, messages, "" if "" in holes else holes.pop())


def messages_of(user: User, *, severity: str, important: bool, at: datetime) -> list[Message]:
    """What the rules of the person make of a step at this moment.

    Important steps take the important rules where there are any. Without a rule for this severity
    every verified address is told at once: nobody is left out by having forgotten to choose.
    """
    rules = NotificationRule.objects.filter(user=user).select_related("receiver")
    lists: dict[bool, list[NotificationRule]] = {True: [], False: []}
    for rule in rules:
        if RANK[rule.severity] <= RANK[severity]:
            lists[rule.important].append(rule)
    chosen = (lists[True] if important else []) or lists[False]
    if not chosen:
        addresses = Receiver.objects.filter(owner=user, verified_at__isnull=False).order_by("pk")
        return [_message(one, user, at) for one in addresses]
    quiet = QuietHours.objects.filter(user=user).first()
    return [
        _message(rule.receiver, user, _heard(rule, quiet, at=at, important=important))
        for rule in chosen
    ]


def _message(receiver: Receiver, user: User, at: datetime) -> Message:
    return Message(receiver.pk, receiver.name, at, user.pk, _hole_of(receiver))


def _heard(
    rule: NotificationRule, quiet: QuietHours | None, *, at: datetime, important: bool
) -> datetime:
    """When the rule tells: its delay later, and not before quiet hours end if it heeds them."""
    moment = at + timedelta(seconds=rule.delay_seconds)
    if quiet is None or rule.through_quiet_hours or important:
        return moment
    return quiet_until(quiet, moment) or moment


def quiet_until(quiet: QuietHours, moment: datetime) -> datetime | None:
    """When the quiet hours that hold at the moment end; None: it is not quiet."""
    if quiet.begins == quiet.ends:
        return None
    zone, day = ZoneInfo(quiet.time_zone), timedelta(days=1)
    always = Rotation(Unit.DAILY, datetime(2000, 1, 1), (0,))  # noqa: DTZ001  on the wall
    nights = Layer("quiet", zone, always, EVERY_DAY, quiet.begins, quiet.ends)
    for span in layer_spans(nights, moment - day, moment + 2 * day):
        if span.start <= moment < span.end:
            return _end_of_night(span.end, nights, moment)
    return None


def _end_of_night(end: datetime, nights: Layer, moment: datetime) -> datetime:
    """A night that lies in two turns of the layer ends with the second."""
    following = layer_spans(nights, end, end + timedelta(seconds=1))
    if following and following[0].start == end:
        longer = layer_spans(nights, end, moment + timedelta(days=2))
        return longer[0].end
    return end


def _hole_of(receiver: Receiver) -> str:
    if not receiver.enabled:
        return "The receiver is switched off."
    if receiver.owner_id is not None and receiver.verified_at is None:
        return "The address is not verified."
    return ""


def own_receivers(user: User) -> list[dict[str, Any]]:
    """Where this person alone reads, as rows of the outbox name it."""
    return [{"id": receiver.pk, "name": receiver.name} for receiver in read_by(user)]
