"""Events a second from the stream to committed rows."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from redis import Redis

from analytics.events import Event, decode
from analytics.models import Execution, StreamState
from bench.cpu import Spent, spent
from bench.events import fill
from bench.ground import clear, engine, started, until
from bench.table import Row, goal, number

COUNT = 2_000  # entries a read, as the engine's
SPLIT = ("risk_decisions", "trade_executions")  # two engines take one each
FIELDS = [
    field.name
    for field in Execution._meta.concrete_fields
    if field.name not in ("id", "received_at")
]


class Stored(NamedTuple):
    rate: float  # events a second
    events: int
    took: Spent

    def __str__(self) -> str:
        own, database, streams = (seconds / self.events * 1e6 for seconds in self.took)
        return (
            f"{number(self.rate)} ({own:.2g} + PostgreSQL {database:.2g}"
            f" + Valkey {streams:.2g} us CPU)"
        )


def measure(scale: float) -> list[Row]:
    events = max(2_000, int(200_000 * scale))
    one = engines(1, {"trade_executions": events})
    saved = peer(max(200, events // 40), save_each)
    bulk = peer(events // 4, bulk_create)
    halves = dict.fromkeys(SPLIT, events // 2)
    single, double = engines(1, halves), engines(2, halves)
    stored = "executions stored with trades, rollups and rules, events/s"
    return [
        Row(stored, str(one), f"Model.save() {number(saved)}", one.rate / saved),
        Row(
            "the same",
            number(one.rate),
            f"bulk_create {number(bulk)}",
            one.rate / bulk,
            *goal(40e3, one.rate),
        ),
        Row(
            "executions and decisions, two engines, events/s",
            str(double),
            f"one engine {number(single.rate)}",
            double.rate / single.rate,
            *goal(70e3, double.rate),
        ),
    ]


def engines(count: int, wanted: dict[str, int]) -> Stored:
    """Events a second of `count` engines: they wait, stopped, until the streams are full."""
    clear()
    with ExitStack() as stack, Redis.from_url(settings.REDIS_URL) as redis:
        running = [
            stack.enter_context(started(*engine(f"e{index}"), name=f"engine-{index}"))
            for index in range(count)
        ]
        until(lambda: _owners() == count, what="sharing the streams")
        _signal(running, signal.SIGSTOP)
        for stream, events in wanted.items():
            fill(redis, stream, events)
        total = sum(wanted.values())
        groups = [process.pid for process in running]
        before = spent(groups)
        began = time.monotonic()
        _signal(running, signal.SIGCONT)
        ended = until(lambda: _accepted() >= total, what=f"storing {total} events", pause=0.05)
        took = spent(groups).since(before)
    return Stored(total / (ended - began), total, took)


def _signal(processes: Sequence[subprocess.Popen[bytes]], which: int) -> None:
    for process in processes:
        process.send_signal(which)


def _owners() -> int:
    """How many engines own a stream of `SPLIT`; both streams must be owned."""
    owners = StreamState.objects.filter(stream__in=SPLIT).exclude(owner="").values_list("owner")
    return len(set(owners)) if len(owners) == len(SPLIT) else 0


def _accepted() -> int:
    return sum(StreamState.objects.values_list("accepted", flat=True))


def peer(count: int, store: Callable[[list[Event]], None]) -> float:
    """Events a second of a usual handler: the same entries, decoded the same way, one table."""
    clear()
    with Redis.from_url(settings.REDIS_URL, decode_responses=True) as redis:
        fill(redis, "trade_executions", count)
        redis.xgroup_create("trade_executions", "peer", id="0")
        began = time.monotonic()
        while batch := _batch(redis):
            store([event for _, events in batch for event in events])
            redis.xack("trade_executions", "peer", *(entry_id for entry_id, _ in batch))
        return count / (time.monotonic() - began)


def _batch(redis: Any) -> list[tuple[str, list[Event]]]:
    reply = redis.xreadgroup("peer", "one", {"trade_executions": ">"}, count=COUNT)
    entries = reply[0][1] if reply else []
    return [
        (entry_id, decode("trade_executions", entry_id, fields)) for entry_id, fields in entries
    ]


def _row(event: Event) -> Execution:
    return Execution(**{name: getattr(event, name) for name in FIELDS if hasattr(event, name)})


def save_each(events: list[Event]) -> None:
    for event in events:
        _row(event).save()


def bulk_create(events: list[Event]) -> None:
    with transaction.atomic():
        Execution.objects.bulk_create([_row(event) for event in events])
