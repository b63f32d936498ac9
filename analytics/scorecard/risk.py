"""What the returns of days say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from analytics.book import Closed, Days
from analytics.performance import benchmark, exposure, returns, underwater
from analytics.performance.daily import Daily
from analytics.performance.returns import Array
from analytics.performance.undefined import Figure, Undefined
from analytics.scorecard.basis import Basis
from analytics.scorecard.entries import COUNT, DATE, DAYS, MONEY, RATIO, Told, told
from analytics.scorecard.trading import traded_notional

DAY_US = 86_400_000_000
OF_RETURNS = {
    "total_return": "total_return", "cagr": "cagr", "mean": "mean", "std": "deviation",
    "volatility": "volatility", "sharpe": "sharpe", "sortino": "sortino", "calmar": "calmar",
    "omega": "omega",
}  # fmt: skip
OF_TAILS = {
    "var_95": "var_95", "cvar_95": "cvar_95", "var_99": "var_99", "cvar_99": "cvar_99",
    "var_95_normal": "var_95_normal", "var_99_normal": "var_99_normal",
    "tail_ratio": "tail_ratio", "skew": "skew", "kurtosis_excess": "kurtosis",
    "best_period": "best", "worst_period": "worst",
}  # fmt: skip
OF_COUNTS = {
    "positive_periods": "positive",
    "negative_periods": "negative",
    "zero_periods": "zero",
}


def of_returns(found: Daily | None, days: Days) -> dict[str, Told]:
    n = len(days.day)
    return {"periods": told(n, COUNT)} | {
        name: told(Undefined.NO_CAPITAL if found is None else getattr(found, ours), RATIO, n)
        for name, ours in OF_RETURNS.items()
    }


def of_tails(found: Daily | None, days: Days) -> dict[str, Told]:
    n = len(days.day)
    if found is None:
        names = (*OF_TAILS, *OF_COUNTS)
        return {name: told(Undefined.NO_CAPITAL, RATIO, n) for name in names}
    return {
        **{name: told(getattr(found.tails, ours), RATIO, n) for name, ours in OF_TAILS.items()},
        **{name: told(getattr(found.tails, ours), COUNT) for name, ours in OF_COUNTS.items()},
    }


def of_falls(found: Daily | None, days: Days, start: Decimal | None) -> dict[str, Told]:
    """By day, as ratios and in money."""
    n = len(days.day)
    gains = np.concatenate(([0.0], np.cumsum(days.gain)))
    amount, _ = underwater.largest_fall(gains + (0.0 if start is None else float(start)))
    money = {"max_drawdown_money": told(amount, MONEY)}
    if found is None:
        lacking = ("max_drawdown", "current_drawdown", "ulcer_index")
        return {name: told(Undefined.NO_CAPITAL, RATIO, n) for name in lacking} | money
    depth = found.underwater
    return {
        "max_drawdown": told(depth.worst, RATIO, n),
        "current_drawdown": told(depth.current, RATIO, n),
        "ulcer_index": told(depth.ulcer, RATIO, n),
        **money,
        "max_drawdown_peak": told(_day(days, depth.peak), DATE),
        "max_drawdown_trough": told(_day(days, depth.trough), DATE),
        "max_drawdown_recovery": told(_day(days, depth.recovery), DATE),
        "longest_underwater": told(depth.longest, DAYS),
        "current_underwater": told(depth.since, DAYS),
    }


def of_falls_by_trade(days: Days, closed: Closed, start: Decimal | None) -> dict[str, Told]:
    """With every closing time a step; a day's other gains and its flows come before them."""
    if start is None:
        worst: Figure = Undefined.NO_CAPITAL
    else:
        at, pnl = closed.steps()
        opening = days.day.astype("datetime64[us]").astype(np.int64)
        order = np.argsort(np.concatenate((opening, at)), kind="stable")
        gains = np.concatenate((days.gain - days.pnl, pnl))[order]
        flows = np.concatenate((days.flows, np.zeros(len(pnl))))[order]
        steps = returns.of_pnl(gains, capital=float(start), flows=flows)
        worst = underwater.of_path(returns.growth(steps)).worst
    return {"max_drawdown_of_trades": told(worst, RATIO, len(closed.at))}


def _day(days: Days, place: int | None) -> date | None:
    """The day at whose end the path stood there; before the first day for its beginning."""
    if place is None:
        return None
    day: date = (days.day[0] + np.timedelta64(place - 1, "D")).item()
    return day


def of_benchmark(
    series: Array | None, total: Figure, closes: Array, have: NDArray[np.bool_]
) -> dict[str, Told]:
    """Against closes of each day and of the day before the first; `have` says which were there."""
    covered = len(have) > 1 and bool(have[0]) and bool(have.mean() >= benchmark.COVERED)
    if series is None or not covered:
        lacks = Undefined.NO_BENCHMARK if series is not None else Undefined.NO_CAPITAL
        held: Figure = Undefined.NO_BENCHMARK
        if covered:
            held = benchmark.hold(closes, wanted=len(closes))
        found = benchmark.Benchmark(held, lacks, lacks, lacks)
    else:
        found = benchmark.against(series, closes, total)
    return {
        name: told(getattr(found, name), RATIO)
        for name in ("hold", "excess", "beta", "correlation")
    }


def of_exposure(days: Days, closed: Closed, start: Decimal | None, basis: Basis) -> dict[str, Told]:
    turnover: Figure = Undefined.NO_CAPITAL
    if start is not None:
        levels = returns.equity(days.gain, capital=float(start), flows=days.flows)[1:]
        turnover = exposure.turnover(
            traded_notional(closed), levels, days_per_year=basis.days_per_year
        )
    held: Figure = Undefined.NO_DATA
    if len(days.day):
        first = int(days.day[0].astype("datetime64[us]").astype(np.int64))
        held = exposure.time_in_market(
            closed.opened, closed.at, start=first, end=first + len(days.day) * DAY_US
        )
    return {"time_in_market": told(held, RATIO), "turnover": told(turnover, RATIO)}
