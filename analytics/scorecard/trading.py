"""What single trades say, and how orders were carried out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.book import Closed, Days
from analytics.orders import Orders
from analytics.performance import funnel, quality, rolling, streaks, trades
from analytics.performance.returns import Array
from analytics.performance.undefined import Undefined
from analytics.scorecard.basis import Basis
from analytics.scorecard.entries import BPS, COUNT, MONEY, RATIO, SECONDS, Told, percentiles, told

LAST = 30  # trades or days of the rolling figures


def of_tally(days: Days) -> dict[str, Told]:
    """What the sums of the rollups say."""
    sums, n = days.tally, days.tally.trades
    win = trades.average_win(sums.gross_profit, sums.wins)
    loss = trades.average_loss(sums.gross_loss, sums.losses)
    each = trades.expectancy(sums.pnl, n)
    decided = trades.decided_win_ratio(sums.wins, sums.losses)
    payoff = trades.in_losses(win, loss)
    return {
        **{name: told(getattr(sums, name), COUNT)
           for name in ("trades", "wins", "losses", "breakeven")},
        "win_rate": told(trades.win_ratio(sums.wins, n), RATIO, n),
        "win_rate_ex_breakeven": told(decided, RATIO, sums.wins + sums.losses),
        "profit_factor": told(trades.profit_factor(sums.gross_profit, sums.gross_loss), RATIO, n),
        "avg_win": told(win, MONEY, sums.wins),
        "avg_loss": told(loss, MONEY, sums.losses),
        "payoff_ratio": told(payoff, RATIO, n),
        "expectancy": told(each, MONEY, n),
        "expectancy_r": told(trades.in_losses(each, loss), RATIO, n),
        "kelly": told(trades.kelly(decided, payoff), RATIO, n),
    }  # fmt: skip


def of_singles(closed: Closed) -> dict[str, Told]:
    """What only the trades themselves can say."""
    single, n = trades.spread(closed.pnl), len(closed.pnl)
    rows = streaks.of(closed.steps()[1])
    return {
        "sqn": told(single.sqn, RATIO, n),
        "median": told(single.median, MONEY, n),
        "best": told(single.best, MONEY, n),
        "worst": told(single.worst, MONEY, n),
        "std": told(single.deviation, MONEY, n),
        "max_win_streak": told(rows.wins, COUNT),
        "max_loss_streak": told(rows.losses, COUNT),
        "current_streak": told(rows.current, COUNT),
    }


def of_the_last(newest: Array, series: Array | None, basis: Basis) -> dict[str, Told]:
    """Of the newest trades and days; short_sample before there are LAST of them."""
    year = {"window": LAST, "days_per_year": basis.days_per_year}
    lacking = Undefined.NO_CAPITAL
    found = {
        "win_rate": _last(rolling.win_ratio(newest, window=LAST), Undefined.SHORT_SAMPLE),
        "profit_factor": _last(rolling.profit_factor(newest, window=LAST), Undefined.NO_LOSSES),
        "sharpe": lacking
        if series is None
        else _last(rolling.sharpe(series[-LAST:], **year), Undefined.ZERO_VARIANCE),
        "volatility": lacking
        if series is None
        else _last(rolling.volatility(series[-LAST:], **year), Undefined.ZERO_VARIANCE),
    }
    return {name: told(value, RATIO, LAST) for name, value in found.items()}


def _last(moving: Array, without: Undefined) -> float | Undefined:
    if not len(moving):
        return Undefined.SHORT_SAMPLE
    return without if math.isnan(moving[-1]) else float(moving[-1])


def of_orders(orders: Orders) -> dict[str, Any]:
    ended = quality.ended(orders.statuses)
    return {
        "orders_ended": told(ended, COUNT),
        "fill_rate": told(quality.fill_ratio(orders.statuses), RATIO, ended),
        "rejection_rate": told(quality.rejection_ratio(orders.statuses), RATIO, ended),
        "latency": percentiles(quality.percentiles(orders.latency), SECONDS),
        "slippage": percentiles(quality.percentiles(orders.slippage), BPS),
    }


def of_stages(times: Sequence[NDArray[np.int64]]) -> list[dict[str, Any]]:
    """Signal, decision, order, trade: what came through, and the time since the stage before."""
    return [
        {
            "stage": stage.name,
            "count": stage.count,
            "of_previous": told(stage.of_previous, RATIO),
            "of_first": told(stage.of_first, RATIO),
            "seconds": percentiles(stage.seconds, SECONDS),
        }
        for stage in funnel.stages(times)
    ]


def traded_notional(closed: Closed) -> float:
    """Money that changed hands: what was opened was closed."""
    return 2.0 * float(np.sum(closed.notional))
