"""The sums of trades of a span, from the rollups of its buckets."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from analytics.charts import SCOPE, Span
from analytics.performance.trades import Tally
from analytics.scope import Scope

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

SUMS = f"""
SELECT coalesce(sum(trades), 0)::bigint, coalesce(sum(wins), 0)::bigint,
       coalesce(sum(losses), 0)::bigint, coalesce(sum(breakeven), 0)::bigint,
       coalesce(sum(gross_profit), 0), coalesce(sum(gross_loss), 0), coalesce(sum(pnl), 0),
       coalesce(sum(fees), 0)
FROM analytics_traderollup
WHERE {SCOPE} AND unit = %(unit)s AND bucket >= %(start)s AND bucket < %(end)s
"""  # noqa: S608 - constants only


class Sums(NamedTuple):
    tally: Tally
    fees: Decimal


def of(cursor: CursorWrapper, scope: Scope, drawn: Span) -> Sums:
    asked = {"unit": drawn.unit, "start": drawn.start, "end": drawn.end}
    cursor.execute(SUMS, scope.chosen | asked)
    *sums, fees = cursor.fetchone()
    return Sums(Tally(*sums), fees)
