"""Open positions: what stood open some days ago, and the fills since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from analytics import prices, standing
from analytics.fills import stored
from analytics.performance import positions
from analytics.performance.positions import Open
from analytics.performance.undefined import Money, Undefined
from analytics.rollups import plain
from analytics.scope import Scope
from analytics.standing import FILLED, KEYS, MAYBE

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

LOOK_BACK = timedelta(days=30)  # until there is a stand
MOST = 100_000  # fills since the stand that are looked through, the newest
CHOSEN = """env = %(env)s AND currency = %(currency)s
  AND (%(strategy)s = '*' OR strategy = %(strategy)s)
  AND (%(symbol)s = '' OR symbol = %(symbol)s) AND (%(source)s = '' OR source = %(source)s)"""
# Those since the stand, and those that came late into what it holds.
FILLS = f"""
WITH newest AS MATERIALIZED (
    (SELECT * FROM analytics_execution
     WHERE {CHOSEN} AND {FILLED} AND ts > %(since)s AND ts <= %(now)s
     ORDER BY ts DESC, id DESC LIMIT %(most)s)
    UNION ALL
    (SELECT * FROM analytics_execution
     WHERE {CHOSEN} AND {FILLED} AND ts <= %(late)s AND id > %(last_id)s LIMIT %(most)s)
), maybe AS ({MAYBE.format(keys=KEYS, fills="newest")})
SELECT {KEYS}, ts, side, quantity, price, pnl FROM newest JOIN maybe USING ({KEYS})
ORDER BY {KEYS}, ts, id
"""  # noqa: S608 - constants only
STOOD = f"""
SELECT {KEYS}, quantity, entry, opened_at FROM analytics_openposition WHERE {CHOSEN}
"""  # noqa: S608 - constants only


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
    found = list(_open(cursor, scope, now))
    marks = prices.newest(cursor, scope.env, (key[0] for key, _ in found), now=now)
    found.sort(key=lambda one: one[0])
    return [
        _together(key, [one for _, one in some], marks.get(key[0]))
        for key, some in groupby(found, key=lambda one: one[0])
    ]


def _open(
    cursor: CursorWrapper, scope: Scope, now: datetime
) -> Iterator[tuple[tuple[str, str, bool], Open]]:
    """((symbol, strategy, is long), what is open) of each position that is."""
    stand = standing.of(cursor)
    asked = scope.chosen | {"now": now, "most": MOST}
    asked |= {"since": stand.until if stand else now - LOOK_BACK}
    asked |= {"late": stand and stand.until, "last_id": stand and stand.last_id}
    cursor.execute(STOOD, asked)
    stood = {row[:-3]: Open(*row[-3:]) for row in cursor.fetchall()}
    cursor.execute(FILLS, asked)
    for key, left in (stood | standing.folded(cursor.fetchall(), stood)).items():
        if left is not None:
            _, _, _, strategy, symbol, _ = key
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
