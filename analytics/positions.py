"""Open positions, from the fills of the last weeks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from analytics import prices
from analytics.fills import stored
from analytics.performance import positions
from analytics.performance.positions import Fill, Open
from analytics.performance.undefined import Money, Undefined
from analytics.rollups import plain
from analytics.scope import Scope

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

LOOK_BACK = timedelta(days=30)
MOST = 100_000  # fills that are looked through, the newest
# Fills of what may be open: more was opened than closed, or nobody said which is which.
FILLS = """
WITH newest AS MATERIALIZED (
    SELECT source, strategy, symbol, position_id, ts, id, side, quantity, price, pnl
    FROM analytics_execution
    WHERE env = %(env)s AND ts > %(since)s AND ts <= %(now)s AND currency = %(currency)s
      AND status IN ('FILLED', 'PARTIALLY_FILLED') AND quantity > 0
      AND (%(strategy)s = '*' OR strategy = %(strategy)s)
      AND (%(symbol)s = '' OR symbol = %(symbol)s) AND (%(source)s = '' OR source = %(source)s)
    ORDER BY ts DESC, id DESC LIMIT %(most)s
), maybe AS (
    SELECT source, strategy, symbol, position_id FROM newest GROUP BY 1, 2, 3, 4
    HAVING coalesce(sum(quantity) FILTER (WHERE pnl IS NULL), 0)
           NOT IN (0, coalesce(sum(quantity) FILTER (WHERE pnl IS NOT NULL), 0))
)
SELECT source, strategy, symbol, position_id, ts, side, quantity, price, pnl
FROM newest JOIN maybe USING (source, strategy, symbol, position_id)
ORDER BY 1, 2, 3, 4, ts, id
"""


@dataclass(frozen=True, slots=True)
class Held:
    """What is open in one direction of a symbol, by one strategy; `count` positions together."""

    symbol: str
    strategy: str
    quantity: Decimal  # below 0: short
    entry: Decimal | None
    opened_at: datetime  # of the oldest
    count: int
    mark: prices.Price | None

    def told(self, now: datetime) -> dict[str, Any]:
        """As JSON: money as text, and why there is no unrealized PnL."""
        mark: Money = Undefined.NO_PRICE if self.mark is None else self.mark.known(now)
        gain = positions.unrealized(self.quantity, self.entry, mark)
        price = None if self.mark is None else self.mark.price
        return {
            "symbol": self.symbol,
            "strategy": self.strategy,
            "side": "long" if self.quantity > 0 else "short",
            "quantity": _text(abs(self.quantity)),
            "entry": _text(self.entry),
            "mark": _text(price),
            "mark_at": None if self.mark is None else self.mark.at.timestamp(),
            "mark_of": "" if self.mark is None else self.mark.told,
            "value": None if price is None else _text(abs(self.quantity) * price),
            "unrealized": None if isinstance(gain, Undefined) else _text(gain),
            "reason": gain.value if isinstance(gain, Undefined) else "",
            "opened_at": self.opened_at.isoformat(),
            "count": self.count,
        }


def held(cursor: CursorWrapper, scope: Scope, *, now: datetime) -> list[Held]:
    """By symbol, strategy and direction."""
    asked = scope.chosen | {"now": now, "since": now - LOOK_BACK, "most": MOST}
    cursor.execute(FILLS, asked)
    found = list(_open(cursor.fetchall()))
    marks = prices.newest(cursor, scope.env, (key[0] for key, _ in found), now=now)
    found.sort(key=lambda one: one[0])
    return [
        _together(key, [one for _, one in some], marks.get(key[0]))
        for key, some in groupby(found, key=lambda one: one[0])
    ]


def _open(rows: list[tuple[Any, ...]]) -> Iterator[tuple[tuple[str, str, bool], Open]]:
    """((symbol, strategy, is long), what is open) of each position that is."""
    for (_, strategy, symbol, named), some in groupby(rows, key=lambda row: row[:4]):
        left = positions.fold((Fill(*row[4:]) for row in some), named=bool(named))
        if left is not None:
            yield (symbol, strategy, left.quantity > 0), left


def _together(key: tuple[str, str, bool], some: list[Open], mark: prices.Price | None) -> Held:
    quantity = sum((one.quantity for one in some), Decimal(0))
    paid = [one.entry * one.quantity for one in some if one.entry is not None]
    entry = sum(paid, Decimal(0)) / quantity if len(paid) == len(some) else None
    opened_at = min(one.opened_at for one in some)
    return Held(key[0], key[1], quantity, entry, opened_at, len(some), mark)


def _text(amount: Decimal | None) -> str | None:
    """At the places that money is stored with: averages have no end."""
    kept = stored(amount)
    return None if kept is None else plain(kept)
