"""The agent's own table `trading.trades`, read only, as the book of record.

Its columns are looked up once a connection; each one that is missing switches off what needs it,
and `AgentTable` says so. Rows are found again by (closing time, id) from a little before the newest
one, so that late and edited rows of that span correct the books.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha1
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from analytics import trades
from analytics.events.envelope import ENVS, normal_symbol
from analytics.events.table import moment, us_of
from analytics.events.trading import SIDES, STATUSES
from analytics.fields import InvalidEvent, instant, number
from analytics.fills import Fills, Key
from analytics.live import Frame
from analytics.models import AgentTable, Trade

if TYPE_CHECKING:
    import psycopg

SCHEMA, TABLE = "trading", "trades"
SOURCE = f"{SCHEMA}.{TABLE}"
AT_ONCE = 5_000  # rows read and stored in one transaction
MOST_COMPARED = 200_000  # keys held in memory to see what the first pass no longer finds
RESCAN = timedelta(hours=1)  # how far back late, edited and deleted rows are looked for
TIMES = ("closed_at", "executed_at", "updated_at", "timestamp", "created_at")
NAMES: Mapping[str, tuple[str, ...]] = {
    "pnl": ("pnl",),
    "status": ("status",),
    "id": ("id", "trade_id"),
    "closed_at": TIMES,
    "opened_at": ("opened_at",),
    "symbol": ("symbol", "pair"),
    "side": ("side",),
    "quantity": ("quantity", "qty", "amount"),
    "price": ("price", "exit_price"),
    "fee": ("fee", "fees", "commission"),
    "strategy": ("strategy", "strategy_id"),
    "env": ("env", "environment"),
    "exit_reason": ("exit_reason",),
}  # what it is to us -> names that the column may have
NEEDED = ("pnl", "status", "closed_at")
LOST = {
    "id": "rows are told apart by their contents",
    "opened_at": "no opening times",
    "symbol": "no figures by symbol; all in the reporting currency",
    "side": "no sides",
    "quantity": "no quantities",
    "price": "no prices",
    "fee": "no fees",
    "strategy": "no figures by strategy",
    "env": "everything counts as live",
    "exit_reason": "no exit reasons",
    "pnl": "no PnL: the table is not read",
    "status": "no status: the table is not read",
    "closed_at": "no time column: the table is not read",
}  # missing column -> what is off without it


class Unreadable(Exception):
    """The table lacks a column that nothing works without; the message names it."""


class Row(NamedTuple):
    """One realised trade of the table."""

    key: Key
    fills: Fills


@dataclass(slots=True)
class Position:
    """Where the reading stands: None starts over, which every engine does once."""

    newest: datetime | None = None


def columns(source: psycopg.Connection[Any]) -> dict[str, str]:
    """Our name -> the table's column, of those that exist."""
    found = source.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = %s AND table_name = %s",
        [SCHEMA, TABLE],
    ).fetchall()
    have = {name for (name,) in found}
    chosen = {
        ours: next((name for name in names if name in have), None) for ours, names in NAMES.items()
    }
    return {ours: name for ours, name in chosen.items() if name is not None}


def sync(source: psycopg.Connection[Any], position: Position, *, now: datetime) -> list[Frame]:
    """Bring our trades in line with the table, from `position` on; returns frames to push.

    Raises Unreadable, and psycopg.Error when the agent's database is away.
    """
    have = columns(source)
    missing = {name: LOST[name] for name in NAMES if name not in have}
    _note(columns=have, missing=missing, error="", read_at=now)
    if any(name in missing for name in NEEDED):
        raise Unreadable("; ".join(missing[name] for name in NEEDED if name in missing))
    frames: list[Frame] = []
    start = None if position.newest is None else position.newest - RESCAN
    after: tuple[Any, Any] | None = None
    seen: set[Key] = set()
    while True:
        raw = _page(source, have, start, after)
        rows = [row for row in (_row(have, values, now) for values in raw) if row is not None]
        seen |= {row.key for row in rows}
        frames += _store(rows)
        if raw:
            after = (raw[-1]["closed_at"], raw[-1].get("id"))
            position.newest = max(
                [moment(row.fills.closed_at) for row in rows]
                + ([position.newest] if position.newest else []),
                default=position.newest,
            )
        if len(raw) < AT_ONCE or "id" not in have:
            return frames + _remove_missing(seen, start)


def _note(**fields: Any) -> None:
    AgentTable.objects.update_or_create(name=SOURCE, defaults=fields)


