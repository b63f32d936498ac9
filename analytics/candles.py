"""Daily closes for benchmarks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analytics.performance.days import Days
from analytics.performance.returns import Array

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

# Of each UTC day the last close, from the narrowest candles there are.
CLOSES = """
SELECT DISTINCT ON (day) day, close::float8 FROM (
    SELECT ((at + make_interval(secs => seconds) - interval '1 microsecond')
            AT TIME ZONE 'UTC')::date AS day, at + make_interval(secs => seconds) AS closed,
           seconds, close
    FROM analytics_candle
    WHERE symbol = %s AND at >= %s AND at < %s
      AND seconds = (SELECT min(seconds) FROM analytics_candle WHERE symbol = %s)
) AS priced ORDER BY day, closed DESC
"""

# Each step goes to the next symbol that there is.
SYMBOLS = """
WITH RECURSIVE known AS (
    SELECT min(symbol) AS symbol FROM analytics_candle
    UNION ALL
    SELECT (SELECT min(symbol) FROM analytics_candle AS c WHERE c.symbol > known.symbol)
    FROM known WHERE known.symbol IS NOT NULL
)
SELECT symbol FROM known WHERE symbol IS NOT NULL
"""


def symbols(cursor: CursorWrapper) -> list[str]:
    """What there are prices of."""
    cursor.execute(SYMBOLS)
    return [symbol for (symbol,) in cursor.fetchall()]


def closes(cursor: CursorWrapper, symbol: str, day: Days) -> tuple[Array, NDArray[np.bool_]]:
    """The close before the first day and that of each day, and which of them were there.

    A missing one repeats the one before; NaN where there is none before.
    """
    if not len(day):
        return np.empty(0), np.empty(0, dtype=bool)
    first = day[0].item() - timedelta(days=1)
    cursor.execute(CLOSES, [symbol, first, day[-1].item() + timedelta(days=1), symbol])
    found = dict(cursor.fetchall())
    wanted = [first, *day.tolist()]
    have = np.array([one in found for one in wanted])
    prices = np.array([found.get(one, np.nan) for one in wanted], dtype=np.float64)
    places = np.maximum.accumulate(np.where(have, np.arange(len(wanted)), -1))
    return np.where(places >= 0, prices[places], np.nan), have
