"""The realised fills of a trade, summed."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from analytics import rollups
from analytics.events import Execution

ZERO = Decimal(0)
PLACES = Decimal("1e-18")  # what the columns hold; each product is rounded before it is summed
Key = tuple[str, str, str, str]  # env, source, currency, trade key


class Fills:
    """The realised fills of one trade key in a batch, summed."""

    __slots__ = ("closed_at", "exit_reason", "fees", "fills", "notional", "opened_at", "pnl",
                 "quantity", "side", "strategy", "symbol")  # fmt: skip

    def __init__(self, fill: Execution) -> None:
        self.strategy, self.symbol, self.side = fill.strategy, fill.symbol, fill.side
        self.exit_reason = fill.exit_reason
        self.opened_at, self.closed_at = fill.opened_at, fill.ts
        self.quantity: Decimal | None = fill.quantity
        self.notional: Decimal | None = notional(fill.quantity, fill.price)
        self.pnl = fill.pnl or ZERO
        self.fees = fee_in_currency(fill)
        self.fills = 1

    @classmethod
    def of(cls, **values: Any) -> Fills:
        """A whole trade that came in one row."""
        made = cls.__new__(cls)
        made.fills = 1
        for name, value in values.items():
            setattr(made, name, value)
        return made

    def add(self, fill: Execution) -> None:
        newer = (fill.ts, fill.strategy, fill.symbol, fill.side, fill.exit_reason)
        if newer > (self.closed_at, self.strategy, self.symbol, self.side, self.exit_reason):
            self.closed_at, self.strategy, self.symbol, self.side, self.exit_reason = newer
        if fill.opened_at is not None:
            self.opened_at = min(self.opened_at or fill.opened_at, fill.opened_at)
        self.quantity = _sum(self.quantity, fill.quantity)
        self.notional = _sum(self.notional, notional(fill.quantity, fill.price))
        self.pnl += fill.pnl or ZERO
        self.fees += fee_in_currency(fill)
        self.fills += 1


def notional(quantity: Decimal | None, price: Decimal | None) -> Decimal | None:
    """quantity * price, at the places that the column holds."""
    if quantity is None or price is None:
        return None
    return (quantity * price).quantize(PLACES, ROUND_HALF_UP)


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if one is None or other is None:
        return one if other is None else other
    return one + other


def fee_in_currency(fill: Execution) -> Decimal:
    """The fee when it was paid in the trade's currency: other currencies are never added."""
    if fill.fee is None or (fill.fee_currency and fill.fee_currency.upper() != fill.currency):
        return ZERO
    return fill.fee


def gather(fills: Iterable[Execution]) -> dict[Key, Fills]:
    """Realised fills by trade."""
    found: dict[Key, Fills] = {}
    for fill in fills:
        key = (fill.env, fill.source, fill.currency, fill.trade_key)
        known = found.get(key)
        if known is None:
            found[key] = Fills(fill)
        else:
            known.add(fill)
    return found


def fees_of(fills: Iterable[Execution]) -> rollups.Deltas:
    """The fees of fills that realised nothing: paid when they were filled."""
    deltas = rollups.Deltas()
    for fill in fills:
        fee = fee_in_currency(fill)
        if fee:
            deltas.pay((fill.ts, fill.env, fill.strategy, fill.symbol, fill.currency), fee)
    return deltas
