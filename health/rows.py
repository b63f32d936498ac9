"""Rows of the system page as plain values, the same for the page and for the live feed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from analytics.live import Frame
from health.lanes import Verdict, component_state
from health.models import Component, ErrorGroup, Process, Pulse
from health.processes import KINDS, Liveness, liveness
from health.status import SEVERITY, State, concluded, silence_allowed, worst

if TYPE_CHECKING:
    from analytics.streams import StreamState

TOPIC = "system"
GOOD_NEWS = frozenset({"error_events", "alerts"})  # streams whose silence says that all is well
LAGGING_SECONDS = 10.0  # the oldest entry that waits is older: we are behind
PROCESS_STATES = {
    Liveness.UP: State.UP,
    Liveness.LATE: State.DEGRADED,
    Liveness.DOWN: State.DOWN,
}


def component_key(env: str, name: str) -> str:
    """Key of a component on the live feed; only other environments than `live` are named."""
    return f"component:{name}" if env == "live" else f"component:{env}/{name}"


def component_row(component: Component, *, now: datetime) -> dict[str, Any]:
    """What is known of a component. Times in epoch seconds, health 0..100, interval in seconds.

    Its silence is judged here and now: the clock that flips rows may be dead.
    """
    return {
        "name": component.name,
        "env": component.env,
        "state": str(component_state(component, now=now)),
        "reported": str(component.reported),
        "health": component.health,
        "metrics": component.metrics,
        "last_seen": component.last_seen_at.timestamp(),
        "interval": component.interval_seconds,
        "allowed": silence_allowed(component.interval_seconds),
        "beats": component.recent_beats,
    }


def component_frame(component: Component, *, now: datetime) -> Frame:
    row = component_row(component, now=now)
    return Frame(TOPIC, component_key(component.env, component.name), row["last_seen"], row)


def error_row(group: ErrorGroup) -> dict[str, Any]:
    """What is known of an error group. Times in epoch seconds."""
    return {
        "id": group.pk,
        "component": group.component,
        "error_type": group.error_type,
        "message": group.message[:300],
        "severity": group.severity,
        "count": group.count,
        "first_seen": group.first_seen_at.timestamp(),
        "last_seen": group.last_seen_at.timestamp(),
    }


def error_frame(group: ErrorGroup) -> Frame:
    row = error_row(group)
    return Frame(TOPIC, f"error:{group.pk}", row["last_seen"], row)


def stream_row(state: StreamState, pulse: Pulse | None, *, now: datetime) -> dict[str, Any]:
    """What is known of a stream. `lag` seconds, None: not measured; times in epoch seconds."""
    verdict = State.ABSENT
    quiet = state.stream in GOOD_NEWS
    if pulse and quiet:
        verdict = State.UP
    elif pulse:
        silent = (now - pulse.last_event_at).total_seconds()
        verdict = concluded(
            State.UP, silent_seconds=silent, interval_seconds=pulse.interval_seconds
        )
    if (state.oldest_waiting_seconds or 0.0) > LAGGING_SECONDS:
        verdict = State.DEGRADED
    owned = state.lease_until is not None and state.lease_until > now
    return {
        "stream": state.stream,
        "state": str(verdict),
        "lag": state.oldest_waiting_seconds,
        "accepted": state.accepted,
        "rejected": sum(state.rejected.values()),
        "duplicates": state.duplicates,
        "lost": state.lost,
        "last_event": state.last_event_at.timestamp() if state.last_event_at else None,
        "interval": pulse.interval_seconds if pulse and not quiet else None,
        "allowed": silence_allowed(pulse.interval_seconds) if pulse and not quiet else None,
        "owner": state.owner if owned else "",
    }


def process_row(process: Process, *, now: datetime) -> dict[str, Any]:
    """What is known of a process of the portal. Times in epoch seconds."""
    state = liveness(
        stopped=process.stopped_at is not None,
        silent_seconds=(now - process.last_beat_at).total_seconds(),
    )
    return {
        "name": process.name,
        "kind": process.kind,
        "state": str(state),
        "started": process.started_at.timestamp(),
        "last_beat": process.last_beat_at.timestamp(),
        "detail": process.detail,
    }


def lane_rows(
    verdicts: Sequence[Verdict], processes: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The agent's four lanes, then `trading` (signals and execution) and `system` (the portal)."""
    rows = [_lane_row(verdict) for verdict in verdicts]
    by_key = {row["key"]: row for row in rows}
    pair = (by_key["signals"], by_key["execution"])
    worse = max(pair, key=lambda row: SEVERITY[State(row["state"])])
    rows.append({**worse, "key": "trading", "name": "Trading"})
    rows.append(_portal_row(processes))
    return rows


def _lane_row(verdict: Verdict) -> dict[str, Any]:
    decisive = [item for item in verdict.evidence if item.state is verdict.state]
    newest = max(decisive, key=lambda item: item.last or 0.0, default=None)
    return {
        "key": verdict.lane.key,
        "name": verdict.lane.name,
        "state": str(verdict.state),
        "last_event": newest.last if newest else None,
        "interval": newest.interval if newest else None,
        "allowed": silence_allowed(newest.interval) if newest else None,
        "note": _note(verdict),
        "evidence": [
            {
                "name": item.name,
                "state": str(item.state),
                "last": item.last,
                "interval": item.interval,
            }
            for item in verdict.evidence
        ],
    }


def _note(verdict: Verdict) -> str:
    if not verdict.evidence:
        return "Nothing has reported yet."
    amiss = [item for item in verdict.evidence if item.state is not State.UP]
    if amiss:
        return ", ".join(f"{item.name} {item.state}" for item in amiss)
    return ", ".join(item.name for item in verdict.evidence)


def _portal_row(processes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Judge the portal by the best process of each kind it needs."""
    best: dict[str, State] = dict.fromkeys(KINDS, State.ABSENT)
    for row in processes:
        state = PROCESS_STATES.get(Liveness(row["state"]), State.DOWN)
        known = best.get(row["kind"], State.ABSENT)
        if known is State.ABSENT or SEVERITY[state] < SEVERITY[known]:
            best[row["kind"]] = state
    amiss = [kind for kind, state in best.items() if state is not State.UP]
    beats = [row["last_beat"] for row in processes]
    return {
        "key": "system",
        "name": "Portal",
        "state": str(State.DOWN if State.ABSENT in best.values() else worst(best.values())),
        "last_event": max(beats, default=None),
        "interval": None,
        "allowed": None,
        "note": ", ".join(f"{kind} {_told(best[kind])}" for kind in amiss) or "All running.",
        "evidence": [],
    }


def _told(state: State) -> str:
    return "not running" if state in (State.ABSENT, State.DOWN) else "late"
