"""Figures of two periods in words, and what changed between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from analytics import formulas
from analytics.performance.undefined import WORDS, Figure, Money, Undefined
from analytics.rollups import plain
from ops_portal.lib.words import ABSENT, NARROW, gain, measure, minus, money, ratio, signed

type Value = Figure | Money | int
type Words = Callable[[Any], str]
type Exact = float | str | None  # money is text

MORE, LESS, EITHER = 1, -1, 0  # which way is the better one
# Label -> the figure of the manual; others are named as their first word.
MADE = {
    "PnL": "net_pnl", "Net PnL": "net_pnl", "PnL of a trade": "expectancy",
    "Return": "total_return", "Deepest drawdown": "max_drawdown", "Win rate": "win_rate",
    "Profit factor": "profit_factor", "Lost by losing trades": "gross_loss",
    "Losing trades": "losses", "Turned down": "decisions", "Orders ended": "orders_ended",
    "Fill rate": "fill_rate", "Rejection rate": "rejection_rate",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared[T]:
    """A figure: how it is read of a period, told, and told as a change; which way is better."""

    label: str
    of: Callable[[T], Value]
    word: Words
    change: Words
    better: int = EITHER


class Row(NamedTuple):
    """A figure of both periods in words; `why` says what is undefined, and of which period."""

    label: str
    now: str
    before: str
    change: str
    gain: str  # profit, loss or blank: the colour of the change
    why: str
    formula: str  # the anchor of how it is made
    values: tuple[Exact, Exact]  # now and before, as files have them


def rows[T](figures: Iterable[Compared[T]], now: T, before: T) -> list[Row]:
    """What is undefined on one side has no change."""
    return [_row(one, one.of(now), one.of(before)) for one in figures]


def _row(figure: Compared[Any], now: Any, before: Any) -> Row:
    lacks = [
        f"{when}: {WORDS[value]}"
        for when, value in (("now", now), ("before", before))
        if isinstance(value, Undefined)
    ]
    present, earlier = (
        ABSENT if isinstance(value, Undefined) else figure.word(value) for value in (now, before)
    )
    made = MADE.get(figure.label) or figure.label.partition(",")[0].lower()
    told = Row(
        figure.label, present, earlier, change=ABSENT, gain="", why="; ".join(lacks),
        formula=formulas.anchors()[made], values=(_exact(now), _exact(before)),
    )  # fmt: skip
    if lacks:
        return told
    difference = now - before
    colour = gain(difference * figure.better) if figure.better else ""
    return told._replace(change=figure.change(difference), gain=colour)


def _exact(value: Value) -> Exact:
    if isinstance(value, Undefined):
        return None
    return plain(value) if isinstance(value, Decimal) else value


def in_money(
    label: str,
    of: Callable[[Any], Value],
    currency: str,
    *,
    better: int = EITHER,
    sign: bool = True,
) -> Compared[Any]:
    """Exactly; `sign`: the figure may be below zero, and shows when it is above."""

    def amount(value: Any) -> str:
        return money(value, currency)

    def bare(value: Any) -> str:
        return amount(value).removeprefix("+")

    return Compared(label, of, amount if sign else bare, amount, better)


def in_shares(
    label: str, of: Callable[[Any], Value], *, places: int = 1, better: int = EITHER
) -> Compared[Any]:
    """In percent, changes in percentage points."""

    def share(value: Any) -> str:
        return ratio(value, places)

    def points(value: Any) -> str:
        return f"{signed(value * 100, places)}{NARROW}points"

    return Compared(label, of, share, points, better)


def in_counts(label: str, of: Callable[[Any], Value], *, better: int = EITHER) -> Compared[Any]:
    def more(value: Any) -> str:
        return minus(f"{value:+,}") if value else "0"

    return Compared(label, of, "{:,}".format, more, better)


def in_numbers(label: str, of: Callable[[Any], Value], *, better: int = EITHER) -> Compared[Any]:
    def number(value: Any) -> str:
        return minus(f"{value:,.2f}")

    def by(value: Any) -> str:
        return signed(value, 2)

    return Compared(label, of, number, by, better)


def in_seconds(label: str, of: Callable[[Any], Value], *, better: int = EITHER) -> Compared[Any]:
    def seconds(value: Any) -> str:
        return measure(value, "execution_seconds")

    def longer(value: Any) -> str:
        return f"+{seconds(value)}" if value > 0 else seconds(value)

    return Compared(label, of, seconds, longer, better)


def in_bps(label: str, of: Callable[[Any], Value], *, better: int = EITHER) -> Compared[Any]:
    def bps(value: Any) -> str:
        return f"{signed(value, 2)}{NARROW}bps"

    return Compared(label, of, bps, bps, better)
