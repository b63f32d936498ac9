"""Trades from realised fills, kept exact whatever order the fills come in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics import rollups, rows
from analytics.events import Execution
from analytics.live import Frame
from analytics.models import Trade

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

ZERO = Decimal(0)
SHOWN = 50  # trade rows pushed to the pages from one batch; the list shows no more
Key = tuple[str, str, str, str]  # env, source, currency, trade key

TEMP = """
CREATE TEMP TABLE IF NOT EXISTS incoming_trade (
    env text, source text, currency text, trade_key text, strategy text, symbol text, side text,
    opened_at timestamptz, closed_at timestamptz, quantity numeric(38,18), notional numeric(38,18),
    pnl numeric(38,18), fees numeric(38,18), fills integer, exit_reason text
) ON COMMIT DELETE ROWS
"""
COLUMNS = {
    "env": "text",
    "source": "text",
    "currency": "text",
    "trade_key": "text",
    "strategy": "text",
    "symbol": "text",
    "side": "text",
    "opened_at": "timestamptz",
    "closed_at": "timestamptz",
    "quantity": "numeric",
    "notional": "numeric",
    "pnl": "numeric",
    "fees": "numeric",
    "fills": "int4",
    "exit_reason": "text",
}
LOCK = """
SELECT t.env, t.source, t.currency, t.trade_key, t.closed_at, t.strategy, t.symbol, t.pnl, t.fees
FROM analytics_trade t JOIN incoming_trade USING (env, source, currency, trade_key)
ORDER BY t.id FOR UPDATE OF t
"""


MERGED = """env, source, currency, trade_key, strategy, symbol, side, opened_at, closed_at,
    quantity, notional, price, pnl, fees, fills, exit_reason"""
SELECT = """
SELECT env, source, currency, trade_key, strategy, symbol, side, opened_at, closed_at, quantity,
       notional, notional / nullif(quantity, 0), pnl, fees, fills, exit_reason
FROM incoming_trade ORDER BY env, source, currency, trade_key
"""
RETURNING = """
RETURNING id, env, source, currency, trade_key, closed_at, strategy, symbol, side, quantity, price,
          pnl, fees, xmax = 0
"""
REPLACED = ("strategy", "symbol", "side", "opened_at", "closed_at", "quantity", "notional",
            "price", "pnl", "fees", "fills", "exit_reason")  # fmt: skip


def _newest(column: str) -> str:
    """The column of the fill that closed last; among equal times the greater text, in any order."""
    return (
        f"{column} = CASE WHEN EXCLUDED.closed_at > t.closed_at THEN EXCLUDED.{column}"
        f" WHEN EXCLUDED.closed_at = t.closed_at THEN greatest(EXCLUDED.{column}, t.{column})"
        f" ELSE t.{column} END"
    )


UPSERT = f"""
INSERT INTO analytics_trade AS t ({MERGED})
{SELECT}
ON CONFLICT (env, source, currency, trade_key) DO UPDATE SET
    {", ".join(_newest(column) for column in ("strategy", "symbol", "side", "exit_reason"))},
    opened_at = least(t.opened_at, EXCLUDED.opened_at),
    closed_at = greatest(t.closed_at, EXCLUDED.closed_at),
    quantity = t.quantity + EXCLUDED.quantity,
    notional = t.notional + EXCLUDED.notional,
    price = (t.notional + EXCLUDED.notional) / nullif(t.quantity + EXCLUDED.quantity, 0),
    pnl = t.pnl + EXCLUDED.pnl,
    fees = t.fees + EXCLUDED.fees,
    fills = t.fills + EXCLUDED.fills
{RETURNING}
"""
REPLACE = f"""
INSERT INTO analytics_trade AS t ({MERGED})
{SELECT}
ON CONFLICT (env, source, currency, trade_key) DO UPDATE SET
    {", ".join(f"{column} = EXCLUDED.{column}" for column in REPLACED)}
WHERE ({", ".join(f"t.{column}" for column in REPLACED)})
      IS DISTINCT FROM ({", ".join(f"EXCLUDED.{column}" for column in REPLACED)})
{RETURNING}
"""
REMOVE = """
DELETE FROM analytics_trade AS t
USING unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS g(env, source, currency, trade_key)
WHERE (t.env, t.source, t.currency, t.trade_key) = (g.env, g.source, g.currency, g.trade_key)
RETURNING t.closed_at, t.env, t.strategy, t.symbol, t.currency, t.pnl, t.fees
"""
STALE = """
INSERT INTO analytics_accountday AS d (env, currency, strategy, day, pnl, low, high, drop,
    resume_pnl, resume_low, resume_high, resume_drop, version, stale_from)
