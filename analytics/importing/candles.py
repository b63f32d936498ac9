"""Candles: what the market did, for benchmarks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from analytics.events.envelope import normal_symbol
from analytics.events.table import moment, us_of
from analytics.importing import upsert
from analytics.importing.cells import BadCell, Cells
from analytics.importing.columns import BadHeader, Field
from analytics.importing.scope import Scope
from analytics.importing.upsert import Target
from analytics.live import Frame

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

FIELDS = {
    "at": Field(("ts", "ts_ms", "timestamp", "time", "date", "open_time"), needed=True),
    "symbol": Field(("pair", "instrument", "market", "ticker")),
    "open": Field(("o",), needed=True),
    "high": Field(("h",), needed=True),
    "low": Field(("l",), needed=True),
    "close": Field(("c",), needed=True),
    "volume": Field(("v", "vol")),
}
INTO = Target(
    "analytics_candle",
    {
        "symbol": "text",
        "seconds": "int4",
        "at": "timestamptz",
        "open": "numeric",
        "high": "numeric",
        "low": "numeric",
        "close": "numeric",
        "volume": "numeric",
    },
    key=("symbol", "seconds", "at"),
)


def read(cells: Cells, scope: Scope) -> tuple[Any, ...]:
    """The columns of a candle. A file of one instrument may leave its name out: `source` is it."""
    opened, high, low, closed = (cells.amount(name) for name in ("open", "high", "low", "close"))
    if not 0 < low <= min(opened, closed):
        raise cells.bad("low", "The low is above another price, or not above zero.")
    if high < max(opened, closed):
        raise cells.bad("high", "The high is below another price.")
    symbol = normal_symbol(cells.text("symbol") or scope.source)
    volume = cells.number("volume")
    at = us_of(cells.moment("at"))
    return symbol, scope.seconds, at, opened, high, low, closed, volume


def width(rows: Iterable[Sequence[str]], header: Sequence[str], places: Mapping[str, int]) -> int:
    """Seconds that a candle spans: the shortest step between two of one symbol.

    Raises BadHeader where no two rows tell it.
    """
    last: dict[str, datetime] = {}
    steps: set[timedelta] = set()
    for row in rows:
        try:
            cells = Cells(row, header, places)
            symbol, at = cells.text("symbol"), cells.moment("at")
        except BadCell:
            continue
        if symbol in last and at > last[symbol]:
            steps.add(at - last[symbol])
        last[symbol] = at
    if not steps:
        raise BadHeader("No two candles of a symbol tell how long one is: say --seconds.")
    return int(min(steps).total_seconds())


def store(
    cursor: CursorWrapper, rows: Sequence[tuple[Any, ...]], now: datetime
) -> tuple[int, list[Frame]]:
    """New candles, and those that changed; the last of a batch wins."""
    return upsert.put(cursor, INTO, rows), []


def shown(row: tuple[Any, ...]) -> dict[str, Any]:
    told = dict(zip(INTO.columns, row, strict=True))
    return told | {"at": moment(told["at"])}
