"""From `system_metrics` to components, their state and their series."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from django.db.backends.utils import CursorWrapper

from analytics import streams
from analytics.events import SystemMetrics
from analytics.series import Reading
from analytics.streams import Stored
from health.errors import store_errors
from health.lanes import component_state
from health.models import Component
from health.rows import component_frame
from health.status import Beat, State, appended, median_interval, reported_state

__all__ = ["store_errors", "store_system_metrics"]

STREAM = "system_metrics"
HEALTH_OF = {State.UP: 100.0, State.DEGRADED: 50.0, State.DOWN: 0.0}  # when only a status is sent
GAUGES = {
    "cpu_percent": "cpu_percent",
    "memory_percent": "memory_percent",
    "disk_percent": "disk_percent",
    "data_latency": "data_latency_seconds",
}
type Key = tuple[str, str]  # env, name


def store_system_metrics(
    cursor: CursorWrapper, events: Sequence[SystemMetrics], *, now: datetime
) -> Stored:
    """Store a batch of reports: newest values of each component, its state, flips and readings.

    A late report adds its beat and its readings, and changes nothing that a newer one said.
    """
    new = streams.fresh(cursor, events)
    stored = Stored(fresh=len(new), duplicates=len(events) - len(new))
    reports: dict[Key, list[SystemMetrics]] = defaultdict(list)
    for event in sorted(new, key=lambda event: event.ts):
        reports[event.env, event.component].append(event)
        stored.readings.extend(_readings(event))
    known = _locked(cursor, list(reports))
    before = {key: component.state for key, component in known.items()}
    touched = [_reported(known.get(key), rows, now=now) for key, rows in reports.items()]
    _upsert(cursor, touched)
    _record_flips(cursor, touched, before, now=now)
    stored.frames.extend(component_frame(component, now=now) for component in touched)
    return stored


def _readings(event: SystemMetrics) -> Iterator[Reading]:
    labels = (("component", event.component), ("env", event.env))

    def reading(name: str, value: float | None) -> Reading:
        return Reading(name, labels, event.ts, value, STREAM)

    named = event.health is None and not event.health_sent
    yield reading("component_health", HEALTH_OF[_said(event)] if named else event.health)
    for field, name in GAUGES.items():
        value = getattr(event, field)
        if value is not None or field in event.void:
            yield reading(name, value)
    if event.ws_connected is not None or "ws_connected" in event.void:
        yield reading("ws_connected", _connected(event))
    for field, value in event.metrics.items():
        yield reading(f"{event.component}.{field}", value)


def _connected(event: SystemMetrics) -> float | None:
    return None if event.ws_connected is None else float(event.ws_connected)


def _said(event: SystemMetrics) -> State:
    """What it says of itself; a health that is no number is no good news."""
    void = event.health_sent and event.health is None
    return reported_state(event.status or ("degraded" if void else ""), event.health)


def _locked(cursor: CursorWrapper, keys: Sequence[Key]) -> dict[Key, Component]:
    cursor.execute(
        "SELECT id, env, name, reported, state, health, metrics, first_seen_at, last_seen_at,"
        " recent_beats, beats FROM health_component"
        " WHERE (env, name) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
        " ORDER BY id FOR UPDATE",
        [[env for env, _ in keys], [name for _, name in keys]],
    )
    fields = [column.name for column in cursor.description]
    found = [dict(zip(fields, row, strict=True)) for row in cursor.fetchall()]
    for row in found:
        row["metrics"] = msgspec.json.decode(row["metrics"])
        row["recent_beats"] = msgspec.json.decode(row["recent_beats"])
    return {(row["env"], row["name"]): Component(**row) for row in found}


def _reported(
    known: Component | None, reports: Sequence[SystemMetrics], *, now: datetime
) -> Component:
    """Carry a component forward by its reports, oldest first."""
    component = known or Component(
        env=reports[0].env,
        name=reports[0].component,
        first_seen_at=now,  # nobody watched it before, however old its first report is
        last_seen_at=min(reports[0].ts, now),
    )
    beats = []
    for event in reports:
        state, seen = _said(event), min(event.ts, now)
        beats.append(Beat(round(seen.timestamp(), 3), state))
        if seen >= component.last_seen_at:
            component.reported, component.last_seen_at = state, seen
            component.health = event.health
            component.metrics = {**component.metrics, **_figures(event)}
    kept = appended([Beat(*beat) for beat in component.recent_beats], beats)
    component.recent_beats = [list(beat) for beat in kept]
    component.interval_seconds = median_interval(beat.at for beat in kept)
    component.beats += len(reports)
    component.state = component_state(component, now=now)
    return component


def _figures(event: SystemMetrics) -> dict[str, float | None]:
    """The newest figures; one that was sent without a number is None, not what it was before."""
    gauges = {
        name: value
        for field, name in GAUGES.items()
        if (value := getattr(event, field)) is not None or field in event.void
    }
    if event.ws_connected is not None or "ws_connected" in event.void:
        gauges["ws_connected"] = _connected(event)
    return {**event.metrics, **gauges}


def _upsert(cursor: CursorWrapper, components: Sequence[Component]) -> None:
    columns = (
        "env, name, reported, state, health, metrics, first_seen_at, last_seen_at,"
        " interval_seconds, recent_beats, beats"
    )
    cursor.execute(
        f"INSERT INTO health_component ({columns}) SELECT {columns}"  # noqa: S608  fixed names
        " FROM jsonb_to_recordset(%s::jsonb) AS report(env text, name text, reported text,"
        " state text, health float8, metrics jsonb, first_seen_at timestamptz,"
        " last_seen_at timestamptz, interval_seconds float8, recent_beats jsonb, beats bigint)"
        " ON CONFLICT (env, name) DO UPDATE SET reported = excluded.reported,"
        " state = excluded.state, health = excluded.health, metrics = excluded.metrics,"
        " last_seen_at = excluded.last_seen_at, interval_seconds = excluded.interval_seconds,"
        " recent_beats = excluded.recent_beats, beats = excluded.beats",
        [
            msgspec.json.encode(
                [
                    {name: getattr(component, name) for name in columns.split(", ")}
                    for component in components
                ]
            ).decode()
        ],
    )


def _record_flips(
    cursor: CursorWrapper,
    components: Sequence[Component],
    before: dict[Key, str],
    *,
    now: datetime,
) -> None:
    flips = [
        (now, before[key], component.state, "reported", component.pk)
        for component in components
        if (key := (component.env, component.name)) in before and before[key] != component.state
    ]
    cursor.executemany(
        "INSERT INTO health_flip (at, from_state, to_state, reason, component_id)"
        " VALUES (%s, %s, %s, %s, %s)",
        flips,
    )