SELECT env, currency, strategy, (at AT TIME ZONE 'UTC')::date, 0, 0, 0, 0, 0, 0, 0, 0, 0, at
FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[]) AS s(env, currency, strategy, at)
ORDER BY 1, 2, 3, 4
ON CONFLICT (env, currency, strategy, day)
DO UPDATE SET stale_from = least(d.stale_from, EXCLUDED.stale_from)
"""


class Raced(Exception):
    """Another transaction made the same trade meanwhile: store the batch again."""


class Fills:
    """The realised fills of one trade key in a batch, summed."""

    __slots__ = ("closed_at", "exit_reason", "fees", "fills", "notional", "opened_at", "pnl",
                 "quantity", "side", "strategy", "symbol")  # fmt: skip

    def __init__(self, fill: Execution) -> None:
        self.strategy, self.symbol, self.side = fill.strategy, fill.symbol, fill.side
        self.exit_reason = fill.exit_reason
        self.opened_at, self.closed_at = fill.opened_at, fill.ts
        self.quantity: Decimal | None = fill.quantity or ZERO
        self.notional: Decimal | None = (fill.quantity or ZERO) * (fill.price or ZERO)
        self.pnl = fill.pnl or ZERO
        self.fees = fee_in_currency(fill)
        self.fills = 1

    @classmethod
    def of(cls, **values: Any) -> Fills:
        """A whole trade that came in one row."""
        made = cls.__new__(cls)
        made.fills = 1
        for name, value in values.items():
            setattr(made, name, value)
        return made

    def add(self, fill: Execution) -> None:
        newer = (fill.ts, fill.strategy, fill.symbol, fill.side, fill.exit_reason)
        if newer > (self.closed_at, self.strategy, self.symbol, self.side, self.exit_reason):
            self.closed_at, self.strategy, self.symbol, self.side, self.exit_reason = newer
        if fill.opened_at is not None:
            self.opened_at = min(self.opened_at or fill.opened_at, fill.opened_at)
        self.quantity = (self.quantity or ZERO) + (fill.quantity or ZERO)
        self.notional = (self.notional or ZERO) + (fill.quantity or ZERO) * (fill.price or ZERO)
        self.pnl += fill.pnl or ZERO
        self.fees += fee_in_currency(fill)
        self.fills += 1


class Booked(NamedTuple):
    """A trade as it stands after the batch."""

    id: int
    env: str
    source: str
    currency: str
    trade_key: str
    closed_at: datetime
    strategy: str
    symbol: str
    side: str
    quantity: Decimal | None
    price: Decimal | None
    pnl: Decimal
    fees: Decimal
    inserted: bool


def fee_in_currency(fill: Execution) -> Decimal:
    """The fee when it was paid in the trade's currency: other currencies are never added."""
    if fill.fee is None or (fill.fee_currency and fill.fee_currency.upper() != fill.currency):
        return ZERO
    return fill.fee


def gather(fills: Iterable[Execution]) -> dict[Key, Fills]:
    """Realised fills by trade."""
    found: dict[Key, Fills] = {}
    for fill in fills:
        key = (fill.env, fill.source, fill.currency, fill.trade_key)
        known = found.get(key)
        if known is None:
            found[key] = Fills(fill)
        else:
            known.add(fill)
    return found


def fees_of(fills: Iterable[Execution]) -> rollups.Deltas:
    """The fees of fills that realised nothing: paid when they were filled."""
    deltas = rollups.Deltas()
    for fill in fills:
        fee = fee_in_currency(fill)
        if fee:
            deltas.pay((fill.ts, fill.env, fill.strategy, fill.symbol, fill.currency), fee)
    return deltas


def book(
    cursor: CursorWrapper, incoming: Mapping[Key, Fills], deltas: rollups.Deltas
) -> list[Frame]:
    """Add fills to their trades, and the trades' change to the rollups; frames of what changed.

    1. lock the trades that exist and note what they contributed; 2. upsert; 3. take the old
    contribution out of the rollups and put the new one in; 4. mark the days' paths stale.
    `deltas` already holds what else goes to the rollups. Raises Raced when another transaction
    inserted one of the trades since step 1.
    """
    booked = _merge(cursor, incoming, deltas, UPSERT) if incoming else []
    return _settle(cursor, deltas) + _trade_frames(booked)


