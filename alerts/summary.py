"""An alert as pages and the live feed show it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from alerts.models import Acknowledgment, Alert, Escalation
from analytics.live import Frame

TOPIC = "alerts"


def summary(alert: Alert) -> dict[str, Any]:
    """The alert as JSON. Times are epoch seconds, `acknowledged_by` a name, absent values null."""
    taken = (
        Acknowledgment.objects.filter(alert=alert, ended_at__isnull=True)
        .select_related("user")
        .first()
    )
    due = Escalation.objects.filter(alert=alert).values_list("next_at", flat=True).first()
    return {
        "id": alert.pk,
        "uid": str(alert.uid),
        "title": alert.title,
        "rule": alert.rule_name,
        "source": alert.source,
        "metric": alert.rule_snapshot.get("metric", ""),
        "severity": alert.severity,
        "state": alert.state,
        "condition": alert.condition,
        "value": alert.value,
        "threshold": alert.threshold,
        "started_at": _epoch(alert.started_at),
        "resolved_at": _epoch(alert.resolved_at),
        "labels": alert.labels,
        "acknowledged_by": person(taken.user) if taken else None,
        "acknowledged_at": _epoch(taken.at) if taken else None,
        "note": taken.note if taken else "",
        "next_step_at": _epoch(due),
        "version": alert.version,
    }


def person(user: User) -> str:
    """The name that others see: the full name where one is given, else the login."""
    return user.get_full_name() or user.get_username()


def frame(alert: Alert, *, now: datetime) -> Frame:
    """The urgent frame that brings this alert to every open page."""
    return Frame(TOPIC, str(alert.pk), now.timestamp(), summary(alert), urgent=True)


def _epoch(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
