"""The desk's positions and its account within one UTC day."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal

CAPITAL = 50_000.0  # USDT at midnight
FEE = 0.00004  # of the notional: a large maker's fee
CENT, SATOSHI = Decimal("0.01"), Decimal("0.00001")


@dataclass(slots=True)
class Position:
    """A market bet: side +1 long, -1 short. Prices in USDT, quantity in BTC."""

    id: str
    strategy: str
    signal_id: str
    side: int
    quantity: float
    entry: float
    closes_at: float  # epoch seconds
    stop: float  # loss as a share of the entry at which it is given up

    def gain(self, price: float) -> float:
        return self.side * (price - self.entry) * self.quantity

    def is_due(self, price: float, at: float) -> bool:
        moved = self.side * (price / self.entry - 1)
        return at >= self.closes_at or moved < -self.stop or moved > 2 * self.stop


@dataclass(slots=True)
class Account:
    """What the day has made so far."""

    realized: float = 0.0
    fees: float = 0.0
    trades: int = 0
    wins: int = 0
    profit: float = 0.0
    loss: float = 0.0
    squares: float = 0.0
    peak: float = CAPITAL
    deepest: float = 0.0
    open: list[Position] = field(default_factory=list)

    def settle(self, pnl: float) -> None:
        """Book a closed trade; `pnl` net of fees."""
        self.realized += pnl
        self.trades += 1
        self.wins += pnl > 0
        self.profit += max(pnl, 0)
        self.loss += max(-pnl, 0)
        self.squares += pnl * pnl

    def sharpe(self) -> float | None:
        """The day's Sharpe ratio from its trades, not by the year; None of only a few."""
        if self.trades < 20:
            return None
        variance = self.squares / self.trades - (self.realized / self.trades) ** 2
        return self.realized / math.sqrt(variance * self.trades)

    def drawdown(self, price: float) -> float:
        """The fall from the day's highest equity, a ratio <= 0."""
        equity = self.equity(price)
        self.peak = max(self.peak, equity)
        now = min(0.0, equity / self.peak - 1)
        self.deepest = min(self.deepest, now)
        return now

    def equity(self, price: float) -> float:
        return CAPITAL + self.realized + sum(position.gain(price) for position in self.open)

    def exposure(self, price: float) -> tuple[float, float]:
        """Gross and net, in USDT."""
        values = [position.side * position.quantity * price for position in self.open]
        return sum(map(abs, values)), sum(values)
