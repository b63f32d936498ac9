"""Wins and losses in a row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.performance.returns import Array
from analytics.performance.trades import LEAST_WIN


@dataclass(frozen=True, slots=True)
class Streaks:
    """Lengths; `current` is positive in a run of wins, negative in one of losses."""

    wins: int = 0
    losses: int = 0
    current: int = 0


def signs(pnls: Array) -> NDArray[np.int8]:
    """1 a win, -1 a loss, 0 breakeven, on PnL rounded to 8 places."""
    least = float(LEAST_WIN)
    return (pnls >= least).astype(np.int8) - (pnls <= -least).astype(np.int8)


def of(pnls: Array) -> Streaks:
    """In the order given: a breakeven ends a streak."""
    if not len(pnls):
        return Streaks()
    sign = signs(pnls)
    starts = np.flatnonzero(np.concatenate(([True], sign[1:] != sign[:-1])))
    lengths = np.diff(starts, append=len(sign))
    kinds = sign[starts]
    return Streaks(
        wins=int(lengths[kinds > 0].max(initial=0)),
        losses=int(lengths[kinds < 0].max(initial=0)),
        current=int(kinds[-1]) * int(lengths[-1]),
    )
