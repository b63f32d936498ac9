"""An alert at one of its transitions, as receivers tell it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import cast

from django.conf import settings

from alerts.measures import unit
from alerts.models import Acknowledgment, Alert, Notification, Transition
from alerts.receivers.base import HEADLINES, Message, Payload
from alerts.receivers.groups import several
from alerts.receivers.registry import kind_of
from alerts.substitution import plain_lines
from alerts.summary import person

SEVERITIES = ("critical", "warning", "info")  # by a row's priority
LATER = "later"  # in a payload that is rendered when it goes
NAMED = 15  # alerts of a bundle; the rest are counted


def holders(alerts: Iterable[Alert]) -> dict[int, str]:
    """Who has taken them, by the alert's id."""
    taken = [alert.pk for alert in alerts if alert.state == Alert.State.ACKNOWLEDGED]
    if not taken:
        return {}
    current = Acknowledgment.objects.filter(alert__in=taken, ended_at=None)
    return {row.alert_id: person(row.user) for row in current.select_related("user")}


def message_of(
    alert: Alert, transition: Transition, *, holder: str, step: int | None = None
) -> Message:
    """Everything a receiver may tell; `step` of the escalation is counted from 1."""
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
        unit=unit(alert.rule_snapshot),
        url=_address(f"{alert.pk}/"),
        actor=person(transition.actor) if transition.actor else "",
        note=transition.note,
        acknowledged_by=holder,
        until=alert.acknowledged_until,
        step=step,
        suppressed_by=tuple(f"{why['kind']}:{why['id']}" for why in alert.suppressed_by),
    )


def payload_of(row: Notification) -> Payload:
    """What goes out: as it was rendered when it became due, or rendered now."""
    if LATER not in row.payload or row.alert is None:
        return cast("Payload", row.payload)
    transition = row.alert.transitions.select_related("actor").get(seq=row.transition_seq)
    place = row.payload.get("step")
    message = message_of(
        row.alert,
        transition,
        holder=holders([row.alert]).get(row.alert.pk, ""),
        step=int(place["step"]) + 1 if place else None,
    )
    return kind_of(row.channel).render(message)


def bundle_of(rows: Sequence[Notification], *, now: datetime) -> Message:
    """One message for what waits for a receiver: the worst first, the rest counted."""
    worst = sorted(rows, key=lambda row: (row.priority, row.pk))
    counts = Counter(HEADLINES.get(row.reason, row.reason).lower() for row in worst)
    return several(
        ", ".join(f"{count:,} {word}" for word, count in counts.most_common()),
        [row.title for row in worst[:NAMED]],
        left_out=max(0, len(worst) - NAMED),
        severity=SEVERITIES[min(worst[0].priority, 2)],
        over=all(row.reason == "resolved" for row in worst),
        at=now,
        url=_address(""),
    )


def _address(path: str) -> str:
    return f"{settings.PORTAL_URL.rstrip('/')}/alerts/{path}"
