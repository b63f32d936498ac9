"""Beside quantstats and empyrical: equal where the conventions are, and where not, by how much.

docs/metrics.md says why they differ.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from statistics import NormalDist
from typing import Any

import empyrical
import numpy as np
import pandas as pd
import pytest
import quantstats.stats as quantstats

from analytics.performance import daily, tails
from analytics.performance.daily import Daily
from analytics.performance.returns import Array
from tests.performance import sets

Peer = Callable[[Any, int], float]
SETS = [
    pytest.param(sets.equity_returns, 252, id="equity"),
    pytest.param(sets.trade_returns, 365, id="trades", marks=sets.needs_shared),
]

# figure -> the same from quantstats, from empyrical; None: it has none, or by another convention
AGREED: dict[str, tuple[Peer | None, Peer | None]] = {
    "total_return": (
        lambda r, _: quantstats.comp(r),
        lambda r, _: empyrical.cum_returns_final(r),
    ),
    "mean": (lambda r, _: r.mean(), None),
    "volatility": (
        lambda r, days: quantstats.volatility(r, periods=days),
        lambda r, days: empyrical.annual_volatility(r, annualization=days),
    ),
    "sharpe": (
        lambda r, days: quantstats.sharpe(r, periods=days),
        lambda r, days: empyrical.sharpe_ratio(r, annualization=days),
    ),
    "sortino": (
        lambda r, days: quantstats.sortino(r, periods=days),
        lambda r, days: empyrical.sortino_ratio(r, annualization=days),
    ),
    "omega": (
        lambda r, _: quantstats.omega(r),
        lambda r, _: empyrical.omega_ratio(r),
    ),
    "underwater.worst": (
        lambda r, _: quantstats.max_drawdown(r),
        lambda r, _: empyrical.max_drawdown(r),
    ),
    "tails.skew": (lambda r, _: quantstats.skew(r), None),
    "tails.kurtosis": (lambda r, _: quantstats.kurtosis(r), None),
    "tails.tail_ratio": (
        lambda r, _: quantstats.tail_ratio(r),
        lambda r, _: empyrical.tail_ratio(r),
    ),
    "tails.best": (lambda r, _: quantstats.best(r), None),
    "tails.worst": (lambda r, _: quantstats.worst(r), None),
    "tails.var_95": (None, lambda r, _: empyrical.value_at_risk(r)),
    "tails.cvar_95": (
        lambda r, _: quantstats.conditional_value_at_risk(r, method="historical"),
        lambda r, _: empyrical.conditional_value_at_risk(r),
    ),
    "tails.var_95_normal": (lambda r, _: quantstats.value_at_risk(r), None),
}
OF_A_YEAR: dict[str, tuple[Peer | None, Peer | None]] = {
    "cagr": (
        lambda r, days: quantstats.cagr(r, periods=days),
        lambda r, days: empyrical.cagr(r, annualization=days),
    ),
    "calmar": (
        lambda r, days: quantstats.calmar(r, periods=days),
        lambda r, days: empyrical.calmar_ratio(r, annualization=days),
    ),
}


@pytest.fixture(autouse=True)
def _quiet_peers() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs, about their own use of pandas
        yield


def dated(returns: Array) -> Any:
    return pd.Series(returns, index=pd.date_range("2018-01-10", periods=len(returns), freq="D"))


def figure(found: Daily, name: str) -> Any:
    value: Any = found
    for part in name.split("."):
        value = getattr(value, part)
    return value


@pytest.mark.parametrize("name", AGREED)
@pytest.mark.parametrize(("series", "days"), SETS)
def test_a_figure_is_that_of_the_peers(series: Callable[[], Array], days: int, name: str) -> None:
    returns = series()

    ours = figure(daily.of(returns, days_per_year=days), name)

    for peer in AGREED[name]:
        if peer is not None:
            assert ours == pytest.approx(float(peer(dated(returns), days)), rel=1e-9)


@pytest.mark.parametrize("name", OF_A_YEAR)
def test_a_yearly_figure_of_six_years_is_that_of_the_peers(name: str) -> None:
    returns = sets.equity_returns()

    ours = figure(daily.of(returns, days_per_year=252), name)

    for peer in OF_A_YEAR[name]:
        if peer is not None:
            assert ours == pytest.approx(float(peer(dated(returns), 252)), rel=1e-9)


def test_a_risk_free_rate_is_taken_off_as_both_peers_do() -> None:
    returns, rate = sets.equity_returns(), 0.05

    ours = daily.of(returns, days_per_year=252, risk_free=rate).sharpe

    assert ours == pytest.approx(float(quantstats.sharpe(dated(returns), rf=rate, periods=252)))
    daily_rate = (1 + rate) ** (1 / 252) - 1
    theirs = empyrical.sharpe_ratio(dated(returns), risk_free=daily_rate, annualization=252)
    assert ours == pytest.approx(float(theirs))


def test_where_quantstats_differs_it_is_by_its_convention() -> None:
    returns = sets.equity_returns()
    found = daily.of(returns, days_per_year=252)
    n = len(returns)

    ulcer = float(quantstats.ulcer_index(dated(returns)))
    normal_var = float(quantstats.value_at_risk(dated(returns)))
    normal_cvar = float(quantstats.conditional_value_at_risk(dated(returns)))

    assert ulcer == pytest.approx(figure(found, "underwater.ulcer") * np.sqrt(n / (n - 1)))
    assert normal_var == pytest.approx(found.tails.var_95_normal)
    below = NormalDist().pdf(tails.Z_95) / 0.05
    assert normal_cvar == pytest.approx(returns.mean() - returns.std(ddof=1) * below)
    assert normal_cvar != pytest.approx(found.tails.cvar_95, rel=0.05)


def test_where_a_sample_is_short_the_peers_give_a_number_and_we_a_reason() -> None:
    returns = np.array([0.01])

    theirs = float(empyrical.cagr(dated(returns), annualization=365))

    assert theirs == pytest.approx(1.01**365 - 1)  # 3,678 % from one day
    assert daily.of(returns).cagr == "short_sample"
