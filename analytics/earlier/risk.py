"""The risk page: how far the account fell, what was lost, what risk management said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analytics import equity, tallies
from analytics.charts import Span
from analytics.earlier import sums
from analytics.earlier.period import span_before, told
from analytics.earlier.rows import LESS, MORE, Compared, in_counts, in_money, in_shares, rows
from analytics.earlier.sums import Sums
from analytics.equity import Fall
from analytics.intake.decisions import REFUSED
from analytics.performance.undefined import Figure, Undefined, over
from analytics.scope import Scope

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper


@dataclass(frozen=True, slots=True)
class Period:
    falls: Fall
    has_capital: bool
    sums: Sums
    decisions: Counter[str]

    @property
    def deepest(self) -> Figure:
        if not self.sums.tally.trades:
            return Undefined.NO_DATA
        if not self.has_capital:
            return Undefined.NO_CAPITAL
        return min(fall for _, fall in self.falls)

    @property
    def turned_down(self) -> Figure:
        refused = sum(self.decisions[word] for word in REFUSED)
        return over(refused, self.decisions.total(), Undefined.NO_DATA)


def state(
    cursor: CursorWrapper, scope: Scope, drawn: Span, bars: Span, *, capital: Decimal | None
) -> dict[str, Any]:
    """Falls are of buckets as `drawn` has them, decisions of those of the bars."""
    before = span_before(drawn)
    periods = [
        Period(
            falls=equity.falls(cursor, scope, capital, span),
            has_capital=capital is not None,
            sums=sums.of(cursor, scope, span),
            decisions=_counted(tallies.by_bar(cursor, scope, some, kind="decision")),
        )
        for span, some in ((drawn, bars), (before, span_before(bars)))
    ]
    return told(drawn, before, rows(figures(scope.currency), *periods), drawdown=periods[1].falls)


def figures(currency: str) -> list[Compared[Period]]:
    return [
        in_shares("Deepest drawdown", lambda one: one.deepest, places=2, better=MORE),
        in_money("Lost by losing trades", lambda one: one.sums.tally.gross_loss, currency,
                 better=LESS, sign=False),
        in_counts("Losing trades", lambda one: one.sums.tally.losses, better=LESS),
        in_counts("Decisions", lambda one: one.decisions.total()),
        in_shares("Turned down", lambda one: one.turned_down),
    ]  # fmt: skip


def _counted(bars: Iterable[tuple[int, Mapping[str, int]]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for _, by_label in bars:
        found.update(by_label)
    return found
