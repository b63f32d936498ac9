"""How the portal writes numbers, for templates and for JSON alike (js/format.js has the same)."""

from __future__ import annotations

import math
from decimal import Decimal

MINUS = "−"
ABSENT = "–"
NARROW = "\N{NARROW NO-BREAK SPACE}"
SECONDS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
CENT = Decimal("0.01")
WITH_CENTS = frozenset({"USD", "USDT", "USDC", "FDUSD", "DAI", "EUR", "GBP", "CHF", "AUD", "CAD"})
PERCENT_METRICS = frozenset({"current_drawdown", "max_drawdown"})


def money(amount: Decimal | float | str | None, currency: str = "") -> str:
    """`+1,204.10 USDT`: the sign always shown, two places, or up to eight of what is small.

    Small is what is below 1, or in a currency that has cents, below one of them.
    """
    number = _decimal(amount)
    if number is None:
        return ABSENT
    sign = "+" if number > 0 else MINUS if number < 0 else ""
    return f"{sign}{_places(abs(number), currency)}{NARROW}{currency}".rstrip(NARROW)


def quantity(value: Decimal | None) -> str:
    """`0.06624`: up to eight places, no needless zeros."""
    return ABSENT if value is None else f"{value:,.8f}".rstrip("0").rstrip(".")


def gain(amount: Decimal | float | str | None) -> str:
    """The class that colours a signed figure: `profit`, `loss` or nothing."""
    number = _decimal(amount)
    if not number:
        return ""
    return "profit" if number > 0 else "loss"


def ratio(value: float | None, places: int = 1) -> str:
    """A share of one in percent: -0.053 is `-5.3 %`."""
    if value is None or not math.isfinite(value):
        return ABSENT
    return f"{minus(f'{value * 100:z.{places}f}')}{NARROW}%"


def span(seconds: int) -> str:
    """A length that somebody chose, exactly: `1 h 30 min`, `0 s`."""
    rest, said = seconds, []
    for unit, size in SECONDS:
        count, rest = divmod(rest, size)
        if count:
            said.append(f"{count} {unit}")
    return " ".join(said) or "0 s"


def duration(seconds: float | None) -> str:
    """The two largest units: `4 min 12 s`, `0.25 s`."""
    if seconds is None:
        return ABSENT
    if abs(seconds) < 1:
        return f"{seconds:.2g} s"
    rest, words = int(seconds), []
    for unit, size in SECONDS:
        count, rest = divmod(rest, size)
        if count:
            words.append(f"{count} {unit}")
        if len(words) == 2:
            break
    return " ".join(words)


def measure(value: float | None, metric: str) -> str:
    """A sample of `metric` with the unit its name implies (`_ratio`, `_seconds`, `_percent`)."""
    if value is None or not math.isfinite(value):
        return "no data"
    if is_share(metric):
        return ratio(value, 2 if abs(value) < 0.1 else 1)
    if metric.endswith(("_percent", "_pct")):
        return f"{minus(f'{value:.1f}')}{NARROW}%"
    if metric.endswith(("_seconds", "latency")):
        return f"{minus(f'{value:.3g}' if abs(value) < 1_000 else f'{value:,.0f}')}{NARROW}s"
    return minus(f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}")


def is_share(metric: str) -> bool:
    """Whether samples of this name are shares of one, which are told in percent."""
    return metric.endswith("_ratio") or metric in PERCENT_METRICS


def signed(value: float, places: int) -> str:
    """`+1.25`, `−0.40`, `0.00`."""
    text = minus(f"{value:+.{places}f}")
    return text[1:] if not float(f"{value:.{places}f}") else text


def _decimal(amount: Decimal | float | str | None) -> Decimal | None:
    if amount is None or amount == "":
        return None
    number = Decimal(str(amount))
    return number if number.is_finite() else None


def _places(number: Decimal, currency: str) -> str:
    if number == 0 or number >= (CENT if currency in WITH_CENTS else 1):
        return f"{number:,.2f}"
    text = f"{number:.8f}".rstrip("0")
    return text if len(text) > 4 else f"{number:.2f}"


def minus(text: str) -> str:
    """A number as Python writes it, with the sign that people read."""
    return text.replace("-", MINUS)
