"""What every receiver takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Payload = dict[str, Any]
Check = Callable[[str], str]  # what was typed -> what is kept; raises ValidationError

HEADLINES = {
    "fired": "Firing",
    "escalated": "Still firing",
    "no_data": "No data",
    "data_back": "Firing",
    "acknowledged": "Acknowledged",
    "unacknowledged": "Given back",
    "resolved": "Resolved",
    "snoozed": "Snoozed",
    "assigned": "Assigned",
    "test": "Test",
    "code": "Code",
    "bundle": "Several alerts",
}


class ReceiverError(Exception):
    """A message was not accepted.

    `permanent`: trying again cannot help. `retry_after`: seconds the other side asked for.
    `status`: its HTTP status or SMTP code, `response` what it said. `gone`: the address is no more.
    """

    gone = False

    def __init__(
        self,
        text: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        status: str = "",
        response: str = "",
    ) -> None:
        super().__init__(text)
        self.permanent = permanent
        self.retry_after = retry_after
        self.status = status
        self.response = response


@dataclass(frozen=True, slots=True)
class Reply:
    """What the other side said when it took the message.

    `reference`: its name for the message, by which a later one can change or answer it.
    """

    status: str
    response: str = ""
    reference: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes, and what is only known when it goes.

    `options` holds what the receiver was told, secrets opened. `earlier` is the reference of the
    first message of the same alert there. `acknowledge_url` is a one-use link of the person who
    reads the message, `picture` a PNG of the value around the firing.
    """

    options: Mapping[str, str]
    earlier: Mapping[str, str] = field(default_factory=dict)
    acknowledge_url: str = ""
    picture: bytes = b""

    def __getitem__(self, name: str) -> str:
        """The option, raising ReceiverError where it is missing: trying again cannot help."""
        text = self.options.get(name, "")
        if not text:
            raise ReceiverError(f"The receiver has no {name}.", permanent=True)
        return text


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a receiver must be told. A secret goes in and never comes out."""

    name: str
    label: str
    help: str = ""
    secret: bool = False
    required: bool = True
    check: Check = str


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to reach somebody: all that the portal knows about it.

    `per_minute`: messages to one receiver, what exceeds waits and is bundled where `bundles`.
    `encloses`: its messages take a picture and a one-use link, `links`: the link alone.
    `threads`: a later message of an alert changes or answers its first.
    `offered`: people may choose it.
    `render_group`: a form of its own for many alerts in one message.
    """

    name: str
    label: str
    fields: tuple[Field, ...]
    render: Callable[[Message], Payload]
    send: Callable[..., Reply]
    per_minute: int = 60
    bundles: bool = True
    encloses: bool = False
    links: bool = False
    threads: bool = False
    offered: bool = True
    render_group: Callable[[GroupMessage], Payload] | None = None

    @property
    def secrets(self) -> list[str]:
        return [each.name for each in self.fields if each.secret]


@dataclass(frozen=True, slots=True)
class Message:
    """An alert at one of its transitions, as it is told. Rendered when it becomes due."""

    reason: str
    title: str
    severity: str
    state: str
    condition: str
    at: datetime
    started_at: datetime
    resolved_at: datetime | None = None
    alert_id: int = 0
    alert_uid: str = ""
    seq: int = 0
    rule_id: int | None = None
    rule_name: str = ""
    description: str = ""
    runbook_url: str = ""
    fingerprint: str = ""
    source: str = "ops-portal"
    labels: Mapping[str, str] = field(default_factory=dict)
    value: float | None = None
    threshold: float | None = None
    unit: str = ""  # the metric whose name tells the unit of both
    url: str = ""
    actor: str = ""
    note: str = ""
    acknowledged_by: str = ""
    until: datetime | None = None  # of a snooze
    step: int | None = None  # of the escalation, counted from 1
    suppressed_by: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """`Firing`, `Still firing`, `Resolved` ..., as the first word of a message."""
        if self.condition == "nodata" and self.reason in {"fired", "escalated"}:
            return "No data"
        return HEADLINES[self.reason]


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One alert of a group, or one group of a digest with the number of its alerts."""

    title: str
    severity: str
    state: str
    value: float | None = None
    unit: str = ""  # the metric whose name tells it
    count: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True)
class GroupMessage:
    """Many alerts in one message. `reason`: news, repeat or digest.

    `lines` names the worst of them; `firing` and `resolved` count all.
    """

    reason: str
    title: str
    severity: str
    firing: int
    resolved: int
    at: datetime
    thread: str
    opens_thread: bool = True
    route: str = ""
    lines: tuple[GroupLine, ...] = ()
    url: str = ""

    @property
    def headline(self) -> str:
        """`3 firing, 1 resolved`."""
        counts = ((self.firing, "firing"), (self.resolved, "resolved"))
        said = ", ".join(f"{count:,} {word}" for count, word in counts if count)
        return f"Still {said}" if self.reason == "repeat" else said

    @property
    def left_out(self) -> int:
        """How many alerts no line names."""
        return self.firing + self.resolved - sum(line.count or 1 for line in self.lines)
