"""The trading page: sums of trades, and PnL by bucket."""

from __future__ import annotations

from typing import Any

from django.db import connection

from analytics import charts
from analytics.charts import Span
from analytics.earlier import sums
from analytics.earlier.period import span_before, told
from analytics.earlier.rows import MORE, Compared, in_counts, in_money, in_numbers, in_shares
from analytics.earlier.rows import rows as worded
from analytics.earlier.sums import Sums
from analytics.performance import trades
from analytics.scope import Scope


def state(scope: Scope, drawn: Span) -> dict[str, Any]:
    """The earlier PnL by bucket, at the times of the present range, and the figures of both."""
    before = span_before(drawn)
    with connection.cursor() as cursor:
        found = charts.pnl(cursor, scope, before)
        both = sums.of(cursor, scope, drawn), sums.of(cursor, scope, before)
    return told(drawn, before, worded(figures(scope.currency), *both), pnl=found)


def figures(currency: str) -> list[Compared[Sums]]:
    return [
        in_money("PnL", lambda one: one.tally.pnl, currency, better=MORE),
        in_counts("Trades", lambda one: one.tally.trades),
        in_shares("Win rate", lambda one: trades.win_ratio(one.tally.wins, one.tally.trades),
                  better=MORE),
        in_numbers("Profit factor", lambda one: trades.profit_factor(
            one.tally.gross_profit, one.tally.gross_loss), better=MORE),
        in_money("PnL of a trade", lambda one: trades.expectancy(one.tally.pnl, one.tally.trades),
                 currency, better=MORE),
        in_money("Fees", lambda one: one.fees, currency, sign=False),
    ]  # fmt: skip