def note_failure(error: str, *, now: datetime) -> None:
    """Say on the system page that the table could not be read."""
    _note(error=error[:500], read_at=now)


def _page(
    source: psycopg.Connection[Any],
    have: Mapping[str, str],
    start: datetime | None,
    after: tuple[Any, Any] | None,
) -> list[dict[str, Any]]:
    """The next rows by (closing time, id) as dicts under our names."""
    time = sql.Identifier(have["closed_at"])
    order = [time] + ([sql.Identifier(have["id"])] if "id" in have else [])
    where: list[sql.Composable] = [sql.SQL("{} IS NOT NULL").format(time)]
    values: list[Any] = []
    if after is not None:
        where.append(sql.SQL("({}) > (%s, %s)").format(sql.SQL(", ").join(order)))
        values += after
    elif start is not None:
        where.append(sql.SQL("{} >= %s").format(time))
        values.append(_bound(source, have["closed_at"], start))
    query = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT {}").format(
        sql.SQL(", ").join(sql.Identifier(name) for name in have.values()),
        sql.Identifier(SCHEMA, TABLE),
        sql.SQL(" AND ").join(where),
        sql.SQL(", ").join(order),
        AT_ONCE if "id" in have else sql.SQL("ALL"),
    )
    found = source.execute(query, values).fetchall()
    return [dict(zip(have, row, strict=True)) for row in found]


def _bound(source: psycopg.Connection[Any], column: str, start: datetime) -> Any:
    """`start` in the type of the time column: timestamptz, timestamp (UTC), or ms since 1970."""
    found = source.execute(
        "SELECT data_type FROM information_schema.columns"
        " WHERE table_schema = %s AND table_name = %s AND column_name = %s",
        [SCHEMA, TABLE, column],
    ).fetchone()
    kind = found[0] if found else ""
    if "time zone" not in kind:
        return int(start.timestamp() * 1_000)
    return start if kind == "timestamp with time zone" else start.replace(tzinfo=None)


def _row(have: Mapping[str, str], values: Mapping[str, Any], now: datetime) -> Row | None:
    """A realised trade, or None: not filled, no PnL yet, or not readable."""
    if STATUSES.get(str(values["status"]).strip().lower()) != "FILLED":
        return None
    try:
        pnl = number(values["pnl"], "pnl")
        closed_at = instant(_text_time(values["closed_at"]), "closed_at", None)
        opened_at = instant(_text_time(values.get("opened_at")), "opened_at", None)
        quantity = number(values.get("quantity"), "quantity")
        price = number(values.get("price"), "price")
        fee = number(values.get("fee"), "fee")
    except InvalidEvent:
        return None
    if pnl is None or closed_at is None:
        return None
    symbol = normal_symbol(str(values.get("symbol") or ""))
    currency = symbol.partition("/")[2] or settings.REPORTING_CURRENCY
    env = ENVS.get(str(values.get("env") or "live").lower(), "live")
    fills = Fills(
        strategy=str(values.get("strategy") or ""),
        symbol=symbol,
        side=SIDES.get(str(values.get("side") or "").lower(), ""),
        exit_reason=str(values.get("exit_reason") or ""),
        opened_at=None if opened_at is None else us_of(opened_at),
        closed_at=us_of(closed_at),
        quantity=quantity,
        price=price,
        pnl=pnl,
        fees=fee or Decimal(0),
    )
    return Row((env, SOURCE, currency, _identity(have, values)), fills)


def _text_time(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _identity(have: Mapping[str, str], values: Mapping[str, Any]) -> str:
    if "id" in have:
        return f"row:{values['id']}"
    told = repr([values.get(name) for name in ("closed_at", "symbol", "pnl")])
    return f"row:{sha1(told.encode(), usedforsecurity=False).hexdigest()}"


def _store(rows: Sequence[Row]) -> list[Frame]:
    if not rows:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        return trades.replace(cursor, dict(rows)).frames


def _remove_missing(seen: set[Key], start: datetime | None) -> list[Frame]:
    """Trades of the span that the table no longer holds are taken out of the books."""
    if start is None and len(seen) > MOST_COMPARED:
        return []
    held = Trade.objects.filter(source=SOURCE)
    if start is not None:
        held = held.filter(closed_at__gte=start)
    gone = [
        key
        for key in held.values_list("env", "source", "currency", "trade_key").iterator()
        if key not in seen
    ]
    if not gone:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        return trades.remove(cursor, gone)
