"""The strategies of an account beside each other: what each made, how surely, how it fell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics import scorecard
from analytics.book import Account
from analytics.card import thinned
from analytics.moving import ends
from analytics.scope import Scope
from analytics.scorecard import Measured, risk, trading
from analytics.scorecard.entries import MONEY, told

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

DAY_MS = 86_400_000
MOST = 7  # strategies, those that traded most: a chart has no more colours
BUSIEST = """
SELECT strategy FROM analytics_traderollup
WHERE env = %(env)s AND currency = %(currency)s AND unit = 'd'
  AND (%(strategy)s = '*' OR strategy = %(strategy)s)
  AND (%(symbol)s = '' OR symbol = %(symbol)s)
  AND (%(source)s = '' OR source = %(source)s)
GROUP BY 1 HAVING sum(trades) > 0 ORDER BY sum(trades) DESC, strategy LIMIT %(most)s
"""
# Figure of the line -> the group of the card that has it.
FIGURES = {
    "net_pnl": "money", "trades": "trades", "win_rate": "trades", "profit_factor": "trades",
    "expectancy": "trades", "sharpe": "returns", "max_drawdown": "drawdown",
    "max_drawdown_money": "drawdown",
}  # fmt: skip


def strategies(cursor: CursorWrapper, scope: Scope) -> list[str]:
    """Those that traded most, in the order of their names."""
    cursor.execute(BUSIEST, scope.chosen | {"most": MOST})
    return sorted(name for (name,) in cursor.fetchall())


def lines(cursor: CursorWrapper, account: Account, names: Iterable[str]) -> list[dict[str, Any]]:
    """Of each strategy its figures, as `manage.py performance` tells them, and its sums by day."""
    found = []
    for name in names:
        one = replace(account, strategy=name)
        measured = scorecard.measure(cursor, one, scorecard.basis_of(one))
        found.append({"strategy": name, **_figures(measured), "curve": _curve(measured)})
    last = max((line["curve"][-1][0] for line in found if line["curve"]), default=0.0)
    for line in found:
        if line["curve"] and line["curve"][-1][0] < last:  # quiet since, and no less for it
            line["curve"].append([last, line["curve"][-1][1]])
    return found


def _figures(measured: Measured) -> dict[str, Any]:
    days = measured.days
    groups = {
        "money": {"net_pnl": told(days.tally.pnl, MONEY)},
        "trades": trading.of_tally(days),
        "returns": risk.of_returns(measured.found, days),
        "drawdown": risk.of_falls(measured.found, days, measured.start),
    }
    return {name: groups[group][name] for name, group in FIGURES.items()}


def _curve(measured: Measured) -> list[list[float]]:
    """[ms of a day's end, what was made until then], from the beginning of the first day."""
    days = measured.days
    if not len(days.day):
        return []
    at = (ends(days.day) // 1_000).tolist()
    sums = [list(point) for point in zip(at, np.cumsum(days.gain).tolist(), strict=True)]
    return thinned([[at[0] - DAY_MS, 0.0], *sums])
