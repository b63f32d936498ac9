"""Trades from realised fills, kept exact whatever order the fills come in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from django.db import transaction
from psycopg.errors import UniqueViolation

from analytics import paths, rollups, rows
from analytics.booked import Booked, cut, frames_of
from analytics.bundle import Bundle
from analytics.care import Care
from analytics.events import Table
from analytics.events.table import us_of
from analytics.fills import KEY, Fills, Key, gather, keys_of, whole
from analytics.live import LISTED, Frame
from analytics.rollups import Later

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

TEMP = """
CREATE TEMP TABLE IF NOT EXISTS incoming_trade (
    env text, source text, currency text, trade_key text, strategy text, symbol text, side text,
    opened_at timestamptz, closed_at timestamptz, quantity numeric(38,18), notional numeric(38,18),
    price numeric(38,18), pnl numeric(38,18), fees numeric(38,18), fills integer, exit_reason text
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
    "price": "numeric",
    "pnl": "numeric",
    "fees": "numeric",
    "fills": "int4",
    "exit_reason": "text",
}
KEYS = """unnest(%s::text[], %s::text[], %s::text[], %s::text[])
     AS k(env, source, currency, trade_key)"""
SAME = """t.env = k.env AND t.source = k.source AND t.currency = k.currency
          AND t.trade_key = k.trade_key"""
# OFFSET 0 keeps the planner from reading the whole table to join it with a batch.
KNOWN = f"""
SELECT k.* FROM {KEYS}, LATERAL (SELECT FROM analytics_trade AS t WHERE {SAME} OFFSET 0) AS t
"""  # noqa: S608 - constants only
LOCK = f"""
SELECT t.* FROM {KEYS}, LATERAL (
    SELECT t.env, t.source, t.currency, t.trade_key, t.closed_at, t.strategy, t.symbol, t.pnl,
           t.fees
    FROM analytics_trade AS t WHERE {SAME} OFFSET 0 FOR UPDATE) AS t
"""  # noqa: S608 - constants only
MERGED = """env, source, currency, trade_key, strategy, symbol, side, opened_at, closed_at,
    quantity, notional, price, pnl, fees, fills, exit_reason"""
SELECT = f"""
SELECT {MERGED} FROM incoming_trade ORDER BY env, source, currency, trade_key
"""  # noqa: S608 - constants only
BOOKED = """t.id, t.env, t.source, t.currency, t.trade_key, t.opened_at, t.closed_at, t.strategy,
    t.symbol, t.side, t.quantity, t.price, t.pnl, t.fees, t.exit_reason"""
FIND = f"""
SELECT t.* FROM {KEYS}, LATERAL (
    SELECT {BOOKED} FROM analytics_trade AS t WHERE {SAME} OFFSET 0) AS t
"""  # noqa: S608 - constants only
REPLACED = ("strategy", "symbol", "side", "opened_at", "closed_at", "quantity", "notional",
            "price", "pnl", "fees", "fills", "exit_reason")  # fmt: skip


def _newest(column: str) -> str:
    """The column of the fill that closed last; among equal times the greater text, in any order."""
    return (
        f"{column} = CASE WHEN EXCLUDED.closed_at > t.closed_at THEN EXCLUDED.{column}"
        f" WHEN EXCLUDED.closed_at = t.closed_at THEN greatest(EXCLUDED.{column}, t.{column})"
        f" ELSE t.{column} END"
    )


ADD = f"""
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
RETURNING {BOOKED}
"""
REPLACE = f"""
INSERT INTO analytics_trade AS t ({MERGED})
{SELECT}
ON CONFLICT (env, source, currency, trade_key) DO UPDATE SET
    {", ".join(f"{column} = EXCLUDED.{column}" for column in REPLACED)}
WHERE ({", ".join(f"t.{column}" for column in REPLACED)})
      IS DISTINCT FROM ({", ".join(f"EXCLUDED.{column}" for column in REPLACED)})
RETURNING {BOOKED}
"""
REMOVE = """
DELETE FROM analytics_trade AS t
USING unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS g(env, source, currency, trade_key)
WHERE (t.env, t.source, t.currency, t.trade_key) = (g.env, g.source, g.currency, g.trade_key)
RETURNING t.closed_at, t.env, t.strategy, t.symbol, t.currency, t.source, t.pnl, t.fees
"""


