"""Figures of a set of closed trades; PnL net of fees in one currency, Decimal."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from analytics.performance.returns import Array, deviation
from analytics.performance.undefined import LEAST, Figure, Money, Undefined, over

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


def win_ratio(wins: int, trades: int) -> Figure:
    """wins / all closed trades, breakeven in the denominator (freqtrade's backtest, Binance)."""
    return wins / trades if trades else Undefined.NO_DATA


def decided_win_ratio(wins: int, losses: int) -> Figure:
    """wins / (wins + losses): the second figure, without breakeven."""
    return win_ratio(wins, wins + losses)


def profit_factor(gross_profit: Decimal, gross_loss: Decimal) -> Figure:
    """Gross profit / gross loss."""
    if gross_loss:
        return float(gross_profit / gross_loss)
    return Undefined.NO_LOSSES if gross_profit else Undefined.NO_DATA


def expectancy(pnl: Decimal, trades: int) -> Money:
    """Mean PnL of a trade, breakeven counted."""
    return pnl / trades if trades else Undefined.NO_DATA


def average_win(gross_profit: Decimal, wins: int) -> Money:
    return gross_profit / wins if wins else Undefined.NO_WINS


def average_loss(gross_loss: Decimal, losses: int) -> Money:
    """A magnitude."""
    return gross_loss / losses if losses else Undefined.NO_LOSSES


def in_losses(amount: Money, loss: Money) -> Figure:
    """An amount in units of the average loss: the payoff of a win, the expectancy in R."""
    if isinstance(amount, Undefined):
        return amount
    return loss if isinstance(loss, Undefined) else float(amount / loss)


def kelly(decided: Figure, payoff: Figure) -> Figure:
    """p - (1 - p) / payoff, the share of capital of the fastest growth (Kelly 1956).

    p is of the decided trades: a breakeven neither wins nor loses the stake.
    """
    if isinstance(decided, Undefined):
        return decided
    lost = over(1.0 - decided, payoff, Undefined.NO_WINS)
    return lost if isinstance(lost, Undefined) else decided - lost


def sqn(pnls: Array) -> Figure:
    """sqrt(n) * mean / deviation (n - 1) (Tharp, "Definitive Guide to Position Sizing", 2008)."""
    spread = deviation(pnls)
    if isinstance(spread, Undefined):
        return spread
    if spread <= LEAST * float(np.abs(pnls).max()):
        return Undefined.ZERO_VARIANCE
    return math.sqrt(len(pnls)) * float(pnls.mean()) / spread


@dataclass(frozen=True, slots=True)
class Spread:
    """Of single trades, in money as float."""

    median: Figure
    best: Figure
    worst: Figure
    deviation: Figure
    sqn: Figure


def spread(pnls: Array) -> Spread:
    if not len(pnls):
        return Spread(*[Undefined.NO_DATA] * 5)
    return Spread(
        median=float(np.median(pnls)),
        best=float(pnls.max()),
        worst=float(pnls.min()),
        deviation=deviation(pnls),
        sqn=sqn(pnls),
    )
