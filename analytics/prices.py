"""The newest price of each symbol that anything told, and how old it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics.performance.undefined import Money, Undefined

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

FRESH = timedelta(minutes=15)
KEPT = timedelta(days=1)  # what is older is no price of now at all
NAMES = ("mark_price", "last_price", "price", "close")  # series of the agent
NEWEST = """
SELECT DISTINCT ON (symbol) symbol, price, at, told FROM (
    SELECT labels->>'symbol' AS symbol, last_value::numeric AS price, last_ts AS at,
           'series ' || name AS told
    FROM analytics_series
    WHERE name = ANY(%(names)s) AND labels->>'symbol' = ANY(%(symbols)s)
      AND coalesce(labels->>'env', %(env)s) = %(env)s AND last_value > 0
    UNION ALL
    SELECT symbol, close, at + make_interval(secs => seconds), 'candle' FROM analytics_candle
    WHERE symbol = ANY(%(symbols)s) AND at > %(since)s
    UNION ALL
    SELECT symbol, price, ts, 'signal' FROM analytics_signal
    WHERE env = %(env)s AND symbol = ANY(%(symbols)s) AND ts > %(since)s AND price > 0
    UNION ALL
    SELECT symbol, price, ts, 'fill' FROM analytics_execution
    WHERE env = %(env)s AND symbol = ANY(%(symbols)s) AND ts > %(since)s AND price > 0
      AND status IN ('FILLED', 'PARTIALLY_FILLED')
) AS told WHERE at > %(since)s AND at <= %(now)s ORDER BY symbol, at DESC, told
"""


class Price(NamedTuple):
    """`told`: who said it."""

    price: Decimal
    at: datetime
    told: str

    def known(self, now: datetime) -> Money:
        return self.price if now - self.at <= FRESH else Undefined.STALE


def newest(
    cursor: CursorWrapper, env: str, symbols: Iterable[str], *, now: datetime
) -> Mapping[str, Price]:
    """By symbol; absent where nobody told one for a day."""
    asked: dict[str, Any] = {"env": env, "symbols": sorted(set(symbols)), "names": list(NAMES)}
    cursor.execute(NEWEST, asked | {"now": now, "since": now - KEPT})
    return {symbol: Price(*told) for symbol, *told in cursor.fetchall()}