Found = Callable[[], list[Booked]]  # trades that are known once the bundle was sent


class Raced(Exception):
    """Another transaction made the same trade meanwhile: store the batch again."""


_care = Care(batches=100)


class Replaced(NamedTuple):
    """How many trades are new or changed, and what to push."""

    changed: int
    frames: list[Frame]


class Counted(NamedTuple):
    """What a trade contributed before the batch."""

    closed_at: datetime
    strategy: str
    symbol: str
    pnl: Decimal
    fees: Decimal


def book(
    bundle: Bundle,
    table: Table,
    new: Mapping[str, Sequence[Any]],
    deltas: rollups.Deltas,
) -> Later:
    """Add realised fills to their trades, and what changed to the rollups.

    1. mostly every fill is a new trade: write them all; else 2. lock the trades that exist and note
    what they contributed; 3. insert those that do not, add to those that do; 4. take the old
    contributions out of the rollups and put the new ones in. 5. Mark the days' paths stale.
    `new` are the fills as `whole` has them; `deltas` hold what else goes to the rollups. Steps 4
    and 5 are done with the bundle; then the frames of what changed are known. Raises Raced when
    another transaction inserted one of the trades since step 2.
    """
    found = _book(bundle, table, new, deltas)
    sums = _settle(bundle, deltas)
    more = cut(len(table), int(table.times.max()) / 1e6) if len(table) else []
    return lambda: sums() + frames_of(found()) + more


def _book(
    bundle: Bundle,
    table: Table,
    new: Mapping[str, Sequence[Any]],
    deltas: rollups.Deltas,
) -> Found:
    """Steps 1 to 3 of `book`."""
    if _care.is_needed() or len(set(table["trade_key"])) < len(table):
        return _add(bundle, table, deltas)
    try:
        with transaction.atomic():
            return _insert_whole(bundle, table, new, deltas)
    except Raced:
        _care.take()
        return _add(bundle, table, deltas)


def _add(bundle: Bundle, table: Table, deltas: rollups.Deltas) -> Found:
    """Steps 2 and 3 of `book`."""
    keys = keys_of(table)
    before = _before(bundle.cursor, keys)
    often = {key for key, times in Counter(keys).items() if times > 1}
    several = before.keys() | often
    alone: list[int] = []
    others: list[int] = []
    for place, key in enumerate(keys):
        (others if key in several else alone).append(place)
    changed = _bring(bundle, gather(table.take(others)), before, deltas, ADD)
    some = table.take(alone)
    new = _insert_whole(bundle, some, whole(some), deltas)
    return lambda: changed() + new()


def replace(cursor: CursorWrapper, incoming: Mapping[Key, Fills]) -> Replaced:
    """Put whole trades in place of what was known of them; unchanged ones change nothing."""
    bundle, deltas = Bundle(cursor), rollups.Deltas()
    before = _before(cursor, incoming)
    found = _bring(bundle, incoming, before, deltas, REPLACE)
    sums = _settle(bundle, deltas)
    bundle.send()
    booked = found()
    changed = sum(trade.key in before for trade in booked) + len(incoming) - len(before)
    more = cut(changed, max(one.closed_at for one in incoming.values()) / 1e6) if changed else []
    return Replaced(changed, sums() + frames_of(booked) + more)


def remove(cursor: CursorWrapper, keys: Sequence[Key]) -> list[Frame]:
    """Take trades out of the books."""
    bundle, deltas = Bundle(cursor), rollups.Deltas()
    cursor.execute(REMOVE, [rows.array(column) for column in zip(*keys, strict=True)])
    for closed_at, *of, pnl, fees in cursor.fetchall():
        deltas.add((us_of(closed_at), *of), pnl, fees, -1)
    sums = _settle(bundle, deltas)
    bundle.send()
    return sums()


def _settle(bundle: Bundle, deltas: rollups.Deltas) -> Later:
    """Steps 4 and 5 of `book`."""
    rollups.add_trades(bundle, deltas)
    paths.mark_stale(bundle, deltas.earliest)
    minutes = {(env, currency, minute) for minute, env, _, _, currency, _ in deltas.sums}
    return rollups.pnl_frames(bundle, minutes)


