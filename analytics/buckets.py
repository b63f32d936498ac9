"""Where sums are read: from the rollups, or from rows for what the rollups do not tell apart.

A relation for FROM, with the columns of the rollup that it stands for. Each row of an event is then
a bucket of its own in all three units, so that the statements need not know.
"""

from __future__ import annotations

from collections.abc import Iterable

from analytics.intake.decisions import REFUSED
from analytics.intake.executions import REJECTED
from analytics.rollups import REASON
from analytics.scope import Scope

UNITS = "(VALUES ('m'), ('h'), ('d')) AS u(unit)"
TRADE_ROLLUP = "analytics_traderollup"
EVENT_ROLLUP = "analytics_eventrollup"
# Rollups of trades do not know the source.
TRADE_ROWS = f"""(
    SELECT unit, at AS bucket, env, strategy, symbol, currency,
           CASE WHEN pnl IS NULL THEN 0 ELSE 1 END AS trades,
           CASE WHEN round(pnl, 8) > 0 THEN 1 ELSE 0 END AS wins,
           CASE WHEN round(pnl, 8) < 0 THEN 1 ELSE 0 END AS losses,
           CASE WHEN round(pnl, 8) = 0 THEN 1 ELSE 0 END AS breakeven,
           CASE WHEN round(pnl, 8) > 0 THEN pnl ELSE 0 END AS gross_profit,
           CASE WHEN round(pnl, 8) < 0 THEN -pnl ELSE 0 END AS gross_loss,
           coalesce(pnl, 0) AS pnl, fees
    FROM (
        SELECT closed_at AS at, env, strategy, symbol, currency, pnl, fees
        FROM analytics_trade WHERE source = %(source)s
        UNION ALL
        SELECT ts, env, strategy, symbol, currency, NULL, fee
        FROM analytics_execution
        WHERE source = %(source)s AND %(book)s = 'stream' AND pnl IS NULL AND fee <> 0
          AND status IN ('FILLED', 'PARTIALLY_FILLED')
          AND (fee_currency = '' OR upper(fee_currency) = currency)
    ) AS paid, {UNITS}
) AS rows_of_trades"""  # noqa: S608 - constants only
# Those of events know neither source nor symbol, nor the currency of an order.
EVENT_ROWS = """(
    SELECT unit, ts AS bucket, '{kind}' AS kind, {label} AS label, env, strategy, 1::bigint AS count
    FROM {table}, {units}
    WHERE {condition} AND (%(symbol)s = '' OR symbol = %(symbol)s)
      AND (%(source)s = '' OR source = %(source)s) {more}
) AS rows_of_events"""


def _listed(words: Iterable[str]) -> str:
    return f"({', '.join(f"'{word}'" for word in words)})"


# kind: the table, the label, which of its events
COUNTED = {
    "order": ("analytics_execution", "status", "true"),
    "rejection": (
        "analytics_execution", f"left(reject_reason, {REASON})", f"status IN {_listed(REJECTED)}"
    ),
    "signal": ("analytics_signal", "signal_type", "true"),
    "decision": ("analytics_riskdecision", "decision", "true"),
    "refusal": (
        "analytics_riskdecision", f"left(reason_code, {REASON})", f"decision IN {_listed(REFUSED)}"
    ),
}  # fmt: skip
OF_ORDERS = frozenset(("order", "rejection"))


def trades(source: str) -> str:
    """Sums of trades and fees; the statement's parameters are those of `Scope.asked`."""
    return TRADE_ROWS if source else TRADE_ROLLUP


def events(scope: Scope, kind: str) -> str:
    """Counts of a kind; rows reach back as far as events are kept (RETENTION_EVENTS_DAYS)."""
    by_currency = kind in OF_ORDERS and scope.several
    if not (scope.symbol or scope.source or by_currency):
        return EVENT_ROLLUP
    table, label, condition = COUNTED[kind]
    more = "AND currency = %(currency)s" if by_currency else ""
    return EVENT_ROWS.format(
        kind=kind, table=table, label=label, condition=condition, units=UNITS, more=more
    )
