"""What the engine's clock does after noon, and who was told by then."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts import escalation, suppression
from alerts.models import Alert
from tests.alerts.conftest import NOON


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def tick(seconds: float) -> None:
    """What the engine's clock does."""
    suppression.review(now=after(seconds))
    escalation.advance_due(now=after(seconds))


def told(alert: Alert) -> list[str]:
    rows = alert.notifications.exclude(channel="stream").order_by("pk")
    return [f"{row.reason} {row.receiver_name}" for row in rows]


def fresh(alert: Alert) -> Alert:
    return Alert.objects.get(pk=alert.pk)