def replace(cursor: CursorWrapper, incoming: Mapping[Key, Fills]) -> list[Frame]:
    """Put whole trades in place of what was known of them; unchanged ones change nothing."""
    deltas = rollups.Deltas()
    booked = _merge(cursor, incoming, deltas, REPLACE)
    return _settle(cursor, deltas) + _trade_frames(booked)


def remove(cursor: CursorWrapper, keys: Sequence[Key]) -> list[Frame]:
    """Take trades out of the books."""
    deltas = rollups.Deltas()
    stale: dict[tuple[str, str, str, Any], datetime] = {}
    cursor.execute(REMOVE, [list(column) for column in zip(*keys, strict=True)])
    for closed_at, env, strategy, symbol, currency, pnl, fees in cursor.fetchall():
        deltas.add((closed_at, env, strategy, symbol, currency), pnl, fees, -1)
        _mark(stale, env, currency, strategy, closed_at)
    mark_stale(cursor, stale)
    return _settle(cursor, deltas)


def _settle(cursor: CursorWrapper, deltas: rollups.Deltas) -> list[Frame]:
    rollups.add_trades(cursor, deltas)
    minutes = {(env, currency, bucket) for bucket, env, _, _, currency in deltas.sums}
    return rollups.pnl_frames(cursor, minutes)


def _merge(
    cursor: CursorWrapper, incoming: Mapping[Key, Fills], deltas: rollups.Deltas, statement: str
) -> list[Booked]:

    cursor.execute(TEMP)
    rows.copy(
        cursor, "incoming_trade", COLUMNS, (_row(key, fills) for key, fills in incoming.items())
    )
    cursor.execute(LOCK)
    before = {row[:4]: row[4:] for row in cursor.fetchall()}
    cursor.execute(statement)
    booked = [Booked(*row) for row in cursor.fetchall()]
    cursor.execute("DELETE FROM incoming_trade")
    stale: dict[tuple[str, str, str, Any], datetime] = {}
    for trade in booked:
        old = before.get((trade.env, trade.source, trade.currency, trade.trade_key))
        if old is None and not trade.inserted:
            raise Raced
        key = (trade.closed_at, trade.env, trade.strategy, trade.symbol, trade.currency)
        deltas.add(key, trade.pnl, trade.fees)
        _mark(stale, trade.env, trade.currency, trade.strategy, trade.closed_at)
        if old is not None:
            closed_at, strategy, symbol, pnl, fees = old
            deltas.add((closed_at, trade.env, strategy, symbol, trade.currency), pnl, fees, -1)
            _mark(stale, trade.env, trade.currency, strategy, closed_at)
    mark_stale(cursor, stale)
    return booked


def _row(key: Key, fills: Fills) -> Sequence[Any]:
    return (
        *key, fills.strategy, fills.symbol, fills.side, fills.opened_at, fills.closed_at,
        fills.quantity, fills.notional, fills.pnl, fills.fees, fills.fills, fills.exit_reason,
    )  # fmt: skip


def _mark(
    stale: dict[tuple[str, str, str, Any], datetime],
    env: str,
    currency: str,
    strategy: str,
    at: datetime,
) -> None:
    at = at.astimezone(UTC)
    for scope in (strategy, "*"):
        key = (env, currency, scope, at.date())
        known = stale.get(key)
        if known is None or at < known:
            stale[key] = at


def mark_stale(cursor: CursorWrapper, stale: Mapping[tuple[str, str, str, Any], datetime]) -> None:
    """Say that trades at or after a time of a day are not in the day's path yet."""
    if stale:
        envs, currencies, scopes, _ = zip(*stale, strict=True)
        cursor.execute(STALE, [list(envs), list(currencies), list(scopes), list(stale.values())])


def _trade_frames(booked: Sequence[Booked]) -> list[Frame]:
    newest = sorted(booked, key=lambda trade: (trade.closed_at, trade.id))[-SHOWN:]
    return [
        Frame("trading", f"trade:{trade.id}", trade.closed_at.timestamp(), row(trade))
        for trade in newest
    ]


def row(trade: Booked | Trade) -> dict[str, Any]:
    """The trade as pages list it and frames carry it; money as strings."""
    return {
        "id": trade.id,
        "env": trade.env,
        "closed_at": trade.closed_at.isoformat(),
        "symbol": trade.symbol,
        "side": trade.side,
        "quantity": None if trade.quantity is None else rollups.plain(trade.quantity),
        "price": None if trade.price is None else rollups.plain(trade.price),
        "pnl": rollups.plain(trade.pnl),
        "currency": trade.currency,
        "strategy": trade.strategy,
    }
