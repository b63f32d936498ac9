"""Messages of many alerts, in whatever kind."""

from __future__ import annotations

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
    more = [f"and {group.left_out:,} more"] if group.left_out else []
    return Message(
        reason="bundle",
        title=f"{group.headline}: {group.title}",
        severity=group.severity,
        state="firing" if group.firing else "resolved",
        condition="breach",
        at=group.at,
        started_at=group.at,
        alert_uid=group.thread,
        description="\n".join([*said, *more]),
        url=group.url,
    )
