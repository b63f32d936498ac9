"""The period before a range, as long as it: its curve, and each figure beside the present one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

from analytics import buckets, charts
from analytics.charts import SCOPE, Span, ms
from analytics.performance import trades
from analytics.performance.trades import Tally
from analytics.performance.undefined import WORDS, Figure, Money, Undefined
from analytics.scope import Scope
from ops_portal.lib.words import ABSENT, NARROW, gain, money, ratio, signed

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

SUMS = f"""
SELECT coalesce(sum(trades), 0)::bigint, coalesce(sum(wins), 0)::bigint,
       coalesce(sum(losses), 0)::bigint, coalesce(sum(breakeven), 0)::bigint,
       coalesce(sum(gross_profit), 0), coalesce(sum(gross_loss), 0), coalesce(sum(pnl), 0),
       coalesce(sum(fees), 0)
FROM {{trades}}
WHERE {SCOPE} AND unit = %(unit)s AND bucket >= %(start)s AND bucket < %(end)s
"""  # noqa: S608 - constants only
WHY = {**WORDS, Undefined.NO_DATA: "no trade"}

type Value = Figure | Money | int
type Words = Callable[..., str]


class Sums(NamedTuple):
    tally: Tally
    fees: Decimal


class Row(NamedTuple):
    """A figure of both periods in words; `why` says what is undefined, and of which period."""

    label: str
    now: str
    before: str
    change: str
    gain: str  # profit, loss or blank: the colour of the change
    why: str


def state(scope: Scope, drawn: Span) -> dict[str, Any]:
    """The earlier PnL by bucket, at the times of the present range, and the figures of both."""
    before = span_before(drawn)
    shift = ms(drawn.start) - ms(before.start)
    with connection.cursor() as cursor:
        found = charts.pnl(cursor, scope, before)
        sums = _sums(cursor, scope, drawn), _sums(cursor, scope, before)
    return {
        "pnl": [[at + shift, gained] for at, gained in found],
        "figures": [row._asdict() for row in rows(*sums, currency=scope.currency)],
    }


def span_before(drawn: Span) -> Span:
    """As long as the range, whole buckets earlier, so that both curves share their times."""
    width = timedelta(seconds=drawn.width)
    shift = -(-(drawn.end - drawn.start) // width) * width
    return Span(drawn.start - shift, drawn.end - shift, drawn.width)


def rows(now: Sums, before: Sums, *, currency: str) -> list[Row]:
    """Money exactly, shares in percentage points; what is undefined on one side has no change."""

    def amount(value: Any) -> str:
        return money(value, currency)

    def plain(value: Any) -> str:
        return amount(value).removeprefix("+")

    def points(value: Any) -> str:
        return f"{signed(value * 100, 1)}{NARROW}points"

    def by(value: Any) -> str:
        return signed(value, 2)

    pairs: list[tuple[str, Callable[[Sums], Value], Words, Words, bool]] = [
        ("PnL", lambda one: one.tally.pnl, amount, amount, True),
        ("Trades", lambda one: one.tally.trades, "{:,}".format, "{:+,}".format, False),
        ("Win rate", lambda one: trades.win_ratio(one.tally.wins, one.tally.trades),
         ratio, points, True),
        ("Profit factor", lambda one: trades.profit_factor(
            one.tally.gross_profit, one.tally.gross_loss), "{:.2f}".format, by, True),
        ("PnL of a trade", lambda one: trades.expectancy(one.tally.pnl, one.tally.trades),
         amount, amount, True),
        ("Fees", lambda one: one.fees, plain, amount, False),
    ]  # fmt: skip
    return [
        _row(label, (of(now), of(before)), word, change, judged)
        for label, of, word, change, judged in pairs
    ]


def _row(
    label: str,
    values: tuple[Any, Any],
    word: Words,
    change: Words,
    judged: bool,
) -> Row:
    whens = ("now", "before")
    lacks = [
        f"{when}: {WHY[value]}"
        for when, value in zip(whens, values, strict=True)
        if isinstance(value, Undefined)
    ]
    now, before = (ABSENT if isinstance(value, Undefined) else word(value) for value in values)
    if lacks:
        return Row(label, now, before, ABSENT, "", "; ".join(lacks))
    present, earlier = values
    difference = present - earlier
    return Row(label, now, before, change(difference), gain(difference) if judged else "", "")


def _sums(cursor: CursorWrapper, scope: Scope, drawn: Span) -> Sums:
    asked = {"unit": drawn.unit, "start": drawn.start, "end": drawn.end}
    cursor.execute(SUMS.format(trades=buckets.trades(scope.source)), scope.asked | asked)
    *sums, fees = cursor.fetchone()
    return Sums(Tally(*sums), fees)
