"""PnL curves of 500 points over ten million trades: the page's own function against raw SQL.

The whole span is read from day rollups; the quarter of it is the longest that is read by the hour.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

from django.db import connection
from django.db.backends.utils import CursorWrapper

from analytics import charts
from analytics.scope import Scope
from bench.ground import clear
from bench.table import Row, number

DAYS = 500
START = datetime(2026, 1, 1, tzinfo=UTC)
TIMES = 5
RAW = """
CREATE UNLOGGED TABLE IF NOT EXISTS bench_trade AS
SELECT timestamptz '2026-01-01 00:00Z' + i * %(step)s * interval '1 s' AS closed_at,
  's' || i %% 5 AS strategy, (random() * 20 - 9.98)::numeric(38, 18) AS pnl
FROM generate_series(0, %(rows)s - 1) AS i
"""
ROLL = """
INSERT INTO analytics_traderollup (unit, bucket, env, strategy, symbol, currency, source, trades,
  wins, losses, breakeven, gross_profit, gross_loss, pnl, fees)
SELECT unit, date_trunc(word, closed_at, 'UTC'), 'live', strategy, 'BTC/USDT', 'USDT', 'bench',
  count(*), 0, 0, count(*), 0, 0, sum(pnl), 0
FROM bench_trade, (VALUES ('h', 'hour'), ('d', 'day')) AS u(unit, word) GROUP BY 1, 2, 4
"""
PEER = """
SELECT at, sum(pnl) OVER (ORDER BY at) FROM (
  SELECT date_bin(%s * interval '1 s', closed_at, timestamptz '2026-01-01 00:00Z') AS at,
    sum(pnl) AS pnl FROM bench_trade
  WHERE closed_at < %s GROUP BY 1) AS binned ORDER BY at
"""


def measure(scale: float) -> list[Row]:
    clear()
    trades = max(20_000, int(1e7 * scale))
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(RAW, {"rows": trades, "step": DAYS * 86_400 / trades})
        cursor.execute("CREATE INDEX ON bench_trade USING brin (closed_at)")
        cursor.execute(ROLL)
        cursor.execute("ANALYZE bench_trade, analytics_traderollup")
        rows = [_row(cursor, DAYS, trades), _row(cursor, DAYS // 4, trades // 4)]
        cursor.execute("DROP TABLE bench_trade")
        cursor.execute("RESET statement_timeout")
    return rows


def _row(cursor: CursorWrapper, days: int, trades: int) -> Row:
    """The curve of the first `days`, as the trading page asks for it."""
    scope = Scope("live", "USDT")
    drawn = charts.span(START, START + timedelta(days))
    points = len(charts.pnl(cursor, scope, drawn))
    ours = _timed(lambda: charts.pnl(cursor, scope, drawn))
    peer = _timed(lambda: cursor.execute(PEER, [drawn.width, drawn.end]))
    unit = {"d": "day", "h": "hour"}[drawn.unit]
    return Row(
        f"curve of {points} points over {number(trades)} trades, from {unit} rollups",
        f"{ours * 1e3:.3g} ms",
        f"raw SQL {peer * 1e3:.3g} ms",
        peer / ours,
        "< 10 ms",
        ours < 0.010,
    )


def _timed(query: Callable[[], object]) -> float:
    """The median of some runs, seconds."""
    seconds = []
    for _ in range(TIMES):
        began = time.perf_counter()
        query()
        seconds.append(time.perf_counter() - began)
    return median(seconds)
