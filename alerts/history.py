"""The history of an alert: each change raises its version by one and writes one transition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from alerts import notifications
from alerts.models import Alert, Transition

TOLD = {"acknowledged", "snoozed", "unacknowledged", "resolved", "no_data", "data_back"}
OURS = {"commented", "reopened"}  # no news of the alert itself: the stream does not hear of it
QUIET = {"unacknowledged", "no_data", "data_back"}  # not told while the alert is suppressed


def write(
    alert: Alert,
    *,
    action: str,
    via: str,
    now: datetime,
    from_state: str,
    changed: Sequence[str] = (),
    actor: User | None = None,
    note: str = "",
    detail: dict[str, Any] | None = None,
) -> Transition:
    """Save the fields named in `changed`, write the transition, owe what it makes others know.

    The caller holds the alert's row lock. The stream `alerts` hears of all but what is in OURS;
    those in TOLD go to the receivers that were told of this alert before.
    """
    alert.version += 1
    alert.save(update_fields=[*changed, "version"])
    transition = Transition.objects.create(
        alert=alert,
        seq=alert.version,
        action=action,
        from_state=from_state,
        to_state=alert.state,
        actor=actor,
        via=via,
        note=note,
        value=alert.value,
        detail=detail or {},
        at=now,
    )
    if action not in OURS:
        notifications.owe_stream(alert, transition, now=now)
    if action in TOLD and not (alert.suppressed_by and action in QUIET):
        notifications.owe_told(alert, transition, now=now)
    return transition
