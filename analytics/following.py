"""The way of a range's signals to their trades."""

from __future__ import annotations

from typing import Any

from django.db import connection

from analytics import orders
from analytics.asked import Asked
from analytics.scorecard import trading

MOST_SIGNALS = 200_000  # whose way to a trade is looked up for one page
SIGNALS = """
SELECT count(*) FROM (
    SELECT FROM analytics_signal
    WHERE env = %(env)s AND ts >= %(start)s AND ts < %(end)s LIMIT %(most)s + 1) AS counted
"""


def stages(view: Asked) -> list[dict[str, Any]] | None:
    """None where the range holds too many signals."""
    chosen = {**view.scope.chosen, "start": view.span.start, "end": view.span.end}
    with connection.cursor() as cursor:
        cursor.execute(SIGNALS, chosen | {"most": MOST_SIGNALS})
        if cursor.fetchone()[0] > MOST_SIGNALS:
            return None
        return trading.of_stages(orders.stages(cursor, chosen))
