"""Fills: stored as the executions that the agent would have reported."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from analytics.events import Event, InvalidEvent, Table, decode
from analytics.events.names import ENVELOPE, EXECUTIONS
from analytics.importing.cells import BadCell, Cells
from analytics.importing.columns import Field
from analytics.importing.scope import Scope
from analytics.intake.executions import store_executions
from analytics.live import Frame

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

NEEDED = {"symbol", "ts", "side", "quantity", "price"}
WANTED = ("event_id", "ts", "env", "strategy", "symbol", "currency")
STREAM = "trade_executions"
EARLIEST = "0-0"  # a file is no stream: its rows tell their own time
MORE = {"ts": ("ts_ms", "fill_time", "date")}
FIELDS = {
    name: Field((*aliases, *MORE.get(name, ())), needed=name in NEEDED)
    for name, aliases in {**{name: ENVELOPE[name] for name in WANTED}, **EXECUTIONS}.items()
}
TOLD = (
    "ts", "symbol", "side", "status", "quantity", "price", "pnl", "fee", "strategy", "order_id",
    "position_id", "env", "source", "event_id",
)  # fmt: skip
_named = re.compile(r"`(\w+)`")


def read(cells: Cells, scope: Scope) -> Event:
    """An execution, whose id is that of the file or a digest of the row."""
    told = {field: cells.text(field) for field in FIELDS if field in cells.places}
    fields = {"env": scope.env, "strategy": scope.strategy, "currency": scope.currency}
    fields |= {field: value for field, value in told.items() if value}
    fields |= {"source": scope.source, "event_id": f"file:{told.get('event_id') or cells.digest}"}
    try:
        [event] = decode(STREAM, EARLIEST, fields, now=scope.now)
    except InvalidEvent as error:
        named = _named.search(error.message)
        field = named[1] if named else ""
        raise (cells.bad(field, error.message) if field else BadCell("", error.message)) from None
    return event


def store(cursor: CursorWrapper, rows: Sequence[Event], now: datetime) -> tuple[int, list[Frame]]:
    """What was stored before is recognised by its id."""
    table = Table.of(STREAM, rows)
    stored = store_executions(cursor, table, now=now)
    return stored.fresh, stored.frames


def shown(row: Event) -> dict[str, Any]:
    return {name: getattr(row, name) for name in TOLD}
