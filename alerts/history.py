"""The history of alerts: each change raises a version by one and writes one transition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from alerts import notifications
from alerts.models import Alert, Transition
from ops_portal.lib import rows
from ops_portal.lib.bearer import token_of

TOLD = {"acknowledged", "snoozed", "unacknowledged", "resolved", "no_data", "data_back"}
OURS = {"commented", "reopened"}  # no news of the alert itself: the stream does not hear of it
QUIET = {"unacknowledged", "no_data", "data_back"}  # not told while the alert is suppressed


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change of one alert, to be written. The fields named in `changed` are saved with it.

    `born`: the alert's row was written just now, with the version of this entry in it.
    """

    alert: Alert
    action: str
    from_state: str
    changed: Sequence[str] = ()
    actor: User | None = None
    note: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    born: bool = False


def write(entries: Sequence[Entry], *, via: str, now: datetime) -> list[Transition]:
    """Save the alerts, write their transitions, owe what these make others know.

    An alert may be in one of the entries only; the caller holds its row lock. The stream `alerts`
    hears of all but what is in OURS; those in TOLD go to the receivers that were told before.
    """
    _save(entries)
    written = [_transition(entry, via=via, now=now) for entry in entries]
    rows.insert(written, match="alert")
    changes = list(zip((entry.alert for entry in entries), written, strict=True))
    heard = [(a, t) for a, t in changes if t.action not in OURS]
    notifications.owe_stream(heard, now=now)
    told = [(a, t) for a, t in heard if t.action in TOLD]
    told = [(a, t) for a, t in told if not (a.suppressed_by and t.action in QUIET)]
    notifications.owe_told(told, now=now)
    return written


def _save(entries: Sequence[Entry]) -> None:
    """One statement for all alerts in which the same fields change."""
    changed: dict[tuple[str, ...], list[Alert]] = {}
    for entry in entries:
        if not entry.born:
            entry.alert.version += 1
            changed.setdefault((*entry.changed, "version"), []).append(entry.alert)
    for names, alerts in changed.items():
        rows.update(alerts, names)


def _transition(entry: Entry, *, via: str, now: datetime) -> Transition:
    alert, token = entry.alert, token_of(entry.actor)
    return Transition(
        alert=alert,
        seq=alert.version,
        action=entry.action,
        from_state=entry.from_state,
        to_state=alert.state,
        actor=entry.actor,
        via=via,
        note=entry.note,
        value=alert.value,
        detail={**entry.detail, **({"token": token} if token else {})},
        at=now,
    )
