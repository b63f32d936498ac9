"""The figures of trading: of six years of days beside the libraries, of trades beside plain SQL."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper

from analytics import book, scorecard, tradelist
from analytics.performance import daily
from analytics.scope import Scope
from analytics.scorecard import Basis
from analytics.tradelist import Wanted
from bench.ground import clear
from bench.table import Row, number

DAYS = 2_193  # six years
START = datetime(2020, 1, 1, tzinfo=UTC)
YEAR = 365
TIMES = 15
# Indexes are made after the rows, as a restored dump has them.
BARE = """
ALTER TABLE analytics_trade DROP CONSTRAINT IF EXISTS trade_once;
DROP INDEX IF EXISTS trade_recent;
TRUNCATE analytics_trade, analytics_traderollup
"""
INDEXED = """
ALTER TABLE analytics_trade
  ADD CONSTRAINT trade_once UNIQUE (trade_key, source, env, currency);
CREATE INDEX trade_recent ON analytics_trade (env, closed_at DESC, id DESC);
ANALYZE analytics_trade, analytics_traderollup
"""
MAKE = """
INSERT INTO analytics_trade (env, source, trade_key, strategy, symbol, currency, side, opened_at,
  closed_at, quantity, notional, price, pnl, fees, fills, exit_reason)
SELECT 'live', 'bench', 'order:' || i, 's' || i %% 5,
  (ARRAY['BTC', 'ETH', 'SOL', 'XRP'])[1 + i %% 4] || '/USDT', 'USDT', 'sell', at - interval '5 min',
  at, 0.01, 630, 63000, (random() * 20 - 9.98)::numeric(38, 18), 0.3, 1, ''
FROM (SELECT i, timestamptz '2020-01-01 00:00Z' + i * %(step)s * interval '1 s' AS at
      FROM generate_series(0, %(rows)s - 1) AS i) AS closed
"""
ROLL = """
INSERT INTO analytics_traderollup (unit, bucket, env, strategy, symbol, currency, source, trades,
  wins, losses, breakeven, gross_profit, gross_loss, pnl, fees)
SELECT 'd', date_trunc('day', closed_at, 'UTC'), env, strategy, symbol, currency, source, count(*),
  count(*) FILTER (WHERE pnl > 0), count(*) FILTER (WHERE pnl < 0), 0,
  coalesce(sum(pnl) FILTER (WHERE pnl > 0), 0), coalesce(-sum(pnl) FILTER (WHERE pnl < 0), 0),
  sum(pnl), sum(fees)
