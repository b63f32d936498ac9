"""Every figure of one series of returns, computed once."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.performance import ratios, returns, tails, underwater
from analytics.performance.returns import Array
from analytics.performance.tails import Tails
from analytics.performance.undefined import Figure
from analytics.performance.underwater import Underwater

FEW = 30  # observations below which a ratio is told with a warning


@dataclass(frozen=True, slots=True)
class Daily:
    """Ratios; `volatility`, `sharpe`, `sortino`, `cagr` and `calmar` are of a year."""

    periods: int
    total_return: Figure
    cagr: Figure
    mean: Figure
    deviation: Figure
    volatility: Figure
    sharpe: Figure
    sortino: Figure
    calmar: Figure
    omega: Figure
    underwater: Underwater
    tails: Tails

    @property
    def low_sample(self) -> bool:
        return self.periods < FEW


def of(
    series: Array, *, days_per_year: float = 365.0, risk_free: float = 0.0, fixed: bool = False
) -> Daily:
    """Figures of returns by period; `risk_free` is a rate of a year.

    `fixed`: returns on fixed capital, which add up instead of compounding. Raises NotFinite.
    """
    series = returns.checked(series)
    path = returns.sums(series) if fixed else returns.growth(series)
    depth = underwater.of_path(path)
    cagr = returns.cagr(path, days_per_year=days_per_year)
    deviation = returns.deviation(series)
    above = ratios.excess(series, risk_free=risk_free, days_per_year=days_per_year)
    return Daily(
        periods=len(series),
        total_return=returns.total(path),
        cagr=cagr,
        mean=returns.mean(series),
        deviation=deviation,
        volatility=returns.volatility(deviation, days_per_year=days_per_year),
        sharpe=ratios.sharpe(above, days_per_year=days_per_year),
        sortino=ratios.sortino(above, days_per_year=days_per_year),
        calmar=ratios.calmar(cagr, depth.worst),
        omega=ratios.omega(series),
        underwater=depth,
        tails=tails.of(series, deviation),
    )
