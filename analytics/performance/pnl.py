"""Realised PnL as a path."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

ZERO = Decimal(0)


def by_timestamp(trades: Iterable[tuple[datetime, Decimal]]) -> list[tuple[datetime, Decimal]]:
    """PnL summed per exact timestamp, oldest first.

    Trades that close together have no order among them; every path figure starts from this, or
    it would depend on the order of rows (freqtrade #6655 and the 48 % shared timestamps of a real
    account).
    """
    sums: dict[datetime, Decimal] = {}
    for at, pnl in trades:
        sums[at] = sums.get(at, ZERO) + pnl
    return sorted(sums.items())


def equity(capital: Decimal, pnls: Iterable[Decimal]) -> list[Decimal]:
    """E_0 = capital, E_i = E_(i-1) + pnl_i; one element longer than `pnls`, in their currency."""
    path = [capital]
    for pnl in pnls:
        path.append(path[-1] + pnl)
    return path


def net(gross: Decimal, fees: Sequence[Decimal]) -> Decimal:
    """PnL after fees, at the 8 decimal places at which wins and losses are told apart."""
    return (gross - sum(fees, ZERO)).quantize(Decimal("1e-8"))
