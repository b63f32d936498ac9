"""What the agent itself says of an account: what no row of ours can tell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from analytics.book import Account
from analytics.paths import WHOLE
from analytics.performance.undefined import Figure, Undefined

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

FRESH = timedelta(minutes=15)  # what is older is told as stale, not as a figure
NAMES = ("unrealized_pnl", "equity", "gross_exposure", "net_exposure", "leverage",
         "margin_used_ratio", "open_positions")  # fmt: skip
ADDED = frozenset(("unrealized_pnl", "equity", "gross_exposure", "net_exposure", "open_positions"))
LATEST = """
SELECT name, coalesce(labels->>'strategy', ''), last_value, last_ts FROM analytics_series
WHERE name = ANY(%(names)s) AND labels->>'env' = %(env)s AND last_value IS NOT NULL
  AND coalesce(labels->>'symbol', '') = %(symbol)s
  AND (%(strategy)s = '*' OR coalesce(labels->>'strategy', '') = %(strategy)s)
  AND (%(source)s = '' OR labels->>'source' = %(source)s)
"""
LIMITS = """
SELECT labels->>'limit', max(last_value) FROM analytics_series
WHERE name = 'limit_usage_ratio' AND labels->>'env' = %(env)s AND last_value IS NOT NULL
  AND (%(strategy)s = '*' OR coalesce(labels->>'strategy', '') = %(strategy)s)
GROUP BY 1 ORDER BY 1
"""


def of(cursor: CursorWrapper, account: Account, *, now: datetime) -> Mapping[str, Figure]:
    """The newest report of each figure, summed over its reporters; in the reporting currency.

    Where the agent reports for the whole environment, its strategies' reports are not added.
    """
    if account.currency != settings.REPORTING_CURRENCY:
        return dict.fromkeys(NAMES, Undefined.NO_DATA)
    cursor.execute(LATEST, {**account.chosen, "names": list(NAMES)})
    rows = cursor.fetchall()
    found: dict[str, Figure] = {}
    for name in NAMES:
        own = [row[1:] for row in rows if row[0] == name]
        if account.strategy == WHOLE and any(not strategy for strategy, _, _ in own):
            own = [row for row in own if not row[0]]
        found[name] = _newest([row[1:] for row in own], now, adds=name in ADDED)
    return found


def _newest(readings: list[tuple[float, datetime]], now: datetime, *, adds: bool) -> Figure:
    if not readings:
        return Undefined.NO_DATA
    fresh = [value for value, at in readings if now - at <= FRESH]
    if not fresh:
        return Undefined.STALE
    return sum(fresh) if adds else max(fresh)


def limits(cursor: CursorWrapper, account: Account) -> dict[str, float]:
    """How much of each risk limit was used by its newest decision; 1 is the limit itself."""
    cursor.execute(LIMITS, account.chosen)
    return dict(cursor.fetchall())
