"""Executions: rows, trades, rollups; latency and slippage as series."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings

from analytics import rollups, sketches, streams, trades
from analytics.bundle import Bundle
from analytics.events import Table
from analytics.fills import fees_of, whole
from analytics.intake.common import added, counts, inserting, reasons, runs
from analytics.rollups import Deltas
from analytics.rows import EVENT
from analytics.series import Run
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
REJECTED = ("REJECTED",)


def store_executions(cursor: CursorWrapper, table: Table, *, now: datetime) -> Stored:
    """Store what was never stored before; trades only where the stream is the book of record."""
    new = streams.unseen(cursor, table)
    if "" in new["currency"]:
        reporting = settings.REPORTING_CURRENCY
        new = new.replaced("currency", [currency or reporting for currency in new["currency"]])
    with inserting(cursor, TABLE, COLUMNS, new):
        stored = Stored(
            fresh=len(new),
            duplicates=len(table) - len(new),
            runs=_runs(new),
            frames=added(new, "orders"),
        )
        fills = _fills(new) if settings.BOOK == "stream" else None
        orders = counts(new, "status")
        rejected = reasons(new, "reject_reason", outcome="status", counted=REJECTED)
        readings = sketches.of(new)
    bundle = Bundle(cursor)
    booked = trades.book(bundle, *fills) if fills is not None else list
    rollups.count(bundle, "order", orders)
    rollups.count(bundle, "rejection", rejected)
    sketches.add(bundle, readings)
    bundle.send()
    stored.frames += booked()
    return stored


def _fills(table: Table) -> tuple[Table, dict[str, Sequence[Any]], Deltas]:
    """The fills that realised something, the same as new trades, and the fees of the others."""
    realised: list[int] = []
    others: list[int] = []
    for place, (status, pnl) in enumerate(zip(table["status"], table["pnl"], strict=True)):
        if status in FILLS:
            (others if pnl is None else realised).append(place)
    closing = table.take(realised)
    return closing, whole(closing), fees_of(table.take(others))


def _runs(table: Table) -> list[Run]:
    return [
        run
        for name, column in sketches.SKETCHED.items()
        for run in runs(table, name, table.floats(column))
    ]
