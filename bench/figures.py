"""The figures of trading: of six years of days beside the libraries, of trades beside plain SQL."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper

from analytics import book
from analytics.performance import daily, returns
from bench.ground import clear
from bench.table import Row, number

DAYS = 2_193  # six years
YEAR = 365
TIMES = 15
MAKE = """
CREATE UNLOGGED TABLE bench_trade AS
SELECT timestamptz '2020-01-01 00:00Z' + i * %(step)s * interval '1 s' AS closed_at,
  's' || i %% 5 AS strategy, (ARRAY['BTC', 'ETH', 'SOL', 'XRP'])[1 + i %% 4] || '/USDT' AS symbol,
  (random() * 20 - 9.98)::numeric(38, 18) AS pnl
FROM generate_series(0, %(rows)s - 1) AS i
"""
ROLL = """
INSERT INTO analytics_traderollup (unit, bucket, env, strategy, symbol, currency, trades, wins,
  losses, breakeven, gross_profit, gross_loss, pnl, fees)
SELECT 'd', date_trunc('day', closed_at, 'UTC'), 'live', strategy, symbol, 'USDT', count(*),
  count(*) FILTER (WHERE pnl > 0), count(*) FILTER (WHERE pnl < 0), 0,
  coalesce(sum(pnl) FILTER (WHERE pnl > 0), 0), coalesce(-sum(pnl) FILTER (WHERE pnl < 0), 0),
  sum(pnl), 0
FROM bench_trade GROUP BY 2, 4, 5
"""
# What a first version of such a page asks: two figures, each over all rows.
PLAIN = (
    "SELECT sum(pnl) FROM bench_trade",
    "SELECT count(CASE WHEN pnl > 0 THEN 1 END)::float8 / count(*) FROM bench_trade",
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
    clear()
    few, many = max(2_000, int(1e6 * scale)), max(20_000, int(1e7 * scale))
    rows: list[Row] = []
    taken: list[float] = []
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for trades in (few, many):
            fill(cursor, trades)
            (slowest, cpu), plain = _page(cursor), _plain(cursor)
            taken.append(slowest)
            rows.append(Row(
                f"sums and every daily figure of {number(trades)} trades, from rollups, p95",
                f"{slowest * 1e3:.3g} ms (CPU {cpu * 1e3:.3g})",
                f"SUM(pnl) and win rate over rows {plain * 1e3:.3g} ms",
                plain / slowest, "<= 50 ms", slowest <= 0.050,
            ))  # fmt: skip
        cursor.execute("DROP TABLE bench_trade")
        cursor.execute("RESET statement_timeout")
    grown = taken[1] / taken[0]
    rows.append(Row("ten times the trades take", f"{grown:.3g}x as long", "", None,
                    "<= 3x", grown <= 3))  # fmt: skip
    return rows


def fill(cursor: CursorWrapper, trades: int) -> None:
    cursor.execute("DROP TABLE IF EXISTS bench_trade")
    cursor.execute("TRUNCATE analytics_traderollup")
    cursor.execute(MAKE, {"rows": trades, "step": DAYS * 86_400 / trades})
    cursor.execute(ROLL)
    cursor.execute("ANALYZE bench_trade, analytics_traderollup")


def _page(cursor: CursorWrapper) -> tuple[float, float]:
    """Seconds at the 95th percentile for a page of figures, and its CPU seconds on both sides."""
    account = book.Account("live", "USDT")
    cursor.execute("SELECT pg_backend_pid()")
    (backend,) = cursor.fetchone()
    times = 2 * TIMES

    def read() -> object:
        days = book.by_day(cursor, account)
        return daily.of(returns.of_pnl(days.gain, capital=1e6, flows=days.flows))

    before = time.process_time() + _used(backend)
    walls = _walls(read, times)
    cpu = (time.process_time() + _used(backend) - before) / (times + 1)
    return float(np.quantile(walls, 0.95)), cpu


def _used(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _plain(cursor: CursorWrapper) -> float:
    def ask() -> None:
        for query in PLAIN:
            cursor.execute(query)
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
