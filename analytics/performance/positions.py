"""What is open, folded from fills: quantity and average entry price (average cost).

A fill that realised PnL closed something, whatever its side says; one that did not opens, adds, or,
where positions are not named and its side is opposite, nets. A close of what was never seen opening
is left out: its position began before the fills that are known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from analytics.performance.undefined import Money, Undefined

ZERO = Decimal(0)


class Fill(NamedTuple):
    """`quantity` above 0; `pnl` None where nothing was realised."""

    at: datetime
    side: str
    quantity: Decimal
    price: Decimal | None
    pnl: Decimal | None


@dataclass(frozen=True, slots=True)
class Open:
    """`quantity` is above 0 when long; `entry` is None where a price was not told."""

    quantity: Decimal
    entry: Decimal | None
    opened_at: datetime


def fold(fills: Iterable[Fill], *, named: bool, left: Open | None = None) -> Open | None:
    """What is left of fills in their order, after what was `left` of those before them.

    `named`: all are of one position, which never turns.
    """
    for fill in fills:
        left = _after(left, fill, named=named)
    return left


def _after(left: Open | None, fill: Fill, *, named: bool) -> Open | None:
    signed = -fill.quantity if fill.side == "sell" else fill.quantity
    if left is None:
        return Open(signed, fill.price, fill.at) if fill.pnl is None else None
    opposite = (signed > 0) is not (left.quantity > 0)
    if fill.pnl is None and not opposite:
        return Open(left.quantity + signed, _average(left, fill), left.opened_at)
    rest = abs(left.quantity) - fill.quantity
    if rest > 0:
        return Open(rest if left.quantity > 0 else -rest, left.entry, left.opened_at)
    if rest < 0 and opposite and not named:
        return Open(-rest if signed > 0 else rest, fill.price, fill.at)
    return None


def _average(left: Open, fill: Fill) -> Decimal | None:
    if left.entry is None or fill.price is None:
        return None
    held = abs(left.quantity)
    return (left.entry * held + fill.price * fill.quantity) / (held + fill.quantity)


def unrealized(quantity: Decimal, entry: Decimal | None, mark: Money) -> Money:
    """(mark - entry) * quantity, before fees; for a linear contract in the quote currency."""
    if isinstance(mark, Undefined):
        return mark
    return Undefined.NO_PRICE if entry is None else (mark - entry) * quantity
