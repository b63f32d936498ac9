"""Events of the agent, as its streams carry them, stored the way the engine does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.db import connection, transaction

from analytics.events import ErrorEvent, SystemMetrics
from analytics.streams import Stored
from health.intake import store_errors, store_system_metrics

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
_numbers = count(1)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def _envelope(stream: str, component: str) -> dict[str, Any]:
    number = next(_numbers)
    return {
        "stream": stream,
        "entry_id": f"{number}-0",
        "event_id": f"{stream}:{number}-0",
        "source": component or "unknown",
        "ts": NOON,
        "env": "live",
        "strategy": "",
        "symbol": "",
        "correlation_id": "",
        "inferred": [],
        "extra": {},
    }


def report(component: str = "order-executor", **fields: Any) -> SystemMetrics:
    blank: dict[str, Any] = dict.fromkeys(
        ("health", "cpu_percent", "memory_percent", "disk_percent", "data_latency")
    )
    blank |= {"status": "", "ws_connected": None, "last_candle_at": None, "metrics": {}}
    envelope = _envelope("system_metrics", component)
    return SystemMetrics(**{**envelope, **blank, "component": component, **fields})


def error(message: str = "no answer in 3 s", **fields: Any) -> ErrorEvent:
    blank = {"component": "exec", "severity": "critical", "error_type": "Timeout"}
    blank |= {"stack": "", "fingerprint": ""}
    envelope = _envelope("error_events", "exec")
    return ErrorEvent(**{**envelope, **blank, "count": 1, "message": message, **fields})


def reported(*events: SystemMetrics, now: datetime = NOON) -> Stored:
    with transaction.atomic(), connection.cursor() as cursor:
        return store_system_metrics(cursor, events, now=now)


def failed(events: Sequence[ErrorEvent], *, now: datetime = NOON) -> Stored:
    with transaction.atomic(), connection.cursor() as cursor:
        return store_errors(cursor, events, now=now)
