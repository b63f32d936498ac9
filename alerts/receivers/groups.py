"""Messages of many alerts, in whatever kind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alerts.receivers.base import GroupMessage, Kind, Message, Payload


def render_group(kind: Kind, message: GroupMessage) -> Payload:
    """In the kind's own form for groups, else as a message whose text names the alerts."""
    if kind.render_group is not None:
        return kind.render_group(message)
    return kind.render(_as_one(message))


def _as_one(group: GroupMessage) -> Message:
    said = [
        f"{line.state}, {line.severity}: {f'{line.count:,} x ' if line.count else ''}{line.title}"
        for line in group.lines
    ]
    return several(
        f"{group.headline}: {group.title}",
        said,
        left_out=group.left_out,
        severity=group.severity,
        over=not group.firing,
        at=group.at,
        url=group.url,
        thread=group.thread,
    )


def several(
    title: str,
    lines: Sequence[str],
    *,
    left_out: int,
    severity: str,
    over: bool,
    at: datetime,
    url: str,
    thread: str = "",
) -> Message:
    """One message whose text names many, and counts those that it `left_out`."""
    more = [f"and {left_out:,} more"] if left_out else []
    return Message(
        reason="bundle",
        title=title,
        severity=severity,
        state="resolved" if over else "firing",
        condition="breach",
        at=at,
        started_at=at,
        alert_uid=thread,
        description="\n".join([*lines, *more]),
        url=url,
    )
