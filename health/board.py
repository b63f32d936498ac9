"""The whole system page as one value, and its parts by key of the live feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analytics import streams
from health import lanes as judged
from health import processes, rows
from health.models import Component, ErrorGroup, Process, Pulse

ERRORS_SHOWN = 20

type Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the page shows; every list ordered for reading."""

    lanes: list[Row]
    components: list[Row]
    streams: list[Row]
    processes: list[Row]
    errors: list[Row]
    dead_letters: dict[str, int]  # stream -> not replayed


def snapshot(*, now: datetime) -> Snapshot:
    """Read everything once (six queries)."""
    components = list(Component.objects.order_by("env", "name"))
    pulses = {pulse.stream: pulse for pulse in Pulse.objects.all()}
    states = {state.stream: state for state in streams.states()}
    running = processes.current(Process.objects.order_by("kind", "name"), now=now)
    process_rows = [rows.process_row(process, now=now) for process in running]
    return Snapshot(
        lanes=rows.lane_rows(judged.verdicts(components, pulses, now=now), process_rows),
        components=[rows.component_row(component, now=now) for component in components],
        streams=[
            rows.stream_row(state, pulses.get(name), now=now) for name, state in states.items()
        ],
        processes=process_rows,
        errors=[
            rows.error_row(group)
            for group in ErrorGroup.objects.order_by("-last_seen_at")[:ERRORS_SHOWN]
        ],
        dead_letters=streams.waiting_dead_letters(),
    )


def keyed(board: Snapshot) -> dict[str, Row]:
    """Name every row as the live feed does; error groups are told by their intake."""
    named = {f"lane:{row['key']}": row for row in board.lanes}
    named |= {rows.component_key(row["env"], row["name"]): row for row in board.components}
    named |= {f"stream:{row['stream']}": row for row in board.streams}
    named |= {f"process:{row['name']}": row for row in board.processes}
    named["dead_letters"] = dict(board.dead_letters)
    return named


def lanes(*, now: datetime) -> list[Row]:
    """The lanes alone, for the overview."""
    return snapshot(now=now).lanes
