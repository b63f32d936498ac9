"""Rollups and days made again from the rows they sum: identical, whatever went before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.db import connections, transaction

from analytics import retention, sketches, walks
from analytics.buckets import COUNTED
from analytics.models.events import Env
from analytics.paths import WHOLE

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

# Writers of the trades and rollups wait (an engine retries), readers do not.
LOCK = """
LOCK TABLE analytics_trade, analytics_traderollup, analytics_eventrollup, analytics_staleday,
  analytics_accountday, analytics_sketchpart, analytics_sketch
IN SHARE ROW EXCLUSIVE MODE
"""
SPAN = """
SELECT date_trunc('month', min({column}), 'UTC'), date_trunc('month', max({column}), 'UTC')
FROM {table}
"""
UNITS = "(VALUES ('m', 'minute'), ('h', 'hour'), ('d', 'day')) AS u(unit, step)"
TRADES = f"""
INSERT INTO analytics_traderollup (unit, bucket, env, strategy, symbol, currency, source, trades,
    wins, losses, breakeven, gross_profit, gross_loss, pnl, fees)
SELECT unit, date_trunc(step, at, 'UTC'), env, strategy, symbol, currency, source,
       count(pnl), count(*) FILTER (WHERE round(pnl, 8) > 0),
       count(*) FILTER (WHERE round(pnl, 8) < 0), count(*) FILTER (WHERE round(pnl, 8) = 0),
       coalesce(sum(pnl) FILTER (WHERE round(pnl, 8) > 0), 0),
       coalesce(-sum(pnl) FILTER (WHERE round(pnl, 8) < 0), 0), coalesce(sum(pnl), 0), sum(fees)
FROM (
    SELECT closed_at AS at, env, strategy, symbol, currency, source, pnl, fees FROM analytics_trade
    UNION ALL
    SELECT ts, env, strategy, symbol, currency, source, NULL, fee FROM analytics_execution
    WHERE %(book)s = 'stream' AND pnl IS NULL AND fee <> 0
      AND status IN ('FILLED', 'PARTIALLY_FILLED')
      AND (fee_currency = '' OR upper(fee_currency) = currency)
) AS paid, {UNITS}
WHERE env = ANY(%(envs)s) AND at >= %(from)s AND at < %(to)s
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""  # noqa: S608 - constants only
EVENTS = """
INSERT INTO analytics_eventrollup (unit, bucket, kind, label, env, strategy, count)
SELECT unit, date_trunc(step, ts, 'UTC'), %(kind)s, {label}, env, strategy, count(*)
FROM {table}, {units} WHERE {condition} AND ts >= %(from)s AND ts < %(to)s GROUP BY 1, 2, 4, 5, 6
"""
DAYS = """
INSERT INTO analytics_accountday (env, currency, strategy, day, pnl, low, high, drop, resume_pnl,
    resume_low, resume_high, resume_drop, version)
SELECT DISTINCT env, currency, scope, (closed_at AT TIME ZONE 'UTC')::date, 0, 0, 0, 0, 0, 0, 0, 0,
       extract(epoch FROM now())::bigint
FROM analytics_trade, LATERAL (VALUES (strategy), ('*')) AS s(scope)
"""
STALE = """
INSERT INTO analytics_staleday (env, currency, strategy, day, at)
SELECT env, currency, strategy, day, day::timestamp AT TIME ZONE 'UTC' FROM analytics_accountday
"""
SKETCHES = f"""
INSERT INTO analytics_sketch (unit, bucket, name, env, strategy, symbol, slots, counts)
SELECT unit, bucket, %(name)s, env, strategy, symbol, array_agg(slot ORDER BY slot),
       array_agg(n ORDER BY slot)
FROM (
    SELECT unit, date_trunc(step, ts, 'UTC') AS bucket, env, strategy, symbol,
           {sketches.SLOT.format(value="{column}")} AS slot, count(*) AS n
    FROM analytics_execution, (VALUES ('h', 'hour'), ('d', 'day')) AS u(unit, step)
    WHERE {{column}} IS NOT NULL AND ts >= %(from)s AND ts < %(to)s
    GROUP BY 1, 2, 3, 4, 5, 6) AS found
GROUP BY 1, 2, 4, 5, 6
"""  # noqa: S608 - constants only
TABLES = (
    "analytics_traderollup", "analytics_eventrollup", "analytics_sketch", "analytics_accountday",
)  # fmt: skip
DAYS_AT_ONCE = 200

