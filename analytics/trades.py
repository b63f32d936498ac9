"""Trades from realised fills, kept exact whatever order the fills come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics import rollups, rows
from analytics.fills import Fills, Key
from analytics.live import Frame
from analytics.models import Trade

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

SHOWN = 50  # trade rows pushed to the pages from one batch; the list shows no more

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
          pnl, fees, xmax = 0 AS inserted
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
WITH merged AS (
INSERT INTO analytics_trade AS t ({MERGED})
{SELECT}
ON CONFLICT (env, source, currency, trade_key) DO UPDATE SET
    {", ".join(_newest(column) for column in ("strategy", "symbol", "side", "exit_reason"))},
    opened_at = least(t.opened_at, EXCLUDED.opened_at),
    closed_at = greatest(t.closed_at, EXCLUDED.closed_at),
    quantity = coalesce(t.quantity + EXCLUDED.quantity, t.quantity, EXCLUDED.quantity),
    notional = coalesce(t.notional + EXCLUDED.notional, t.notional, EXCLUDED.notional),
    price = coalesce(t.notional + EXCLUDED.notional, t.notional, EXCLUDED.notional)
            / nullif(coalesce(t.quantity + EXCLUDED.quantity, t.quantity, EXCLUDED.quantity), 0),
    pnl = t.pnl + EXCLUDED.pnl,
    fees = t.fees + EXCLUDED.fees,
    fills = t.fills + EXCLUDED.fills
{RETURNING}
) SELECT * FROM merged WHERE NOT inserted OR closed_at >= %s
"""  # noqa: S608 - constants only
REPLACE = f"""
WITH merged AS (
INSERT INTO analytics_trade AS t ({MERGED})
{SELECT}
ON CONFLICT (env, source, currency, trade_key) DO UPDATE SET
    {", ".join(f"{column} = EXCLUDED.{column}" for column in REPLACED)}
WHERE ({", ".join(f"t.{column}" for column in REPLACED)})
      IS DISTINCT FROM ({", ".join(f"EXCLUDED.{column}" for column in REPLACED)})
{RETURNING}
) SELECT * FROM merged WHERE NOT inserted OR closed_at >= %s
"""  # noqa: S608 - constants only
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
    cursor.execute(REMOVE, [list(column) for column in zip(*keys, strict=True)])
    for closed_at, env, strategy, symbol, currency, pnl, fees in cursor.fetchall():
        deltas.add((closed_at, env, strategy, symbol, currency), pnl, fees, -1)
    return _settle(cursor, deltas)


def _settle(cursor: CursorWrapper, deltas: rollups.Deltas) -> list[Frame]:
    rollups.add_trades(cursor, deltas)
    mark_stale(cursor, deltas)
    minutes = {(env, currency, bucket) for bucket, env, _, _, currency in deltas.sums}
    return rollups.pnl_frames(cursor, minutes)


def _merge(
    cursor: CursorWrapper, incoming: Mapping[Key, Fills], deltas: rollups.Deltas, statement: str
) -> list[Booked]:
    """The trades that changed and the newest of the new ones, after the merge."""
    cursor.execute(TEMP)
    rows.copy(cursor, "incoming_trade", COLUMNS, (_row(*item) for item in incoming.items()))
    cursor.execute(LOCK)
    before = {row[:4]: row[4:] for row in cursor.fetchall()}
    shown_from = sorted(fills.closed_at for fills in incoming.values())[-SHOWN:][0]
    cursor.execute(statement, [shown_from])
    booked = [Booked(*row) for row in cursor.fetchall()]
    cursor.execute("DELETE FROM incoming_trade")
    for (env, source, currency, name), fills in incoming.items():
        if (env, source, currency, name) not in before:
            key = (fills.closed_at, env, fills.strategy, fills.symbol, currency)
            deltas.add(key, fills.pnl, fills.fees)
    for trade in booked:
        if trade.inserted:
            continue
        old = before.get((trade.env, trade.source, trade.currency, trade.trade_key))
        if old is None:
            raise Raced
        closed_at, strategy, symbol, pnl, fees = old
        deltas.add((closed_at, trade.env, strategy, symbol, trade.currency), pnl, fees, -1)
        key = (trade.closed_at, trade.env, trade.strategy, trade.symbol, trade.currency)
        deltas.add(key, trade.pnl, trade.fees)
    return booked


def _row(key: Key, fills: Fills) -> Sequence[Any]:
    return (
        *key, fills.strategy, fills.symbol, fills.side, fills.opened_at, fills.closed_at,
        fills.quantity, fills.notional, fills.pnl, fills.fees, fills.fills, fills.exit_reason,
    )  # fmt: skip


def mark_stale(cursor: CursorWrapper, deltas: rollups.Deltas) -> None:
    """Say from when on the paths of the touched days no longer hold."""
    stale: dict[tuple[str, str, str, date], datetime] = {}
    for (_, env, strategy, _, currency), at in deltas.earliest.items():
        for scope in (strategy, "*"):
            key = (env, currency, scope, at.astimezone(UTC).date())
            stale[key] = min(at, stale.get(key, at))
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
