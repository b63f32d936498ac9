"""What has no value says why; what broke elsewhere holds here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest

from analytics.performance import (
    benchmark,
    daily,
    days,
    drawdown,
    exposure,
    funnel,
    pnl,
    quality,
    ratios,
    returns,
    rolling,
    streaks,
    trades,
    underwater,
)
from analytics.performance.undefined import WORDS, Undefined, known

NONE = np.empty(0)
PERIODS = 40


def test_nothing_has_no_figures() -> None:
    found = daily.of(NONE)

    figures = (found.total_return, found.cagr, found.mean, found.volatility, found.sharpe,
               found.sortino, found.calmar, found.omega, found.tails.var_95, found.tails.best,
               found.underwater.worst)  # fmt: skip
    assert set(figures) == {Undefined.NO_DATA}
    assert trades.win_ratio(0, 0) is Undefined.NO_DATA
    assert trades.profit_factor(Decimal(0), Decimal(0)) is Undefined.NO_DATA
    assert trades.expectancy(Decimal(0), 0) is Undefined.NO_DATA
    assert trades.spread(NONE).sqn is Undefined.NO_DATA
    assert quality.percentiles(NONE).p95 is Undefined.NO_DATA


def test_one_return_is_no_ratio_and_no_year() -> None:
    found = daily.of(np.array([0.01]))

    assert found.total_return == pytest.approx(0.01)
    assert found.sharpe is found.cagr is found.calmar is Undefined.SHORT_SAMPLE
    assert found.low_sample


def test_quiet_days_have_no_variance_and_no_value_at_risk() -> None:
    found = daily.of(np.zeros(PERIODS))

    assert found.sharpe is Undefined.ZERO_VARIANCE
    assert found.sortino is Undefined.NO_DOWNSIDE
    assert found.calmar is Undefined.NO_DRAWDOWN
    assert found.omega is Undefined.NO_LOSSES
    assert found.tails.skew is Undefined.ZERO_VARIANCE
    assert (found.tails.var_95, found.total_return, found.underwater.worst) == (0, 0, 0)


def test_a_constant_gain_has_no_variance_whatever_its_rounding() -> None:
    found = daily.of(np.full(PERIODS, 0.01))

    assert found.sharpe is Undefined.ZERO_VARIANCE
    assert found.sortino is Undefined.NO_DOWNSIDE
    assert found.calmar is Undefined.NO_DRAWDOWN


def test_without_losses_what_divides_by_them_is_undefined() -> None:
    sums = trades.tally([Decimal(3), Decimal(0), Decimal(1)])
    win = trades.average_win(sums.gross_profit, sums.wins)
    loss = trades.average_loss(sums.gross_loss, sums.losses)

    assert trades.profit_factor(sums.gross_profit, sums.gross_loss) is Undefined.NO_LOSSES
    assert trades.in_losses(win, loss) is Undefined.NO_LOSSES
    assert trades.kelly(1.0, Undefined.NO_LOSSES) is Undefined.NO_LOSSES
    assert trades.average_win(Decimal(0), 0) is Undefined.NO_WINS


def test_ruin_floors_equity_and_has_no_yearly_growth() -> None:
    found = daily.of(np.array([0.1, -1.5, 0.2] + [0.01] * PERIODS))

    assert found.total_return == found.underwater.worst == found.underwater.current == -1
    assert found.cagr is found.calmar is Undefined.RUINED


@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused_not_dropped(odd: float) -> None:
    with pytest.raises(returns.NotFinite):
        daily.of(np.array([0.01, odd]))


def test_returns_above_one_are_not_taken_for_prices() -> None:
    assert daily.of(np.array([0.5, 1.5, 0.2])).total_return == pytest.approx(3.5)


@pytest.mark.parametrize(("periods", "has"), [(19, ()), (20, ("95",)), (100, ("95", "99"))])
def test_a_tail_needs_as_many_periods_as_its_share(periods: int, has: tuple[str, ...]) -> None:
    tails = daily.of(np.linspace(-0.01, 0.02, periods)).tails

    for share, figures in {
        "95": (tails.var_95, tails.cvar_95, tails.var_95_normal),
        "99": (tails.var_99, tails.cvar_99, tails.var_99_normal),
    }.items():
        assert all((figure is Undefined.SHORT_SAMPLE) is (share not in has) for figure in figures)


def test_a_year_is_told_from_thirty_periods_on() -> None:
    assert daily.of(np.full(29, 0.001)).cagr is Undefined.SHORT_SAMPLE
    assert daily.of(np.full(30, 0.001)).cagr == pytest.approx(1.001**365 - 1)


def test_quiet_days_count_in_the_year() -> None:
    """Two gains of 1 % nine days apart, then quiet: 30 days, not two."""
    some = days.between(date(2026, 3, 1), date(2026, 3, 30))
    active = [date(2026, 3, 1), date(2026, 3, 10)]

    series = days.spread_over(some, active, np.array([0.01, 0.01]))

    assert daily.of(series).cagr == pytest.approx(1.01 ** (2 * 365 / 30) - 1)


def test_a_first_loss_is_a_drawdown() -> None:
    assert underwater.of_path(np.array([100.0, 90, 95])).worst == pytest.approx(-0.1)
    assert daily.of(np.array([-0.1, 0.05])).underwater.worst == pytest.approx(-0.1)


def test_a_path_of_prices_is_not_measured_from_a_guess() -> None:
    found = underwater.of_path(np.array([60_000.0, 61_000, 62_000, 61_500]))

    assert found.worst == pytest.approx(-500 / 62_000)
    assert (found.peak, found.trough, found.recovery) == (2, 3, None)


def test_a_drawdown_that_was_made_good_says_when() -> None:
    found = underwater.of_path(np.array([100.0, 110, 99, 104, 112, 111]))

    assert (found.peak, found.trough, found.recovery) == (1, 2, 4)
    assert (found.longest, found.since) == (2, 1)


def test_equal_losses_do_not_make_sortino_explode() -> None:
    series = np.array([0.02, -0.01, 0.02, -0.01])

    assert ratios.sortino(series, days_per_year=365) == pytest.approx(
        0.005 / np.sqrt(0.0002 / 4) * np.sqrt(365)
    )


def test_breakeven_counts_in_the_expectancy_and_ends_a_streak() -> None:
    sums = trades.tally([Decimal(3), Decimal(0), Decimal(-1)])
    rows = streaks.of(np.array([1.0, 1, 0, 1, -1, -1, -1, 0]))

    assert trades.expectancy(sums.pnl, sums.trades) == Decimal(2) / 3
    assert (rows.wins, rows.losses, rows.current) == (2, 3, 0)
    assert streaks.of(np.array([1.0, -1, -1])).current == -2


def test_trades_of_one_instant_are_one_step_of_the_path() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    rows = [(at, Decimal(-50)), (at, Decimal(60))]

    steps = [amount for _, amount in pnl.by_timestamp(rows)]

    assert drawdown.of_equity(pnl.equity(Decimal(100), steps)).worst == 0


def test_kelly_asks_only_trades_that_were_decided() -> None:
    decided = trades.decided_win_ratio(60, 40)

    assert trades.kelly(decided, 1.0) == pytest.approx(0.2)
    assert trades.kelly(decided, 2.0) == pytest.approx(0.6 - 0.4 / 2)


def test_money_is_added_to_the_last_digit() -> None:
    large, small = Decimal("12345678901234567890.000000000000000001"), Decimal("1e-18")

    assert trades.tally([large, small, small]).pnl == Decimal(
        "12345678901234567890.000000000000000003"
    )


def test_deposits_are_no_gain_and_withdrawals_no_loss() -> None:
    gains, flows = np.array([10.0, 10, 10]), np.array([0.0, 900, -500])

    found = returns.of_pnl(gains, capital=100, flows=flows)

    levels = returns.equity(gains, capital=100, flows=flows)
    assert found == pytest.approx([10 / 100, 10 / (110 + 900), 10 / 1_020])
    assert returns.of_equity(levels, flows=flows) == pytest.approx(found)


def test_a_ruined_account_earns_nothing_until_it_is_filled_again() -> None:
    found = returns.of_pnl(np.array([-100.0, 5, 5]), capital=100, flows=np.array([0.0, 0, 50]))

    assert found == pytest.approx([-1, 0, 5 / (5 + 50)])


def test_returns_on_fixed_capital_add_up() -> None:
    series = returns.on_fixed_capital(np.array([50.0, -60, 20]), capital=100)

    found = daily.of(series, fixed=True)

    assert found.total_return == pytest.approx(0.1)
    assert found.underwater.worst == pytest.approx(0.9 / 1.5 - 1)
    assert daily.of(series).total_return == pytest.approx(1.5 * 0.4 * 1.2 - 1)
    assert daily.of(np.array([-1.2, 0.5]), fixed=True).total_return == -1


def test_weeks_keep_to_the_iso_year() -> None:
    some = days.between(date(2024, 12, 28), date(2025, 1, 2))

    found = days.by_week(some, np.full(len(some), 0.01))

    assert found == {"2024-W52": pytest.approx(0.0201), "2025-W01": pytest.approx(1.01**4 - 1)}
    assert list(days.by_month(some, np.zeros(len(some)))) == ["2024-12", "2025-01"]


def test_overlapping_trades_are_in_the_market_once() -> None:
    opened, closed = np.array([0, 5, 20, 21]), np.array([10, 15, 30, 22])

    assert exposure.time_in_market(opened, closed, start=0, end=50) == pytest.approx(25 / 50)
    assert (
        exposure.time_in_market(NONE.astype(np.int64), NONE.astype(np.int64), start=0, end=9) == 0
    )


def test_leverage_and_limits_without_a_base_are_undefined() -> None:
    assert exposure.leverage(50.0, 100.0) == 0.5
    assert exposure.leverage(50.0, 0.0) is Undefined.RUINED
    assert exposure.limit_usage(1.0, 0.0) is Undefined.NO_DATA
    assert exposure.turnover(300.0, np.array([100.0, 200]), days_per_year=365) == 365.0


def test_a_benchmark_needs_prices_for_its_whole_window() -> None:
    closes = np.array([100.0, 110, 99, 108.9])

    full = benchmark.against(2 * (closes[1:] / closes[:-1] - 1), closes, 0.5)

    assert full.hold == pytest.approx(0.089)
    assert full.excess == pytest.approx(0.411)
    assert full.beta == pytest.approx(2)
    assert full.correlation == pytest.approx(1)
    assert benchmark.hold(closes, wanted=5) is Undefined.NO_BENCHMARK
    assert benchmark.beta(np.zeros(3), np.zeros(3))[0] is Undefined.ZERO_VARIANCE


def test_quantiles_of_buckets_are_linear_within_them() -> None:
    edges, counts = (1.0, 2.0, 4.0), (0, 10, 10, 1)

    assert quality.of_buckets(edges, counts, 0.5) == pytest.approx(2.1)
    assert quality.of_buckets(edges, counts, 1.0) == 4.0
    assert quality.of_buckets(edges, (0, 0, 0, 0), 0.5) is Undefined.NO_DATA
    assert quality.of_buckets((-5.0, 5.0), (3, 1, 0), 0.5) == -5.0


def test_orders_on_their_way_have_not_ended() -> None:
    statuses = {"NEW": 9, "FILLED": 7, "PARTIALLY_FILLED": 1, "REJECTED": 2, "CANCELLED": 1}

    assert quality.rejection_ratio(statuses) == 0.2
    assert quality.fill_ratio(statuses) == 0.7
    assert quality.fill_ratio({"NEW": 1}) is Undefined.NO_DATA


def test_a_funnel_counts_and_times_each_step() -> None:
    second, absent = 1_000_000, funnel.ABSENT
    signals = np.array([0, 10, 20, 30]) * second
    decisions = np.array([1 * second, 12 * second, absent, 29 * second])
    orders = np.array([3 * second, absent, absent, absent])

    found = funnel.stages([signals, decisions, orders, np.full(4, absent)])

    assert [stage.count for stage in found] == [4, 3, 1, 0]
    assert found[1].of_previous == 0.75
    assert (found[1].seconds.count, found[1].seconds.p50) == (2, 1.5)
    assert found[3].of_previous == 0.0


def test_rolling_windows_are_the_figures_of_their_trades() -> None:
    pnls = np.array([1.0, -1, 2, 2, -1])

    assert rolling.win_ratio(pnls, window=3).tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3])
    assert rolling.profit_factor(pnls, window=2)[:2].tolist() == [1, 2]
    assert np.isnan(rolling.profit_factor(pnls, window=2)[2])
    assert len(rolling.win_ratio(pnls, window=9)) == 0


def test_a_rolling_sharpe_ends_with_that_of_the_last_days() -> None:
    series = np.sin(np.arange(50.0)) / 100

    found = rolling.sharpe(series, window=30, days_per_year=365)

    assert found[-1] == pytest.approx(known(daily.of(series[-30:]).sharpe))
    spread = rolling.volatility(series, window=30, days_per_year=365)
    assert spread[-1] == pytest.approx(known(daily.of(series[-30:]).volatility))


def test_every_reason_has_words_for_a_page() -> None:
    assert WORDS.keys() == set(Undefined)
