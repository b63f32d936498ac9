"""Figures of a set of closed trades. What is undefined is None, never 0 or infinity."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

LEAST_WIN = Decimal("5e-9")  # rounds to 1e-8
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts and sums; win, loss and breakeven on PnL rounded to 8 places."""

    trades: int = 0
    wins: int = 0
    losses: int = 0
    breakeven: int = 0
    gross_profit: Decimal = ZERO
    gross_loss: Decimal = ZERO  # a magnitude
    pnl: Decimal = ZERO


def tally(pnls: Iterable[Decimal]) -> Tally:
    wins = losses = breakeven = 0
    profit = loss = total = ZERO
    for pnl in pnls:
        total += pnl
        if pnl >= LEAST_WIN:
            wins, profit = wins + 1, profit + pnl
        elif pnl <= -LEAST_WIN:
            losses, loss = losses + 1, loss - pnl
        else:
            breakeven += 1
    return Tally(wins + losses + breakeven, wins, losses, breakeven, profit, loss, total)


def win_ratio(wins: int, trades: int) -> float | None:
    """wins / all closed trades, breakeven in the denominator (freqtrade's backtest, Binance)."""
    return wins / trades if trades else None


def profit_factor(gross_profit: Decimal, gross_loss: Decimal) -> float | None:
    """Gross profit / gross loss; None without losses."""
    return float(gross_profit / gross_loss) if gross_loss else None


def expectancy(pnl: Decimal, trades: int) -> Decimal | None:
    """Mean PnL of a trade, breakeven counted."""
    return pnl / trades if trades else None
