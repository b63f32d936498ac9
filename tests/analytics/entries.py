"""Stream entries as the trading agent writes them, and storing them without an engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from analytics import intake, series, sketches
from analytics.events import Event, as_stored, decode
from analytics.series import StoredSample
from analytics.streams import Stored

NOW = datetime(2026, 9, 1, 12, 0, 30, tzinfo=UTC)
MS = int(NOW.timestamp() * 1_000)
STORES = {
    "trade_executions": intake.store_executions,
    "trading_signals": intake.store_signals,
    "risk_decisions": intake.store_decisions,
    "performance_metrics": intake.store_performance,
}


def execution(number: int = 1, **fields: str) -> dict[str, str]:
    """A flat fill; `number` makes its ids."""
    return {
        "event_id": f"e{number}",
        "timestamp": str(MS),
        "source": "bot",
        "strategy": "ema_cross",
        "symbol": "BTC/USDT",
        "execution_id": f"x{number}",
        "side": "buy",
        "quantity": "0.01",
        "price": "63125",
        "pnl": "12.5",
    } | fields


def one(stream: str, fields: Mapping[Any, Any], entry_id: str = f"{MS}-0") -> Any:
    """The only event of an entry."""
    [event] = decode(stream, entry_id, fields)
    return event


def store(stream: str, events: Iterable[Event]) -> tuple[Stored, list[StoredSample]]:
    """One batch in one transaction, as the engine does it."""
    store_batch: Any = STORES[stream]
    with transaction.atomic(), connection.cursor() as cursor:
        stored = store_batch(cursor, as_stored(stream, list(events)), now=NOW)
        return stored, series.record(cursor, [*stored.readings, *stored.runs], now=NOW)


def store_executions(*entries: Mapping[str, str]) -> Stored:
    return store("trade_executions", [one("trade_executions", entry) for entry in entries])[0]


def gather_sketches() -> None:
    """As the engine does every second."""
    with connection.cursor() as cursor:
        sketches.gather(cursor)
