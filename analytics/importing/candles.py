"""Candles: what the market did, for benchmarks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from analytics import rows as columns
from analytics.events.envelope import normal_symbol
from analytics.events.table import us_of
from analytics.importing.cells import BadCell, Cells
from analytics.importing.columns import BadHeader, Field
from analytics.importing.scope import Scope
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
COLUMNS = {
    "symbol": "text",
    "seconds": "int4",
    "at": "timestamptz",
    "open": "numeric",
    "high": "numeric",
    "low": "numeric",
    "close": "numeric",
    "volume": "numeric",
}
NAMES = ", ".join(COLUMNS)
TEMP = """
CREATE TEMP TABLE IF NOT EXISTS incoming_candle (
    symbol text, seconds integer, at timestamptz, open numeric(38,18), high numeric(38,18),
    low numeric(38,18), close numeric(38,18), volume numeric(38,18)
) ON COMMIT DELETE ROWS
"""
CHANGED = ("open", "high", "low", "close", "volume")
PUT = f"""
INSERT INTO analytics_candle AS c ({NAMES})
SELECT {NAMES} FROM incoming_candle ORDER BY symbol, seconds, at
ON CONFLICT (symbol, seconds, at) DO UPDATE SET
    {", ".join(f"{name} = EXCLUDED.{name}" for name in CHANGED)}
WHERE ({", ".join(f"c.{name}" for name in CHANGED)})
      IS DISTINCT FROM ({", ".join(f"EXCLUDED.{name}" for name in CHANGED)})
"""  # noqa: S608 - constants only


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
    newest = {row[:3]: row for row in rows}
    cursor.execute(TEMP)
    columns.copy(cursor, "incoming_candle", COLUMNS, list(zip(*newest.values(), strict=True)))
    cursor.execute(PUT)
    changed = cursor.rowcount
    cursor.execute("DELETE FROM incoming_candle")
    return changed, []
