"""A trade as the books have it: as pages list it and frames carry it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from analytics import rollups
from analytics.fills import Key
from analytics.live import CUT, LISTED, Frame


class Booked(NamedTuple):
    """A trade as it stands after the batch."""

    id: int
    env: str
    source: str
    currency: str
    trade_key: str
    opened_at: datetime | None
    closed_at: datetime
    strategy: str
    symbol: str
    side: str
    quantity: Decimal | None
    price: Decimal | None
    pnl: Decimal
    fees: Decimal
    exit_reason: str

    @property
    def key(self) -> Key:
        return self.env, self.source, self.currency, self.trade_key


def frames_of(booked: Sequence[Booked]) -> list[Frame]:
    """A frame for each of the newest trades."""
    newest = sorted(booked, key=lambda trade: (trade.closed_at, trade.id))[-LISTED:]
    return [
        Frame("trading", f"trade:{trade.id}", trade.closed_at.timestamp(), row(trade))
        for trade in newest
    ]


def cut(count: int, at: float) -> list[Frame]:
    """The frame that tells of trades without a frame, if there were `count` until `at`."""
    return [Frame("trading", CUT, at, {})] if count > LISTED else []


def row(trade: Booked) -> dict[str, Any]:
    """The trade as pages list it and frames carry it; money as strings."""
    return {
        "id": trade.id,
        "env": trade.env,
        "source": trade.source,
        "opened_at": None if trade.opened_at is None else trade.opened_at.isoformat(),
        "closed_at": trade.closed_at.isoformat(),
        "symbol": trade.symbol,
        "side": trade.side,
        "quantity": None if trade.quantity is None else rollups.plain(trade.quantity),
        "price": None if trade.price is None else rollups.plain(trade.price),
        "pnl": rollups.plain(trade.pnl),
        "currency": trade.currency,
        "strategy": trade.strategy,
        "exit_reason": trade.exit_reason,
    }
