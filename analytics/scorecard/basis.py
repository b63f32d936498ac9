"""What ratios stand on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from analytics.book import Account
from analytics.models import Portfolio
from analytics.paths import WHOLE


@dataclass(frozen=True, slots=True)
class Basis:
    """`capital` at the very beginning, None when nobody said it; `risk_free` is a yearly rate.

    `fixed`: every return is PnL / capital, for an account whose profits are taken out; such returns
    add up. Otherwise they are on the equity of the day and compound.
    """

    capital: Decimal | None
    days_per_year: int = 365
    risk_free: float = 0.0
    fixed: bool = False


def basis_of(
    account: Account,
    *,
    capital: Decimal | None = None,
    days_per_year: int | None = None,
    risk_free: float = 0.0,
    fixed: bool = False,
) -> Basis:
    """What is given, else what the portfolio says.

    A portfolio is of an environment or of one strategy in it. A narrower choice, a symbol or a
    source, has no capital of its own: without a given one its ratios are undefined.
    """
    portfolio = Portfolio.objects.filter(
        env=account.env,
        currency=account.currency,
        strategy="" if account.strategy == WHOLE else account.strategy,
    ).first()
    if capital is None and portfolio and not (account.symbol or account.source):
        capital = portfolio.starting_capital
    year = days_per_year or (portfolio.days_per_year if portfolio else 365)
    return Basis(capital, year, risk_free, fixed)
