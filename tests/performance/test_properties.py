"""What must hold for any trades and returns."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.performance import daily, drawdown, pnl, returns, streaks, tails, trades, underwater
from analytics.performance.returns import Array
from analytics.performance.undefined import Undefined

START = datetime(2026, 1, 1, tzinfo=UTC)
CAPITAL = Decimal(10_000)
money = st.decimals(-500, 500, places=8)
closed = st.lists(st.tuples(st.integers(0, 9), money), min_size=1, max_size=30)
series = st.lists(st.floats(-0.2, 0.2), min_size=2, max_size=150).map(np.array)


def figures(rows: list[tuple[int, Decimal]]) -> dict[str, Any]:
    """Every figure of trades that closed at these seconds."""
    stamped = [(START + timedelta(seconds=second), amount) for second, amount in rows]
    steps = [amount for _, amount in pnl.by_timestamp(stamped)]
    floats = np.array(steps, dtype=np.float64)
    return {
        "tally": trades.tally(amount for _, amount in rows),
        "drawdown": drawdown.of_equity(pnl.equity(CAPITAL, steps)),
        "streaks": streaks.of(floats),
        "daily": daily.of(returns.of_pnl(floats, capital=float(CAPITAL))),
    }


@given(closed, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows: list[tuple[int, Decimal]], dice: Any) -> None:
    shuffled = list(rows)
    dice.shuffle(shuffled)

    assert figures(shuffled) == figures(rows)


@given(closed, st.data())
def test_splitting_a_trade_changes_only_the_number_of_trades(
    rows: list[tuple[int, Decimal]], data: Any
) -> None:
    place = data.draw(st.integers(0, len(rows) - 1))
    second, amount = rows[place]
    part = (amount / 3).quantize(Decimal("1e-8"))
    parts = [(second, part), (second, amount - part)]

    whole, split = figures(rows), figures([*rows[:place], *parts, *rows[place + 1 :]])

    assert split["tally"].pnl == whole["tally"].pnl
    assert split["tally"].trades == whole["tally"].trades + 1
    for name in ("drawdown", "streaks", "daily"):
        assert split[name] == whole[name]


@given(closed, st.integers(2, 1_000))
def test_scaling_money_and_capital_changes_no_ratio(
    rows: list[tuple[int, Decimal]], factor: int
) -> None:
    amounts = [amount for _, amount in rows]
    one, many = trades.tally(amounts), trades.tally(amount * 10**8 * factor for amount in amounts)
    floats = np.array(amounts, dtype=np.float64)

    assert many.pnl == one.pnl * 10**8 * factor
    small = returns.of_pnl(floats, capital=1e5)
    assert returns.of_pnl(floats * factor, capital=1e5 * factor) == pytest.approx(small, rel=1e-12)
    ratio, scaled = trades.sqn(floats), trades.sqn(floats * factor)
    assert scaled == (ratio if isinstance(ratio, Undefined) else pytest.approx(ratio, rel=1e-6))


@given(series)
def test_scaling_returns_scales_their_spread_and_tails_and_keeps_their_shape(half: Array) -> None:
    one, two = daily.of(half), daily.of(half * 2)

    for name in ("mean", "deviation", "volatility"):
        assert getattr(two, name) == pytest.approx(2 * getattr(one, name))
    for name in ("sharpe", "sortino", "omega"):
        before, after = getattr(one, name), getattr(two, name)
        if not isinstance(before, Undefined) and not isinstance(after, Undefined):
            assert after == pytest.approx(before, rel=1e-9, abs=1e-12)
    if not isinstance(one.tails.var_95, Undefined):
        assert two.tails.var_95 == pytest.approx(2 * one.tails.var_95)


@given(series)
def test_figures_are_finite_or_say_why_not(values: Array) -> None:
    found = asdict(daily.of(values))
    flat = {**found, **found.pop("tails"), **found.pop("underwater")}

    for value in flat.values():
        assert value is None or isinstance(value, Undefined | dict) or np.isfinite(value)


@given(series)
def test_a_quantile_is_that_of_numpy(values: Array) -> None:
    for share in (0.0, 0.01, 0.05, 0.5, 0.95, 1.0):
        assert tails.quantile(np.sort(values), share) == pytest.approx(np.quantile(values, share))


@given(series)
def test_a_drawdown_is_that_of_its_definition(values: Array) -> None:
    path = returns.growth(values)

    found = underwater.of_path(path)

    truth = min(path[: place + 1][-1] / path[: place + 1].max() - 1 for place in range(len(path)))
    assert found.worst == pytest.approx(truth, abs=1e-11)
    if found.recovery is not None and found.trough is not None and found.peak is not None:
        assert found.peak < found.trough < found.recovery
        assert path[found.recovery] >= path[found.peak] * (1 - 1e-11)
