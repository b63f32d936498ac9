"""Equity within a range: what was there before it, the fall from the peak, and its trades.

Equity is the starting capital and all realised PnL; deposits and funding are left to the days
(analytics.scorecard), for a drawdown by trade knows no flows.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from django.db import connection

from analytics import charts, scorecard
from analytics.book import Account
from analytics.charts import DAY, EPOCH, SCOPE, Span, ms
from analytics.scope import Scope

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

MARKS = 500  # trades that are marked on a curve, the newest
MARKED = timedelta(days=31)  # in longer ranges they would cover the curve
# Before a day: the sum of all PnL, and the highest that the sum ever was.
PEAK = """
SELECT coalesce(sum(pnl), 0), coalesce(max(before + high), 0) FROM (
    SELECT pnl, high, coalesce(sum(pnl) OVER (
        ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM analytics_accountday
    WHERE env = %(env)s AND currency = %(currency)s AND strategy = %(strategy)s AND day < %(day)s
) AS days
"""
TRADES = f"""
SELECT id, closed_at, opened_at, pnl::float8, symbol, side FROM analytics_trade
WHERE {SCOPE} AND closed_at >= %(start)s AND closed_at < %(end)s
ORDER BY closed_at DESC, id DESC LIMIT %(limit)s
"""  # noqa: S608 - constants only

type Fall = list[list[float]]


class Before(NamedTuple):
    """The sum of realised PnL before a range, and the highest that it ever was until then."""

    total: float
    peak: float


def state(scope: Scope, drawn: Span) -> dict[str, Any]:
    """What the trading page needs to draw equity, drawdown and trades; `capital` null without."""
    basis = scorecard.basis_of(Account(**scope.chosen))
    with connection.cursor() as cursor:
        return {
            "capital": None if basis.capital is None else float(basis.capital),
            "peak": 0.0 if basis.capital is None else before(cursor, scope, drawn).peak,
            "marks": marks(cursor, scope, drawn),
            "most_marks": MARKS,
        }


def before(cursor: CursorWrapper, scope: Scope, drawn: Span) -> Before:
    """Exact until midnight; from then on seen at the ends of buckets, as it is drawn."""
    midnight = EPOCH + (drawn.start - EPOCH) // timedelta(seconds=DAY) * timedelta(seconds=DAY)
    cursor.execute(PEAK, scope.asked | {"day": midnight.date()})
    total, peak = map(float, cursor.fetchone())
    if midnight < drawn.start:
        for _, gained in charts.pnl(cursor, scope, Span(midnight, drawn.start, drawn.width)):
            total += gained
            peak = max(peak, total)
    return Before(total, peak)


def falls(cursor: CursorWrapper, scope: Scope, capital: Decimal | None, drawn: Span) -> Fall:
    """[ms of a bucket's end, fall from the highest equity until then] of buckets with trades."""
    found = charts.pnl(cursor, scope, drawn) if capital is not None else []
    if capital is None or not found:
        return []
    total, peak = before(cursor, scope, drawn)
    path = float(capital) + total + np.cumsum([gained for _, gained in found])
    peaks = np.maximum.accumulate(np.maximum(path, float(capital) + max(total, peak)))
    below = np.clip(path / peaks - 1.0, -1.0, 0.0)
    ends = [at + drawn.width * 1_000 for at, _ in found]
    return [[at, fall] for at, fall in zip(ends, below.tolist(), strict=True)]


def marks(cursor: CursorWrapper, scope: Scope, drawn: Span) -> list[list[Any]]:
    """[id, closed ms, opened ms or null, PnL, symbol, side] of the newest trades, oldest first."""
    if drawn.end - drawn.start > MARKED:
        return []
    cursor.execute(TRADES, scope.asked | {"start": drawn.start, "end": drawn.end, "limit": MARKS})
    return [
        [identity, ms(closed), None if opened is None else ms(opened), pnl, symbol, side]
        for identity, closed, opened, pnl, symbol, side in reversed(cursor.fetchall())
    ]
