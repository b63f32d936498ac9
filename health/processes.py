"""The portal's own processes: each says itself that it made progress."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef
from django.db.utils import InterfaceError, OperationalError

from health.models import Process

BEAT_SECONDS = 5.0
LATE_SECONDS = 15.0
LOST_SECONDS = 30.0
MOURNED = timedelta(minutes=5)
FORGOTTEN = timedelta(hours=1)
_started: dict[str, datetime] = {}  # of this very process: a container may give a dead one's name
KINDS = ("live", "engine", "worker", "beat")  # a portal without one of these is not whole


class Liveness(StrEnum):
    UP = "up"
    LATE = "late"
    DOWN = "down"
    STOPPED = "stopped"


def process_name(kind: str) -> str:
    return f"{kind}@{socket.gethostname()}:{os.getpid()}"


def beat(
    kind: str, detail: Mapping[str, Any] | None = None, *, now: datetime, name: str = ""
) -> None:
    """Write that this process of `kind` (live, web, engine, worker, beat) made progress."""
    name = name or process_name(kind)
    Process.objects.bulk_create(
        [
            Process(
                name=name,
                kind=kind,
                started_at=_started.setdefault(name, now),
                last_beat_at=now,
                stopped_at=None,
                detail=dict(detail or {}),
            )
        ],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["started_at", "last_beat_at", "stopped_at", "detail"],
    )


def stopped(kind: str, *, now: datetime, name: str = "") -> None:
    """Write that this process ended on purpose."""
    Process.objects.filter(name=name or process_name(kind)).update(stopped_at=now)


def liveness(*, stopped: bool, silent_seconds: float) -> Liveness:
    """Judge a process by the age of its last beat."""
    if stopped:
        return Liveness.STOPPED
    if silent_seconds > LOST_SECONDS:
        return Liveness.DOWN
    return Liveness.LATE if silent_seconds > LATE_SECONDS else Liveness.UP


def current(processes: Iterable[Process], *, now: datetime) -> list[Process]:
    """Leave out what ended when its kind lives on; a loss stays in sight for five minutes."""
    rows = [(process, _liveness_of(process, now=now)) for process in processes]
    alive = {process.kind for process, state in rows if state in (Liveness.UP, Liveness.LATE)}
    return [
        process
        for process, state in rows
        if process.kind not in alive
        or state in (Liveness.UP, Liveness.LATE)
        or (state is Liveness.DOWN and now - process.last_beat_at < MOURNED)
    ]


def forget(*, now: datetime) -> None:
    """Delete the rows of processes that ended long ago, the last of its kind excepted."""
    newer = Process.objects.filter(kind=OuterRef("kind"), last_beat_at__gt=OuterRef("last_beat_at"))
    Process.objects.filter(Exists(newer), last_beat_at__lt=now - FORGOTTEN).delete()


def _liveness_of(process: Process, *, now: datetime) -> Liveness:
    return liveness(
        stopped=process.stopped_at is not None,
        silent_seconds=(now - process.last_beat_at).total_seconds(),
    )


def say_alive(kind: str, detail: Mapping[str, Any] | None = None) -> None:
    """Beat from a thread of its own; a missing beat is message enough when PostgreSQL is away."""
    with suppress(OperationalError, InterfaceError):
        beat(kind, detail, now=datetime.now(UTC))
    connection.close()


def say_goodbye(kind: str) -> None:
    """Tell that this process ends on purpose, if anybody listens."""
    with suppress(OperationalError, InterfaceError):
        stopped(kind, now=datetime.now(UTC))
    connection.close()


def keep_beating(kind: str) -> None:
    """Beat from a daemon thread, for a process that has no loop of ours."""
    threading.Thread(target=_beat_forever, args=(kind,), daemon=True, name="pulse").start()


def _beat_forever(kind: str) -> None:
    pause = threading.Event()
    while True:
        say_alive(kind)
        pause.wait(BEAT_SECONDS)
