"""What pages draw of an account's days: equity and drawdown on one axis, and months."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.performance import days, returns, underwater
from analytics.performance.thinning import MOST, places
from analytics.scorecard.read import Measured

NONE: dict[str, list[Any]] = {"day": [], "equity": [], "drawdown": []}


def curves(measured: Measured, *, most: int = MOST) -> dict[str, list[Any]]:
    """Equity at the end of each day in money, and the ratio below its peak; equally long.

    At most `most` points each, the extremes of both curves among them; empty without a capital.
    Drawdown is that of returns: a withdrawal is no fall.
    """
    if measured.start is None or measured.series is None or not len(measured.days.day):
        return NONE
    found = measured.days
    equity = returns.equity(found.gain, capital=float(measured.start), flows=found.flows)[1:]
    grown = returns.sums if measured.basis.fixed else returns.growth
    below = underwater.drawdowns(grown(measured.series))[1:]
    kept = np.union1d(places(equity, most=most // 2), places(below, most=most // 2))
    return {
        "day": [day.isoformat() for day in found.day[kept].tolist()],
        "equity": equity[kept].tolist(),
        "drawdown": below[kept].tolist(),
    }


def months(measured: Measured) -> dict[str, float]:
    """Returns by `2026-11`, oldest first, compounded within each; empty without a capital."""
    if measured.series is None:
        return {}
    return days.by_month(measured.days.day, measured.series)
