"""What every receiver takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Payload = dict[str, Any]

HEADLINES = {
    "fired": "Firing",
    "escalated": "Still firing",
    "no_data": "No data",
    "data_back": "Firing",
    "acknowledged": "Acknowledged",
    "unacknowledged": "Given back",
    "resolved": "Resolved",
    "test": "Test",
}


class ReceiverError(Exception):
    """A message was not accepted.

    `permanent`: trying again cannot help. `retry_after`: seconds the other side asked for.
    `status`: its HTTP status or SMTP code, `response` what it said.
    """

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
    """What the other side said when it took the message."""

    status: str
    response: str = ""


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
    url: str = ""
    actor: str = ""
    note: str = ""
    acknowledged_by: str = ""
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
