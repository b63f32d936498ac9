"""Executions: rows, trades, rollups; latency and slippage as series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

from analytics import partitions, rollups, streams, trades
from analytics.events import Execution
from analytics.fills import fees_of, gather
from analytics.rows import EVENT, copy, jsonb
from analytics.series import Labels, Reading, sorted_labels
from analytics.streams import Stored

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

TABLE = "analytics_execution"
COLUMNS = {
    **EVENT,
    "execution_id": "text",
    "order_id": "text",
    "client_order_id": "text",
    "position_id": "text",
    "signal_id": "text",
    "trade_key": "text",
    "side": "text",
    "status": "text",
    "quantity": "numeric",
    "price": "numeric",
    "requested_price": "numeric",
    "fee": "numeric",
    "fee_currency": "text",
    "pnl": "numeric",
    "currency": "text",
    "execution_seconds": "float8",
    "slippage_bps": "float8",
    "liquidity": "text",
    "order_type": "text",
    "reject_reason": "text",
    "exit_reason": "text",
}
FILLS = ("FILLED", "PARTIALLY_FILLED")


def store_executions(
    cursor: CursorWrapper, events: Sequence[Execution], *, now: datetime
) -> Stored:
    """Store what was never stored before; trades only where the stream is the book of record."""
    new = streams.fresh(cursor, events)
    for event in new:
        if not event.currency:
            event.currency = settings.REPORTING_CURRENCY
    partitions.ensure(cursor, TABLE, (event.ts for event in new))
    copy(cursor, TABLE, COLUMNS, _rows(new))
    stored = Stored(fresh=len(new), duplicates=len(events) - len(new))
    if settings.BOOK == "stream":
        fills = [event for event in new if event.status in FILLS]
        realised = [event for event in fills if event.pnl is not None]
        fees = fees_of(event for event in fills if event.pnl is None)
        stored.frames += trades.book(cursor, gather(realised), fees)
    rollups.count(
        cursor,
        "order",
        Counter((rollups.minute(e.ts), e.status, e.env, e.strategy) for e in new),
    )
    stored.readings += _readings(new)
    return stored


def _rows(events: Sequence[Execution]) -> Iterator[tuple[Any, ...]]:
    for e in events:
        yield (
            e.event_id, e.source, e.ts, e.env, e.strategy, e.symbol, e.correlation_id, e.inferred,
            jsonb(e.extra), e.execution_id, e.order_id, e.client_order_id, e.position_id,
            e.signal_id, e.trade_key, e.side, e.status, e.quantity, e.price, e.requested_price,
            e.fee, e.fee_currency, e.pnl, e.currency, e.execution_seconds, e.slippage_bps,
            e.liquidity, e.order_type, e.reject_reason, e.exit_reason,
        )  # fmt: skip


@lru_cache(maxsize=10_000)
def _labels(env: str, strategy: str, source: str) -> Labels:
    return sorted_labels(env=env, strategy=strategy, source=source)


def _readings(events: Sequence[Execution]) -> Iterator[Reading]:
    for e in events:
        seconds, bps = e.execution_seconds, e.slippage_bps
        if seconds is None and bps is None:
            continue
        labels = _labels(e.env, e.strategy, e.source)
        if seconds is not None:
            yield Reading("execution_latency_seconds", labels, e.ts, seconds, "trade_executions")
        if bps is not None:
            yield Reading("slippage_bps", labels, e.ts, bps, "trade_executions")
