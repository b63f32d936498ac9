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
EVENT_ROLLUP = "analytics_eventrollup"
# Rollups of events know neither source nor symbol, nor the currency of an order.
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