def _bring(
    bundle: Bundle,
    incoming: Mapping[Key, Fills],
    before: Mapping[Key, Counted],
    deltas: rollups.Deltas,
    statement: str,
) -> Found:
    """Merge `incoming`; finds the trades that changed and the newest of the new ones."""
    known = {key: fills for key, fills in incoming.items() if key in before}
    changed = _merge(bundle.cursor, known, statement)
    for trade in changed:
        _move(deltas, before[trade.key], trade)
    new = {key: fills for key, fills in incoming.items() if key not in before}
    for (env, source, currency, _), one in new.items():
        key = (one.closed_at, env, one.strategy, one.symbol, currency, source)
        deltas.add(key, one.pnl, one.fees)
    newest = _insert(bundle, _columns(new))
    return lambda: changed + newest()


def _before(cursor: CursorWrapper, keys: Iterable[Key]) -> dict[Key, Counted]:
    """What the trades that exist contribute; they are locked, in order."""
    wanted = list(keys)
    if not wanted:
        return {}
    cursor.execute(KNOWN, _arrays(wanted))
    known = sorted(set(cursor.fetchall()))
    if not known:
        return {}
    cursor.execute(LOCK, _arrays(known))
    return {row[:4]: Counted(*row[4:]) for row in cursor.fetchall()}


def _arrays(keys: Sequence[Key]) -> list[str]:
    return [rows.array(column) for column in zip(*keys, strict=True)]


def _insert_whole(
    bundle: Bundle,
    table: Table,
    new: Mapping[str, Sequence[Any]],
    deltas: rollups.Deltas,
) -> Found:
    """As `_insert`, of fills that are a new trade each; they are counted, too."""
    if not len(table):
        return list
    with _inserting(bundle.cursor, new):
        counted = rollups.Deltas.of_new(table, cast("list[str]", new["fees"]))
    deltas.join(counted)
    return _shown(bundle, new)


def _insert(bundle: Bundle, new: Mapping[str, Sequence[Any]]) -> Found:
    """Write new trades, given as columns; finds the newest of them as they stand."""
    if not new:
        return list
    with _inserting(bundle.cursor, new):
        pass
    return _shown(bundle, new)


@contextmanager
def _inserting(cursor: CursorWrapper, new: Mapping[str, Sequence[Any]]) -> Iterator[None]:
    """Write new trades beside what the caller does meanwhile. Raises Raced at the end."""
    columns = [new[name] for name in COLUMNS]
    try:
        with rows.copying(cursor, "analytics_trade", COLUMNS, columns):
            yield
    except UniqueViolation as error:
        raise Raced from error


def _shown(bundle: Bundle, new: Mapping[str, Sequence[Any]]) -> Found:
    times = new["closed_at"]
    newest = sorted(range(len(times)), key=times.__getitem__)[-LISTED:]
    keys = [rows.array([new[name][place] for place in newest]) for name in KEY]
    answer = bundle.add(FIND, keys)
    return lambda: [Booked(*row) for row in answer.rows]


def _merge(cursor: CursorWrapper, existing: Mapping[Key, Fills], statement: str) -> list[Booked]:
    if not existing:
        return []
    cursor.execute(TEMP)
    columns = _columns(existing)
    rows.copy(cursor, "incoming_trade", COLUMNS, [columns[name] for name in COLUMNS])
    cursor.execute(statement)
    changed = [Booked(*row) for row in cursor.fetchall()]
    cursor.execute("DELETE FROM incoming_trade")
    return changed


def _columns(trades: Mapping[Key, Fills]) -> dict[str, Sequence[Any]]:
    if not trades:
        return {}
    fills = list(trades.values())
    return {
        **dict(zip(KEY, zip(*trades, strict=True), strict=True)),
        **{name: [getattr(one, name) for one in fills] for name in COLUMNS if name not in KEY},
    }


def _move(deltas: rollups.Deltas, old: Counted, trade: Booked) -> None:
    """Take out what the trade contributed, put in what it contributes now."""
    env, source, currency, _ = trade.key
    key = (us_of(old.closed_at), env, old.strategy, old.symbol, currency, source)
    deltas.add(key, old.pnl, old.fees, -1)
    key = (us_of(trade.closed_at), env, trade.strategy, trade.symbol, currency, source)
    deltas.add(key, trade.pnl, trade.fees)
