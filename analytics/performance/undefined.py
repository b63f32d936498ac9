"""Why a figure has no value."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

LEAST = 1e-12  # a deviation below this is the noise of float64, not a spread


class Undefined(StrEnum):
    """Stands where the value would stand; JSON gets null and this word beside it."""

    NO_DATA = "no_data"  # nothing to measure
    NO_CAPITAL = "no_capital"  # a ratio needs a starting capital, and none is known
    SHORT_SAMPLE = "short_sample"  # fewer observations than the figure needs
    ZERO_VARIANCE = "zero_variance"  # all observations are equal
    NO_WINS = "no_wins"
    NO_LOSSES = "no_losses"
    NO_DOWNSIDE = "no_downside"  # no return below the target
    NO_DRAWDOWN = "no_drawdown"
    RUINED = "ruined"  # equity reached zero
    NO_BENCHMARK = "no_benchmark"  # prices cover less than 95 % of the window
    NO_PRICE = "no_price"  # nobody told a price of it
    STALE = "stale"  # reported once, and not lately


WORDS: Mapping[str, str] = {
    Undefined.NO_DATA: "nothing to measure",
    Undefined.NO_CAPITAL: "needs a starting capital",
    Undefined.SHORT_SAMPLE: "too few observations",
    Undefined.ZERO_VARIANCE: "all are equal",
    Undefined.NO_WINS: "nothing was won",
    Undefined.NO_LOSSES: "nothing was lost",
    Undefined.NO_DOWNSIDE: "no losing day",
    Undefined.NO_DRAWDOWN: "it never fell",
    Undefined.RUINED: "equity reached zero",
    Undefined.NO_BENCHMARK: "no prices",
    Undefined.NO_PRICE: "no price is known",
    Undefined.STALE: "not reported lately",
}  # what a page says in its place


type Figure = float | Undefined
type Money = Decimal | Undefined


def known[T: (float, Decimal)](figure: T | Undefined) -> T | None:
    return None if isinstance(figure, Undefined) else figure


def over(numerator: Figure, denominator: Figure, without: Undefined) -> Figure:
    """A quotient; `without` where the denominator is 0. What is undefined stays so."""
    if isinstance(numerator, Undefined):
        return numerator
    if isinstance(denominator, Undefined):
        return denominator
    return numerator / denominator if denominator else without
