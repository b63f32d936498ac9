"""Alerts that the agent publishes itself: they are shown, escalated and acknowledged like ours."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

from alerts import transitions
from alerts.births import Episode
from alerts.models import Alert, Severity, Transition
from alerts.substitution import fill, one_line
from alerts.summary import frames
from alerts.transitions import Change
from analytics import streams
from analytics.events import ForeignAlert
from analytics.live import Frame
from analytics.series import fingerprint
from analytics.streams import Stored

OURS = "ops-portal"
AGAIN = """
UPDATE alerts_alert AS a SET occurrences = a.occurrences + 1, last_seen_at = %s, value = n.value
FROM (SELECT * FROM unnest(%s::bigint[], %s::float8[]) AS n(id, value) ORDER BY id) AS n
WHERE a.id = n.id
"""

Told = tuple[ForeignAlert, Episode]


def store_foreign_alerts(
    cursor: CursorWrapper, events: Sequence[ForeignAlert], *, now: datetime
) -> Stored:
    """Open, repeat or resolve an alert for each event; our own messages are skipped.

    An event older than FOREIGN_ALERT_TIMEOUT is history: its alert would have ended by now.
    """
    new = streams.fresh(cursor, [event for event in events if event.producer != OURS])
    stored = Stored(fresh=len(new), duplicates=len(events) - len(new))
    oldest = now - timedelta(seconds=settings.FOREIGN_ALERT_TIMEOUT)
    told = [(event, _episode(event)) for event in sorted(new, key=lambda event: event.ts)]
    for wave in _waves([(event, episode) for event, episode in told if event.ts > oldest]):
        ended = [(event, episode) for event, episode in wave if event.status == "resolved"]
        begun = [episode for event, episode in wave if event.status != "resolved"]
        stored.frames += frames([*_take(begun, now=now), *_end(ended, now=now)], now=now)
    return stored


def expire_foreign(*, now: datetime, limit: int = 1_000) -> list[Frame]:
    """Resolve alerts of others that were not repeated for FOREIGN_ALERT_TIMEOUT seconds."""
    patience = timedelta(seconds=settings.FOREIGN_ALERT_TIMEOUT)
    silent = Alert.objects.exclude(state="resolved").exclude(source=OURS)
    keys = silent.filter(last_seen_at__lte=now - patience).values_list("pk", flat=True)
    notes = dict.fromkeys(keys[:limit], "Not repeated for too long.")
    return frames(_resolve(notes, via=Transition.Via.TIMER, now=now), now=now)


def _waves(told: Sequence[Told]) -> list[list[Told]]:
    """Events of one alert follow each other in different waves, those of different ones share."""
    waves: list[list[Told]] = []
    seen: dict[str, int] = {}
    for event, episode in told:
        place = seen.get(episode.fingerprint, 0)
        seen[episode.fingerprint] = place + 1
        if place == len(waves):
            waves.append([])
        waves[place].append((event, episode))
    return waves


def _take(begun: Sequence[Episode], *, now: datetime) -> list[Alert]:
    opened = transitions.fire_all(begun, via=Transition.Via.STREAM, now=now) if begun else []
    repeated = []
    for episode, (alert, born) in zip(begun, opened, strict=True):
        if not born:
            alert.occurrences += 1
            alert.last_seen_at, alert.value = now, episode.value
            repeated.append(alert)
    with connection.cursor() as cursor:
        cursor.execute(AGAIN, [now, [a.pk for a in repeated], [a.value for a in repeated]])
    return [alert for alert, _ in opened]


def _end(ended: Sequence[Told], *, now: datetime) -> list[Alert]:
    """Resolve those that are open, each with what was said."""
    said = {episode.fingerprint: event.message[:200] for event, episode in ended}
    known = Alert.objects.exclude(state="resolved").filter(fingerprint__in=said)
    notes = {pk: said[key] for pk, key in known.values_list("pk", "fingerprint")} if said else {}
    return _resolve(notes, via=Transition.Via.STREAM, now=now)


def _resolve(notes: Mapping[int, str], *, via: str, now: datetime) -> list[Alert]:
    changes = [
        Change(
            alert_id=pk,
            action=Transition.Action.RESOLVED,
            to_state=transitions.RESOLVED,
            note=note,
        )
        for pk, note in notes.items()
    ]
    changed = transitions.change_all(changes, via=via, now=now) if changes else None
    return list(changed.done.values()) if changed else []


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
        detail={"event": event.event_id},
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
