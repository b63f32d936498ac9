"""Rollups and days made again from the rows they sum: identical, whatever went before."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connections, transaction

from analytics import paths, retention, sketches
from analytics.buckets import COUNTED

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

# Writers of the trades and rollups wait (an engine retries), readers do not.
LOCK = """
LOCK TABLE analytics_trade, analytics_traderollup, analytics_eventrollup, analytics_accountday,
  analytics_sketch
IN SHARE ROW EXCLUSIVE MODE
"""
FIRST_MONTH = "SELECT date_trunc('month', min(ts), 'UTC') FROM {table}"
UNITS = "(VALUES ('m', 'minute'), ('h', 'hour'), ('d', 'day')) AS u(unit, step)"
TRADES = f"""
INSERT INTO analytics_traderollup (unit, bucket, env, strategy, symbol, currency, trades, wins,
    losses, breakeven, gross_profit, gross_loss, pnl, fees)
SELECT unit, date_trunc(step, at, 'UTC'), env, strategy, symbol, currency,
       count(pnl), count(*) FILTER (WHERE round(pnl, 8) > 0),
       count(*) FILTER (WHERE round(pnl, 8) < 0), count(*) FILTER (WHERE round(pnl, 8) = 0),
       coalesce(sum(pnl) FILTER (WHERE round(pnl, 8) > 0), 0),
       coalesce(-sum(pnl) FILTER (WHERE round(pnl, 8) < 0), 0), coalesce(sum(pnl), 0), sum(fees)
FROM (
    SELECT closed_at AS at, env, strategy, symbol, currency, pnl, fees FROM analytics_trade
    UNION ALL
    SELECT ts, env, strategy, symbol, currency, NULL, fee FROM analytics_execution
    WHERE %(book)s = 'stream' AND pnl IS NULL AND fee <> 0
      AND status IN ('FILLED', 'PARTIALLY_FILLED')
      AND (fee_currency = '' OR upper(fee_currency) = currency)
) AS paid, {UNITS}
WHERE %(first)s::timestamptz IS NULL OR at >= %(first)s
GROUP BY 1, 2, 3, 4, 5, 6
"""  # noqa: S608 - constants only
EVENTS = """
INSERT INTO analytics_eventrollup (unit, bucket, kind, label, env, strategy, count)
SELECT unit, date_trunc(step, ts, 'UTC'), %s, {label}, env, strategy, count(*)
FROM {table}, {units} WHERE {condition} GROUP BY 1, 2, 4, 5, 6
"""
DAYS = """
INSERT INTO analytics_accountday (env, currency, strategy, day, pnl, low, high, drop, resume_pnl,
    resume_low, resume_high, resume_drop, version, stale_from)
SELECT env, currency, scope, (closed_at AT TIME ZONE 'UTC')::date, 0, 0, 0, 0, 0, 0, 0, 0,
       extract(epoch FROM now())::bigint, min(closed_at)
FROM analytics_trade, LATERAL (VALUES (strategy), ('*')) AS s(scope) GROUP BY 1, 2, 3, 4
"""
SKETCHES = f"""
INSERT INTO analytics_sketch (unit, bucket, name, env, strategy, symbol, slots, counts)
SELECT unit, bucket, %s, env, strategy, symbol, array_agg(slot ORDER BY slot),
       array_agg(n ORDER BY slot)
FROM (
    SELECT unit, date_trunc(step, ts, 'UTC') AS bucket, env, strategy, symbol,
           {sketches.SLOT.format(value="{column}")} AS slot, count(*) AS n
    FROM analytics_execution, (VALUES ('h', 'hour'), ('d', 'day')) AS u(unit, step)
    WHERE {{column}} IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6) AS found
GROUP BY 1, 2, 4, 5, 6
"""  # noqa: S608 - constants only


def rollups() -> dict[str, int]:
    """Rebuild every rollup and day in one transaction; returns the number of rows by table.

    Buckets older than the oldest events that are still kept stay as they are.
    """
    alias = retention.owner_alias()
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL lock_timeout = '60s'")
        cursor.execute(LOCK)
        made = {"analytics_traderollup": _trades(cursor)}
        made["analytics_eventrollup"] = sum(_events(cursor, kind) for kind in COUNTED)
        made["analytics_sketch"] = _sketches(cursor)
        cursor.execute("DELETE FROM analytics_accountday")
        cursor.execute(DAYS)
        made["analytics_accountday"] = cursor.rowcount
        while paths.bring_up_to_date(cursor):
            pass
        return made


def _trades(cursor: CursorWrapper) -> int:
    first = _first_month(cursor, "analytics_execution") if settings.BOOK == "stream" else None
    cursor.execute(
        "DELETE FROM analytics_traderollup WHERE %s::timestamptz IS NULL OR bucket >= %s",
        [first, first],
    )
    cursor.execute(TRADES, {"first": first, "book": settings.BOOK})
    return int(cursor.rowcount)


def _events(cursor: CursorWrapper, kind: str) -> int:
    table, label, condition = COUNTED[kind]
    first = _first_month(cursor, table)
    if first is None:
        return 0
    cursor.execute(
        "DELETE FROM analytics_eventrollup WHERE kind = %s AND bucket >= %s", [kind, first]
    )
    wanted = EVENTS.format(table=table, label=label, condition=condition, units=UNITS)
    cursor.execute(wanted, [kind])
    return int(cursor.rowcount)


def _sketches(cursor: CursorWrapper) -> int:
    first = _first_month(cursor, "analytics_execution")
    if first is None:
        return 0
    cursor.execute("DELETE FROM analytics_sketch WHERE bucket >= %s", [first])
    made = 0
    for name, column in sketches.SKETCHED.items():
        cursor.execute(SKETCHES.format(column=column), [name])
        made += cursor.rowcount
    return made


def _first_month(cursor: CursorWrapper, table: str) -> datetime | None:
    cursor.execute(FIRST_MONTH.format(table=table))
    found: datetime | None = cursor.fetchone()[0]
    return found