type Span = tuple[datetime | None, datetime | None]
type Tell = Callable[[int, int], None]


class Piece(NamedTuple):
    """One month of one table's sums."""

    table: str
    statement: str
    asked: dict[str, Any]


def silent(done: int, total: int) -> None:
    """Nobody watches."""


def rollups(tell: Tell = silent) -> dict[str, int]:
    """Rebuild every rollup and day in one transaction; returns the number of rows by table.

    Buckets older than the oldest events that are still kept stay as they are. It goes by months,
    which no bucket spans; `tell` hears after each how many of how many pieces are done.
    """
    alias = retention.owner_alias()
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL lock_timeout = '60s'")
        cursor.execute(LOCK)
        made = dict.fromkeys(TABLES, 0)
        pieces = [*_trades(cursor), *_events(cursor), *_sketches(cursor)]
        cursor.execute("DELETE FROM analytics_accountday")
        cursor.execute("DELETE FROM analytics_staleday")
        cursor.execute(DAYS)
        made["analytics_accountday"] = cursor.rowcount
        cursor.execute(STALE)
        cursor.execute("SELECT count(*) FROM analytics_accountday WHERE strategy = %s", [WHOLE])
        rounds = -(-cursor.fetchone()[0] // DAYS_AT_ONCE)
        for done, piece in enumerate(pieces, 1):
            cursor.execute(piece.statement, piece.asked)
            made[piece.table] += cursor.rowcount
            tell(done, len(pieces) + rounds)
        for done in range(1, rounds + 1):
            walks.bring_up_to_date(cursor, most=DAYS_AT_ONCE)
            tell(len(pieces) + done, len(pieces) + rounds)
        return made


def _trades(cursor: CursorWrapper) -> list[Piece]:
    """Where the stream is the book, fees of fills are summed too: from the first that is kept."""
    of_stream = settings.BOOK == "stream"
    first = _span(cursor, "analytics_execution", "ts")[0] if of_stream else None
    cursor.execute(
        "DELETE FROM analytics_traderollup WHERE %s::timestamptz IS NULL OR bucket >= %s",
        [first, first],
    )
    asked = {"book": settings.BOOK, "envs": Env.values}  # all: the index begins with it
    spans = [_span(cursor, "analytics_trade", "closed_at")]
    spans += [_span(cursor, "analytics_execution", "ts")] if of_stream else []
    months = {month for span in spans for month in _months(*span) if not first or month >= first}
    return [
        Piece("analytics_traderollup", TRADES, _month(month) | asked) for month in sorted(months)
    ]


def _events(cursor: CursorWrapper) -> list[Piece]:
    pieces = []
    for kind, (table, label, condition) in COUNTED.items():
        span = _span(cursor, table, "ts")
        if span[0] is not None:
            cursor.execute(
                "DELETE FROM analytics_eventrollup WHERE kind = %s AND bucket >= %s",
                [kind, span[0]],
            )
        statement = EVENTS.format(table=table, label=label, condition=condition, units=UNITS)
        pieces += [
            Piece("analytics_eventrollup", statement, _month(month) | {"kind": kind})
            for month in _months(*span)
        ]
    return pieces


def _sketches(cursor: CursorWrapper) -> list[Piece]:
    span = _span(cursor, "analytics_execution", "ts")
    if span[0] is not None:
        cursor.execute("DELETE FROM analytics_sketch WHERE bucket >= %s", [span[0]])
        cursor.execute("DELETE FROM analytics_sketchpart WHERE bucket >= %s", [span[0]])
    return [
        Piece("analytics_sketch", SKETCHES.format(column=column), _month(month) | {"name": name})
        for name, column in sketches.SKETCHED.items()
        for month in _months(*span)
    ]


def _span(cursor: CursorWrapper, table: str, column: str) -> Span:
    """The first and the last month that a table has rows of."""
    cursor.execute(SPAN.format(table=table, column=column))
    found: Span = cursor.fetchone()
    return found


def _months(first: datetime | None, last: datetime | None) -> Iterator[datetime]:
    while first is not None and last is not None and first <= last:
        yield first.astimezone(UTC)
        first = _next(first)


def _month(first: datetime) -> dict[str, Any]:
    return {"from": first, "to": _next(first)}


def _next(month: datetime) -> datetime:
    return (month.astimezone(UTC) + timedelta(days=31)).replace(day=1)
