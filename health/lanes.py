"""The four lanes of the agent, judged from what arrives: never green without evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from health.models import Component, Pulse
from health.status import (
    BACKLOG_SECONDS,
    BURST_SECONDS,
    Beat,
    State,
    appended,
    concluded,
    median_interval,
    worst,
)


@dataclass(frozen=True, slots=True)
class Lane:
    """A duty of the agent: the streams that prove it, and the names of components that do it."""

    key: str
    name: str
    streams: tuple[str, ...]
    components: re.Pattern[str] | None


LANES = (
    Lane(
        "feeds",
        "Data ingestion",
        (),
        re.compile(r"data|feed|market|ingest|candle|quote|websocket|\bws\b|price", re.IGNORECASE),
    ),
    Lane(
        "signals",
        "Signal generation",
        ("trading_signals",),
        re.compile(r"signal|strateg|predict|model|alpha", re.IGNORECASE),
    ),
    Lane("risk", "Risk management", ("risk_decisions",), re.compile(r"risk", re.IGNORECASE)),
    Lane(
        "execution",
        "Trade execution",
        ("trade_executions",),
        re.compile(r"exec|order|trade|broker|exchange", re.IGNORECASE),
    ),
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for a lane. `last` epoch seconds, `interval` seconds."""

    name: str
    state: State
    last: float | None
    interval: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of a lane and what it was concluded from."""

    lane: Lane
    state: State
    evidence: tuple[Evidence, ...]


def advance_pulses(
    newest: Mapping[str, datetime], pulses: Mapping[str, Pulse], *, now: datetime
) -> list[Pulse]:
    """Note each stream whose newest event advanced since the last look, and return those.

    While a backlog is read the steps between looks are no intervals: they make no beat.
    """
    advanced = []
    for stream, at in newest.items():
        known = pulses.get(stream)
        if known and known.last_event_at >= at:
            continue
        beats = [Beat(*beat) for beat in known.recent_beats] if known else []
        moment, late = at.timestamp(), (now - at).total_seconds() > BACKLOG_SECONDS
        if not late and (not beats or moment - beats[-1].at > BURST_SECONDS):
            beats = appended(beats, [Beat(round(moment, 3), State.UP)])
        advanced.append(
            Pulse(
                stream=stream,
                last_event_at=at,
                recent_beats=[list(beat) for beat in beats],
                interval_seconds=median_interval(beat.at for beat in beats),
            )
        )
    Pulse.objects.bulk_create(
        advanced,
        update_conflicts=True,
        unique_fields=["stream"],
        update_fields=["last_event_at", "recent_beats", "interval_seconds"],
    )
    return advanced


def stream_evidence(pulse: Pulse, *, now: datetime) -> Evidence:
    silent = (now - pulse.last_event_at).total_seconds()
    state = concluded(State.UP, silent_seconds=silent, interval_seconds=pulse.interval_seconds)
    last = pulse.last_event_at.timestamp()
    return Evidence(pulse.stream, state, last, pulse.interval_seconds)


def component_state(component: Component, *, now: datetime) -> State:
    """Its own word, unless it has been silent for too long."""
    return concluded(
        State(component.reported),
        silent_seconds=(now - component.last_seen_at).total_seconds(),
        interval_seconds=component.interval_seconds,
    )


def component_evidence(component: Component, *, now: datetime) -> Evidence:
    return Evidence(
        component.name,
        component_state(component, now=now),
        component.last_seen_at.timestamp(),
        component.interval_seconds,
    )


def verdicts(
    components: Sequence[Component], pulses: Mapping[str, Pulse], *, now: datetime
) -> list[Verdict]:
    """Judge the four lanes: the worst of what reports; absent where nothing ever did."""
    found = []
    for lane in LANES:
        evidence = [
            stream_evidence(pulses[stream], now=now) for stream in lane.streams if stream in pulses
        ]
        evidence += [
            component_evidence(component, now=now)
            for component in components
            if component.env != "backtest" and lane_of(component.name) is lane
        ]
        state = worst(item.state for item in evidence)
        found.append(Verdict(lane, state, tuple(evidence)))
    return found


def lane_of(component: str) -> Lane | None:
    """The lane a component works for, by its name; None for one that serves them all."""
    for lane in (LANES[2], LANES[1], LANES[3], LANES[0]):
        if lane.components and lane.components.search(component):
            return lane
    return None
