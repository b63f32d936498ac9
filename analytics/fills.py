"""The realised fills of a trade, summed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, cast

import msgspec
import numpy as np

from analytics import exact, rollups
from analytics.events import Table
from analytics.exact import WIDE

ZERO = Decimal(0)
PLACES = Decimal("1e-18")  # what the columns hold
Key = tuple[str, str, str, str]  # env, source, currency, trade key
KEY = ("env", "source", "currency", "trade_key")
FIELDS = ("env", "source", "currency", "trade_key", "strategy", "symbol", "side", "exit_reason",
          "opened_at", "ts", "quantity", "price", "pnl", "fee", "fee_currency")  # fmt: skip


class Fills(msgspec.Struct):
    """The realised fills of one trade key in a batch, summed. Times in microseconds since 1970."""

    strategy: str
    symbol: str
    side: str
    exit_reason: str
    opened_at: int | None
    closed_at: int
    quantity: Decimal | None
    price: Decimal | None  # the average
    pnl: Decimal
    fees: Decimal
    notional: Decimal | None = None
    fills: int = 1

    def __post_init__(self) -> None:
        if self.quantity is not None and self.price is not None:
            self.notional = WIDE.multiply(self.quantity, self.price)

    def add(self, other: Fills) -> None:
        """Take in more fills of the same trade, in whatever order they come."""
        if other.newness > self.newness:
            self.closed_at, self.strategy, self.symbol, self.side, self.exit_reason = other.newness
        if other.opened_at is not None:
            self.opened_at = min(self.opened_at or other.opened_at, other.opened_at)
        self.quantity = _sum(self.quantity, other.quantity)
        self.notional = _sum(stored(self.notional), stored(other.notional))
        self.pnl += other.pnl
        self.fees += other.fees
        self.fills += other.fills
        if self.notional is not None and self.quantity:
            self.price = stored(WIDE.divide(self.notional, self.quantity))

    @property
    def newness(self) -> tuple[int, str, str, str, str]:
        return self.closed_at, self.strategy, self.symbol, self.side, self.exit_reason


def stored(value: Decimal | None) -> Decimal | None:
    """At the places that the column holds: each product is rounded before it is summed."""
    return None if value is None else value.quantize(PLACES, ROUND_HALF_UP, WIDE)


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if one is None or other is None:
        return one if other is None else other
    return one + other


def fee_in(currency: str, fee: str | None, fee_currency: str) -> Decimal:
    """The fee when it was paid in the trade's currency: other currencies are never added."""
    if fee is None or (fee_currency and fee_currency.upper() != currency):
        return ZERO
    return Decimal(fee)


def keys_of(table: Table) -> list[Key]:
    """The trade of each fill."""
    return list(zip(*(table[name] for name in KEY), strict=True))


def whole(table: Table) -> dict[str, Sequence[Any]]:
    """Fills that are a trade each, as columns of trades."""
    columns: dict[str, Sequence[Any]] = {
        "closed_at": table["ts"],
        "fees": fees_in(table),
        "notional": _notionals(table["quantity"], table["price"]),
        "fills": [1] * len(table),
    }
    for name in (*KEY, "strategy", "symbol", "side", "exit_reason", "opened_at", "quantity",
                 "price", "pnl"):  # fmt: skip
        columns[name] = table[name]
    return columns


def fees_in(table: Table) -> list[str]:
    """The fee of each fill in the trade's currency, as `fee_in`."""
    groups = table.groups("currency", "fee_currency")
    same = [not paid_in or paid_in.upper() == currency for currency, paid_in in groups.keys]
    if all(same):
        return [fee or "0" for fee in table["fee"]]
    counted = np.array(same, dtype=bool)[groups.codes].tolist()
    return [(counts and fee) or "0" for counts, fee in zip(counted, table["fee"], strict=True)]


def _notionals(quantities: list[str | None], prices: list[str | None]) -> list[str | None]:
    if None not in quantities and None not in prices:
        return list(exact.products(cast("list[str]", quantities), cast("list[str]", prices)))
    return [
        None if quantity is None or price is None else exact.products([quantity], [price])[0]
        for quantity, price in zip(quantities, prices, strict=True)
    ]


def gather(table: Table) -> dict[Key, Fills]:
    """The realised fills, by trade."""
    found: dict[Key, Fills] = {}
    for (env, source, currency, trade_key, strategy, symbol, side, exit_reason, opened_at, ts,
         quantity, price, pnl, fee, fee_currency) in _rows(table, FIELDS):  # fmt: skip
        fills = Fills(
            strategy, symbol, side, exit_reason, opened_at, ts,
            None if quantity is None else Decimal(quantity),
            None if price is None else Decimal(price),
            Decimal(pnl), fee_in(currency, fee, fee_currency),
        )  # fmt: skip
        known = found.setdefault((env, source, currency, trade_key), fills)
        if known is not fills:
            known.add(fills)
    return found


def fees_of(table: Table) -> rollups.Deltas:
    """The fees of fills that realised nothing: paid when they were filled."""
    deltas = rollups.Deltas()
    names = ("ts", "env", "strategy", "symbol", "currency", "source", "fee", "fee_currency")
    for ts, env, strategy, symbol, currency, source, fee, fee_currency in _rows(table, names):
        paid = fee_in(currency, fee, fee_currency)
        if paid:
            deltas.pay((ts, env, strategy, symbol, currency, source), paid)
    return deltas


def _rows(table: Table, names: Sequence[str]) -> Any:
    return zip(*(table[name] for name in names), strict=True)