FROM analytics_trade GROUP BY 2, 3, 4, 5, 6, 7
"""
# What a first version of such pages asks: two figures over all rows; a page by its number.
PLAIN = (
    "SELECT sum(pnl) FROM analytics_trade",
    "SELECT count(CASE WHEN pnl > 0 THEN 1 END)::float8 / count(*) FROM analytics_trade",
)
BY_NUMBER = (
    "SELECT count(*) FROM analytics_trade WHERE env = 'live'",
    "SELECT * FROM analytics_trade WHERE env = 'live' ORDER BY closed_at DESC OFFSET %s LIMIT 25",
)


def measure(scale: float) -> list[Row]:
    return [*of_days(), *of_trades(scale)]


def of_days() -> list[Row]:
    """CPU time of every daily figure, warmed up; the libraries compute what they have of them."""
    series = np.random.default_rng(8).standard_t(4, DAYS) * 0.012 + 0.0006
    ours = _cpu(lambda: daily.of(series), TIMES * 20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        quantstats, empyrical = (_cpu(one, TIMES) for one in peers(series))
    what = f"all figures of {DAYS:,} days, CPU ms"
    return [
        Row(what, f"{ours * 1e3:.3g}", f"quantstats, 16 of 27 {quantstats * 1e3:.3g}",
            quantstats / ours, "<= 1 ms, >= 20x", ours <= 1e-3 and quantstats >= 20 * ours),
        Row("the same", f"{ours * 1e3:.3g}", f"empyrical, 11 of 27 {empyrical * 1e3:.3g}",
            empyrical / ours),
    ]  # fmt: skip


def peers(series: Any) -> tuple[Callable[[], object], Callable[[], object]]:
    """The figures that quantstats and empyrical have too, each from its own function."""
    import empyrical as ep
    import pandas as pd
    import quantstats.stats as qs

    dated = pd.Series(series, index=pd.date_range("2020-01-01", periods=len(series), freq="D"))

    def quantstats() -> object:
        return (
            qs.comp(dated), qs.cagr(dated, periods=YEAR), qs.volatility(dated, periods=YEAR),
            qs.sharpe(dated, periods=YEAR), qs.sortino(dated, periods=YEAR),
            qs.calmar(dated, periods=YEAR), qs.omega(dated), qs.max_drawdown(dated),
            qs.ulcer_index(dated), qs.skew(dated),
            qs.kurtosis(dated), qs.tail_ratio(dated), qs.best(dated), qs.worst(dated),
            qs.value_at_risk(dated), qs.conditional_value_at_risk(dated),
        )  # fmt: skip

    def empyrical() -> object:
        return (
            ep.cum_returns_final(dated), ep.cagr(dated, annualization=YEAR),
            ep.annual_volatility(dated, annualization=YEAR), ep.max_drawdown(dated),
            ep.sharpe_ratio(dated, annualization=YEAR), ep.sortino_ratio(dated, annualization=YEAR),
            ep.calmar_ratio(dated, annualization=YEAR), ep.omega_ratio(dated),
            ep.tail_ratio(dated), ep.value_at_risk(dated), ep.conditional_value_at_risk(dated),
        )  # fmt: skip

    return quantstats, empyrical


def of_trades(scale: float) -> list[Row]:
    """The figures of a page at a million trades and at ten, and a page of the list among them."""
    clear()
    sizes = max(2_000, int(1e6 * scale)), max(20_000, int(1e7 * scale))
    rows: list[Row] = []
    taken: list[float] = []
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for trades in sizes:
            fill(cursor, trades)
            (slowest, cpu), plain = _page(cursor), _plain(cursor, PLAIN)
            taken.append(slowest)
            rows.append(Row(
                f"KPI, ratios and days of {number(trades)} trades, p95",
                f"{slowest * 1e3:.3g} ms (CPU {cpu * 1e3:.3g})",
                f"SUM(pnl) and win rate over rows {plain * 1e3:.3g} ms",
                plain / slowest, "<= 50 ms", slowest <= 0.050,
            ))  # fmt: skip
        rows += [_grown(taken), _list(cursor, sizes[1])]
        cursor.execute("RESET statement_timeout")
    return rows


def _grown(taken: list[float]) -> Row:
    grown = taken[1] / taken[0]
    return Row("ten times the trades take", f"{grown:.3g}x as long", "", None, "<= 3x", grown <= 3)


def _list(cursor: CursorWrapper, trades: int) -> Row:
    """25 trades in the middle of them all, newest first."""
    middle = START + timedelta(days=DAYS / 2)
    wanted = Wanted(START, middle)
    ours = median(_walls(lambda: tradelist.page(Scope("live", "USDT"), wanted), 5))
    counted = _plain(cursor, BY_NUMBER[:1])
    skipped = _plain(cursor, BY_NUMBER[1:], [trades // 2])
    return Row(
        f"a page in the middle of {number(trades)} trades, SQL", f"{ours * 1e3:.3g} ms",
        f"COUNT {counted * 1e3:.3g} and OFFSET {skipped * 1e3:.3g} ms",
        (counted + skipped) / ours, "<= 5 ms", ours <= 0.005,
    )  # fmt: skip


def fill(cursor: CursorWrapper, trades: int) -> None:
    cursor.execute(BARE)
    cursor.execute(MAKE, {"rows": trades, "step": DAYS * 86_400 / trades})
    cursor.execute(ROLL)
    cursor.execute(INDEXED)


def _page(cursor: CursorWrapper) -> tuple[float, float]:
    """Seconds at the 95th percentile for a page of figures, and its CPU seconds on both sides."""
    account, basis = book.Account("live", "USDT"), Basis(Decimal(1_000_000))
    cursor.execute("SELECT pg_backend_pid()")
    (backend,) = cursor.fetchone()
    times = 2 * TIMES
    before = time.process_time() + _used(backend)

    def read() -> None:
        scorecard.brief(cursor, scorecard.measure(cursor, account, basis), now=START)

    walls = _walls(read, times)
    cpu = (time.process_time() + _used(backend) - before) / (times + 1)
    return float(np.quantile(walls, 0.95)), cpu


def _used(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _plain(cursor: CursorWrapper, queries: Sequence[str], asked: Any = None) -> float:
    def ask() -> None:
        for query in queries:
            cursor.execute(query, asked)
            cursor.fetchall()

    return median(_walls(ask, 5))


def _walls(call: Callable[[], object], times: int) -> list[float]:
    call()
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return seconds


def _cpu(call: Callable[[], object], times: int) -> float:
    """Median seconds of this process's own time."""
    call()
    seconds = []
    for _ in range(times):
        began = time.process_time()
        call()
        seconds.append(time.process_time() - began)
    return median(seconds)
