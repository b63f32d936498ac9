"""Closed trades."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings

from analytics import trades
from analytics.events.envelope import ENVS, normal_symbol
from analytics.events.table import moment, us_of
from analytics.events.trading import SIDES
from analytics.fills import Fills, Key
from analytics.importing.cells import Cells
from analytics.importing.columns import Field
from analytics.importing.scope import Scope
from analytics.live import Frame
from analytics.performance.pnl import net

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

FIELDS = {
    "trade_id": Field(("id", "trade_key")),
    "symbol": Field(("pair", "instrument", "market", "ticker"), needed=True),
    "closed_at": Field(
        ("close_timestamp", "ts_ms", "close_ts_ms", "close_date", "exit_time", "timestamp", "ts"),
        needed=True,
    ),
    "opened_at": Field(("open_timestamp", "open_ts_ms", "open_date", "entry_time")),
    "side": Field(("direction", "order_side")),
    "quantity": Field(("qty", "amount", "size")),
    "open_price": Field(("open_rate", "entry_price")),
    "price": Field(("close_price", "close_rate", "exit_price")),
    "pnl": Field(
        ("net_pnl", "profit_abs", "close_profit_abs", "realized_pnl"),
        needed=True,
        unless="gross_pnl",
    ),
    "gross_pnl": Field(),
    "fees": Field(("fee", "commission")),
    "open_fee_rate": Field(("fee_open_rate", "fee_open")),
    "close_fee_rate": Field(("fee_close_rate", "fee_close")),
    "currency": Field(("quote_currency", "stake_currency")),
    "strategy": Field(("strategy_name",)),
    "env": Field(("environment",)),
    "exit_reason": Field(("sell_reason",)),
}
ZERO = Decimal(0)
TOLD = (
    "closed_at", "symbol", "side", "quantity", "price", "pnl", "fees", "strategy", "opened_at",
    "exit_reason",
)  # fmt: skip


def read(cells: Cells, scope: Scope) -> tuple[Key, Fills]:
    """A trade under its key. `pnl` is net of fees; a `gross_pnl` has them taken off."""
    symbol = normal_symbol(cells.text("symbol"))
    if not symbol:
        raise cells.bad("symbol", "`symbol` is empty.")
    currency = cells.text("currency").upper() or scope.currency or symbol.partition("/")[2]
    closed_at, opened_at = cells.moment("closed_at"), cells.instant("opened_at")
    if opened_at is not None and opened_at > closed_at:
        raise cells.bad("opened_at", "It was opened after it was closed.")
    quantity, price = cells.number("quantity"), cells.number("price")
    fees = _fees(cells, quantity, price)
    env = cells.word("env", ENVS, otherwise=scope.env)
    trade = Fills(
        strategy=cells.text("strategy") or scope.strategy,
        symbol=symbol,
        side=cells.word("side", SIDES),
        exit_reason=cells.text("exit_reason"),
        opened_at=None if opened_at is None else us_of(opened_at),
        closed_at=us_of(closed_at),
        quantity=quantity,
        price=price,
        pnl=_pnl(cells, fees),
        fees=fees,
    )
    key = f"file:{cells.text('trade_id') or cells.digest}"
    return (env, scope.source, currency or settings.REPORTING_CURRENCY, key), trade


def shown(row: tuple[Key, Fills]) -> dict[str, Any]:
    (env, source, currency, key), trade = row
    told = {name: getattr(trade, name) for name in TOLD}
    told["closed_at"] = moment(trade.closed_at)
    told["opened_at"] = None if trade.opened_at is None else moment(trade.opened_at)
    return told | {"currency": currency, "env": env, "source": source, "key": key}


def _pnl(cells: Cells, fees: Decimal) -> Decimal:
    gross = cells.number("gross_pnl")
    return cells.amount("pnl") if gross is None else net(gross, [fees])


def _fees(cells: Cells, quantity: Decimal | None, price: Decimal | None) -> Decimal:
    """As told, else of the rates at which the trade was opened and closed."""
    told = cells.number("fees")
    if told is not None:
        return told
    opened = (quantity, cells.number("open_price"), cells.number("open_fee_rate"))
    closed = (quantity, price, cells.number("close_fee_rate"))
    return _paid(*opened) + _paid(*closed)


def _paid(quantity: Decimal | None, price: Decimal | None, rate: Decimal | None) -> Decimal:
    if quantity is None or price is None or rate is None:
        return ZERO
    return quantity * price * rate


def store(
    cursor: CursorWrapper, rows: Sequence[tuple[Key, Fills]], now: datetime
) -> tuple[int, list[Frame]]:
    """Put them in place of what was known of them."""
    done = trades.replace(cursor, dict(rows))
    return done.changed, done.frames
