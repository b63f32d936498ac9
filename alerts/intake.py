"""Alerts that the agent publishes itself: they are shown, escalated and acknowledged like ours."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.backends.utils import CursorWrapper
from django.db.models import F

from alerts import transitions
from alerts.models import Alert, Severity, Transition
from alerts.substitution import fill, one_line
from alerts.summary import frame
from alerts.transitions import Episode
from analytics import streams
from analytics.events import ForeignAlert
from analytics.live import Frame
from analytics.series import fingerprint
from analytics.streams import Stored

OURS = "ops-portal"


def store_foreign_alerts(
    cursor: CursorWrapper, events: Sequence[ForeignAlert], *, now: datetime
) -> Stored:
    """Open, repeat or resolve an alert for each event; our own messages are skipped.

    An event older than FOREIGN_ALERT_TIMEOUT is history: its alert would have ended by now.
    """
    new = streams.fresh(cursor, [event for event in events if event.producer != OURS])
    stored = Stored(fresh=len(new), duplicates=len(events) - len(new))
    oldest = now - timedelta(seconds=settings.FOREIGN_ALERT_TIMEOUT)
    for event in sorted(new, key=lambda event: event.ts):
        if event.ts > oldest:
            stored.frames += _take(event, now=now)
    return stored


def expire_foreign(*, now: datetime) -> list[Frame]:
    """Resolve alerts of others that were not repeated for FOREIGN_ALERT_TIMEOUT seconds."""
    patience = timedelta(seconds=settings.FOREIGN_ALERT_TIMEOUT)
    silent = Alert.objects.exclude(state="resolved").exclude(source=OURS)
    frames = []
    for alert_id in silent.filter(last_seen_at__lte=now - patience).values_list("pk", flat=True):
        frames += _resolve(
            alert_id, via=Transition.Via.TIMER, note="Not repeated for too long.", now=now
        )
    return frames


def _take(event: ForeignAlert, *, now: datetime) -> list[Frame]:
    episode = _episode(event)
    if event.status == "resolved":
        known = Alert.objects.exclude(state="resolved").filter(fingerprint=episode.fingerprint)
        alert_id = known.values_list("pk", flat=True).first()
        if alert_id is None:
            return []
        return _resolve(alert_id, via=Transition.Via.STREAM, note=event.message[:200], now=now)
    alert, opened = transitions.fire(
        episode, via=Transition.Via.STREAM, now=now, detail={"event": event.event_id}
    )
    if not opened:
        Alert.objects.filter(pk=alert.pk).update(
            occurrences=F("occurrences") + 1, last_seen_at=now, value=episode.value
        )
        alert.refresh_from_db()
    return [frame(alert, now=now)]


def _resolve(alert_id: int, *, via: str, note: str, now: datetime) -> list[Frame]:
    try:
        alert = transitions.change(
            alert_id,
            action=Transition.Action.RESOLVED,
            to_state=transitions.RESOLVED,
            via=via,
            note=note,
            now=now,
        )
    except transitions.NotPossible:
        return []
    return [frame(alert, now=now)]


def _episode(event: ForeignAlert) -> Episode:
    """Its identity is what does not change from one message to the next: rule, source, labels."""
    source = event.source if event.source != OURS else "agent"
    labels = {
        "env": event.env,
        "strategy": event.strategy,
        "source": source,
        **event.labels,
        "alertname": event.alert_id,
    }
    labels = {name: value for name, value in labels.items() if value}
    title = one_line(event.title or event.alert_id)
    metrics = _plain(event.metrics)
    return Episode(
        fingerprint=fingerprint(labels),
        rule_name=event.alert_id,
        title=title,
        severity=event.severity if event.severity in Severity.values else Severity.WARNING,
        labels=labels,
        source=source,
        description=fill(event.message, {}) if event.message != title else "",
        rule_snapshot={"metrics": metrics, "url": event.url},
        value=_value(event, metrics),
        threshold=event.threshold,
    )


def _value(event: ForeignAlert, metrics: Mapping[str, float | str]) -> float | None:
    """The value it names, else its one number."""
    if event.value is not None:
        return event.value
    numbers = [value for value in metrics.values() if isinstance(value, float)]
    return numbers[0] if len(numbers) == 1 else None


def _plain(metrics: Mapping[str, Any]) -> dict[str, float | str]:
    """What JSON can hold: finite numbers as they are, all else as text."""
    plain: dict[str, float | str] = {}
    for name, value in metrics.items():
        number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        plain[name] = float(value) if number and math.isfinite(value) else str(value)
    return plain
