"""An alert at one of its transitions, as receivers tell it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from alerts.models import Acknowledgment, Alert, Notification, Transition
from alerts.receivers.base import HEADLINES, Message
from alerts.receivers.groups import several
from alerts.substitution import plain_lines
from alerts.summary import person

SEVERITIES = ("critical", "warning", "info")  # by a row's priority
NAMED = 15  # alerts of a bundle; the rest are counted


def message_of(alert: Alert, transition: Transition, *, step: int | None = None) -> Message:
    """Everything a receiver may tell; `step` of the escalation is counted from 1."""
    holder = ""
    if alert.state == Alert.State.ACKNOWLEDGED:
        current = Acknowledgment.objects.filter(alert=alert, ended_at__isnull=True)
        taken = current.select_related("user").first()
        holder = person(taken.user) if taken else ""
    return Message(
        reason=transition.action,
        title=alert.title,
        severity=alert.severity,
        state=alert.state,
        condition=alert.condition,
        at=transition.at,
        started_at=alert.started_at,
        resolved_at=alert.resolved_at,
        alert_id=alert.pk,
        alert_uid=str(alert.uid),
        seq=transition.seq,
        rule_id=alert.rule_id,
        rule_name=alert.rule_name,
        description=plain_lines(alert.description),
        runbook_url=alert.runbook_url,
        fingerprint=alert.fingerprint,
        source=alert.source,
        labels=alert.labels,
        value=alert.value,
        threshold=alert.threshold,
        url=_address(f"{alert.pk}/"),
        actor=person(transition.actor) if transition.actor else "",
        note=transition.note,
        acknowledged_by=holder,
        step=step,
        suppressed_by=tuple(f"{why['kind']}:{why['id']}" for why in alert.suppressed_by),
    )


def bundle_of(rows: Sequence[Notification], *, now: datetime) -> Message:
    """One message for what waits for a receiver: the worst first, the rest counted."""
    worst = sorted(rows, key=lambda row: (row.priority, row.pk))
    counts = Counter(HEADLINES.get(row.reason, row.reason).lower() for row in worst)
    return several(
        ", ".join(f"{count} {word}" for word, count in counts.most_common()),
        [row.title for row in worst[:NAMED]],
        left_out=max(0, len(worst) - NAMED),
        severity=SEVERITIES[min(worst[0].priority, 2)],
        over=all(row.reason == "resolved" for row in worst),
        at=now,
        url=_address(""),
    )


def _address(path: str) -> str:
    return f"{settings.PORTAL_URL.rstrip('/')}/alerts/{path}"
