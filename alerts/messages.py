"""An alert at one of its transitions, as receivers tell it."""

from __future__ import annotations

from django.conf import settings

from alerts.models import Acknowledgment, Alert, Transition
from alerts.receivers.base import Message
from alerts.summary import person


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
        description=alert.description,
        runbook_url=alert.runbook_url,
        fingerprint=alert.fingerprint,
        source=alert.source,
        labels=alert.labels,
        value=alert.value,
        threshold=alert.threshold,
        url=f"{settings.PORTAL_URL.rstrip('/')}/alerts/{alert.pk}/",
        actor=person(transition.actor) if transition.actor else "",
        note=transition.note,
        acknowledged_by=holder,
        step=step,
        suppressed_by=tuple(f"{why['kind']}:{why['id']}" for why in alert.suppressed_by),
    )
