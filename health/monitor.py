"""The clock's look at the desk and at the portal itself: flips, lanes, own series."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from analytics import streams
from analytics.live import Frame
from analytics.series import Reading
from health import board, lanes, processes, rows
from health.models import Component, Flip, Pulse
from health.processes import beat, stopped
from health.status import State

__all__ = ["Monitor", "beat", "readings", "stopped", "tick"]

PERIOD = timedelta(seconds=1)


class Monitor:
    """Looks at most once a second and remembers what it last told the pages."""

    def __init__(self) -> None:
        self._looked_at: datetime | None = None
        self._told: dict[str, Any] = {}

    def tick(self, *, now: datetime) -> list[Frame]:
        """Flip what fell silent, note the pulses of the streams, and return what changed."""
        if self._looked_at is not None and timedelta() <= now - self._looked_at < PERIOD:
            return []
        self._looked_at = now
        with transaction.atomic():
            _advance_pulses(now=now)
            _flip_silent(now=now)
            processes.forget(now=now)
            told = board.keyed(board.snapshot(now=now))
        return self._changes(told, now=now)

    def _changes(self, told: dict[str, dict[str, Any]], *, now: datetime) -> list[Frame]:
        changed = {key: row for key, row in told.items() if self._told.get(key) != row}
        gone = self._told.keys() - told.keys()
        self._told = told
        frames = [Frame(rows.TOPIC, key, now.timestamp(), row) for key, row in changed.items()]
        return frames + [Frame(rows.TOPIC, key, now.timestamp(), None) for key in sorted(gone)]


tick = Monitor().tick


def readings(*, now: datetime) -> list[Reading]:
    """Measure the portal's own series: lag, silence and dead letters of each stream."""
    found = []
    waiting = streams.waiting_dead_letters()
    for state in streams.states():
        measured = {
            "portal_stream_lag_seconds": state.oldest_waiting_seconds,
            "portal_dead_letters": float(waiting.get(state.stream, 0)),
        }
        if state.last_event_at is not None:
            measured["portal_silence_seconds"] = (now - state.last_event_at).total_seconds()
        labels = (("stream", state.stream),)
        found += [Reading(name, labels, now, value) for name, value in measured.items()]
    return found


def _advance_pulses(*, now: datetime) -> None:
    newest = {state.stream: state.last_event_at for state in streams.states()}
    known = {pulse.stream: pulse for pulse in Pulse.objects.all()}
    heard = {name: at for name, at in newest.items() if at is not None}
    lanes.advance_pulses(heard, known, now=now)


def _flip_silent(*, now: datetime) -> None:
    for component in Component.objects.exclude(state=State.STALE):
        if lanes.component_state(component, now=now) is not State.STALE:
            continue
        flipped = Component.objects.filter(
            pk=component.pk, state=component.state, last_seen_at=component.last_seen_at
        ).update(state=State.STALE)
        if flipped:  # nobody else was first, and it stayed silent meanwhile
            Flip.objects.create(
                component=component,
                at=now,
                from_state=component.state,
                to_state=State.STALE,
                reason="silent",
            )
