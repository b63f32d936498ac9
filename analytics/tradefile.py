"""A file of closed trades as the stream entries that the agent would have written.

Reads freqtrade's export columns: `pnl` is gross there, so that net = pnl - qty * open_price *
fee_open_rate - qty * close_price * fee_close_rate, in Decimal, rounded to 8 places.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from analytics.performance.pnl import net
from analytics.rollups import plain

COLUMNS = ("trade_id", "symbol", "side", "open_ts_ms", "ts_ms", "qty", "open_price", "close_price",
           "fee_open_rate", "fee_close_rate", "pnl")  # fmt: skip
OPPOSITE = {"buy": "sell", "sell": "buy"}


class ClosedTrade(NamedTuple):
    """One row; times in ms since 1970, money in the quote currency, `pnl` gross of fees."""

    trade_id: str
    symbol: str
    side: str
    opened_ms: int
    closed_ms: int
    quantity: Decimal
    open_price: Decimal
    close_price: Decimal
    open_fee: Decimal
    close_fee: Decimal
    pnl: Decimal
    exit_reason: str
    tag: str

    @property
    def net_pnl(self) -> Decimal:
        return net(self.pnl, [self.open_fee, self.close_fee])


class Publication(NamedTuple):
    """One entry to publish when the replay reaches `at_ms`."""

    at_ms: int
    stream: str
    fields: dict[str, str]


class BadFile(Exception):
    """The file is no list of trades; the message says what is missing."""


def read(path: Path) -> list[ClosedTrade]:
    """The trades of a CSV file. Raises BadFile."""
    with path.open(newline="") as lines:
        rows = csv.DictReader(lines)
        missing = set(COLUMNS) - set(rows.fieldnames or ())
        if missing:
            raise BadFile(f"{path} lacks the columns {', '.join(sorted(missing))}.")
        return [_trade(row) for row in rows]


def _trade(row: dict[str, str]) -> ClosedTrade:
    quantity, opened, closed = (Decimal(row[name]) for name in ("qty", "open_price", "close_price"))
    return ClosedTrade(
        trade_id=row["trade_id"],
        symbol=row["symbol"],
        side=row["side"].lower(),
        opened_ms=int(Decimal(row["open_ts_ms"])),
        closed_ms=int(Decimal(row["ts_ms"])),
        quantity=quantity,
        open_price=opened,
        close_price=closed,
        open_fee=quantity * opened * Decimal(row["fee_open_rate"]),
        close_fee=quantity * closed * Decimal(row["fee_close_rate"]),
        pnl=Decimal(row["pnl"]),
        exit_reason=row.get("exit_reason") or "",
        tag=row.get("enter_tag") or "",
    )


def publications(
    trades: Iterable[ClosedTrade], *, env: str, source: str, shift_ms: int = 0
) -> Iterator[Publication]:
    """Of each trade a signal, the opening fill and the closing fill with its net PnL.

    Event ids are made of source and trade id, so that a second replay changes nothing.
    """
    for trade in trades:
        common = {"source": source, "env": env, "symbol": trade.symbol, "strategy": "replay"}
        position = f"{source}-{trade.trade_id}"
        fill = {**common, "position_id": position, "quantity": plain(trade.quantity)}
        opened, closed = trade.opened_ms + shift_ms, trade.closed_ms + shift_ms
        yield Publication(opened, "trading_signals", {
            **common, "event_id": f"{position}-signal", "timestamp": str(opened),
            "signal_type": trade.side, "price": plain(trade.open_price), "tag": trade.tag,
        })  # fmt: skip
        yield Publication(opened, "trade_executions", {
            **fill, "event_id": f"{position}-open", "timestamp": str(opened), "side": trade.side,
            "price": plain(trade.open_price), "fee": plain(trade.open_fee),
        })  # fmt: skip
        yield Publication(closed, "trade_executions", {
            **fill, "event_id": f"{position}-close", "timestamp": str(closed),
            "side": OPPOSITE[trade.side], "price": plain(trade.close_price),
            "fee": plain(trade.close_fee), "pnl": plain(trade.net_pnl),
            "opened_at": str(opened), "exit_reason": trade.exit_reason,
        })  # fmt: skip
