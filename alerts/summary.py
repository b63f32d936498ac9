"""An alert as pages and the live feed show it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from alerts import measures
from alerts.models import Acknowledgment, Alert, Escalation
from analytics.live import Frame

TOPIC = "alerts"


def summaries(alerts: Iterable[Alert]) -> list[tuple[Alert, dict[str, Any]]]:
    """Each alert with its JSON, in three queries for all, or four.

    Times are epoch seconds, `acknowledged_by` a name, absent values null.
    """
    alerts = list(alerts)
    if not alerts:
        return []
    taken = {
        row.alert_id: row
        for row in Acknowledgment.objects.filter(
            alert__in=alerts, ended_at__isnull=True
        ).select_related("user")
    }
    given = User.objects.in_bulk({alert.assignee_id for alert in alerts if alert.assignee_id})
    due = dict(Escalation.objects.filter(alert__in=alerts).values_list("alert_id", "next_at"))
    return [
        (
            alert,
            _json(alert, taken.get(alert.pk), due.get(alert.pk), given.get(alert.assignee_id or 0)),
        )
        for alert in alerts
    ]


def summary(alert: Alert) -> dict[str, Any]:
    """The alert as JSON."""
    return summaries([alert])[0][1]


def _json(
    alert: Alert, taken: Acknowledgment | None, due: datetime | None, assignee: User | None
) -> dict[str, Any]:
    return {
        "id": alert.pk,
        "uid": str(alert.uid),
        "title": alert.title,
        "rule": alert.rule_name,
        "source": alert.source,
        "metric": alert.rule_snapshot.get("metric", ""),
        "unit": measures.unit(alert.rule_snapshot),
        "severity": alert.severity,
        "state": alert.state,
        "condition": alert.condition,
        "value": alert.value,
        "threshold": alert.threshold,
        "started_at": _epoch(alert.started_at),
        "resolved_at": _epoch(alert.resolved_at),
        "labels": alert.labels,
        "suppressed_by": alert.suppressed_by,
        "acknowledged_by": person(taken.user) if taken else None,
        "acknowledged_at": _epoch(taken.at) if taken else None,
        "snoozed_until": _epoch(alert.acknowledged_until),
        "assignee": person(assignee) if assignee else None,
        "assignee_id": alert.assignee_id,
        "note": taken.note if taken else "",
        "next_step_at": _epoch(due),
        "version": alert.version,
    }


def person(user: User) -> str:
    """The name that others see: the full name where one is given, else the login."""
    return user.get_full_name() or user.get_username()


def frame(alert: Alert, *, now: datetime) -> Frame:
    """The urgent frame that brings this alert to every open page."""
    return frames([alert], now=now)[0]


def frames(alerts: Iterable[Alert], *, now: datetime) -> list[Frame]:
    """The urgent frames of many alerts, in a few queries for all."""
    at = now.timestamp()
    return [Frame(TOPIC, str(alert.pk), at, data, urgent=True) for alert, data in summaries(alerts)]


def _epoch(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
