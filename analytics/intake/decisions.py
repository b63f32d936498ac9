"""Risk decisions: rows, counts by outcome, and how far each limit is used."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from analytics import rollups, streams
from analytics.bundle import Bundle
from analytics.events import Table
from analytics.intake.common import added, counts, inserting, reasons, runs
from analytics.rows import EVENT
from analytics.series import Run
from analytics.streams import Stored

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

TABLE = "analytics_riskdecision"
COLUMNS = {
    **EVENT,
    "decision_id": "text",
    "signal_id": "text",
    "side": "text",
    "decision": "text",
    "reason_code": "text",
    "reason": "text",
    "limit_name": "text",
    "limit_value": "numeric",
    "limit_used": "numeric",
    "requested_qty": "numeric",
    "approved_qty": "numeric",
    "decision_seconds": "float8",
    "trading_state": "text",
}
REFUSED = ("rejected", "reduced", "halted")


def store_decisions(cursor: CursorWrapper, table: Table, *, now: datetime) -> Stored:
    new = streams.unseen(cursor, table)
    with inserting(cursor, TABLE, COLUMNS, new):
        stored = Stored(
            fresh=len(new),
            duplicates=len(table) - len(new),
            runs=_usages(new) + _exposures(new),
            frames=added(new, "decisions"),
        )
        outcomes = counts(new, "decision")
        refused = reasons(new, "reason_code", outcome="decision", counted=REFUSED)
    bundle = Bundle(cursor)
    rollups.count(bundle, "decision", outcomes)
    rollups.count(bundle, "refusal", refused)
    bundle.send()
    return stored


def _usages(table: Table) -> list[Run]:
    """Used / allowed of each limit that was named; an absence where one of both is no number."""
    used, allowed = table.floats("limit_used"), table.floats("limit_value")
    named = np.array([bool(name) for name in table["limit_name"]], dtype=bool)
    told = named & ~(np.isnan(used) & np.isnan(allowed))
    usages = np.divide(used, allowed, out=np.full(len(table), np.nan), where=allowed != 0)
    return runs(table, "limit_usage_ratio", usages, given=told, more={"limit": "limit_name"})


def _exposures(table: Table) -> list[Run]:
    """Every exposure that was sent, also as none."""
    found: list[Run] = []
    for name in sorted({name for sent in table["exposures"] if sent for name in sent}):
        some = table.take([at for at, sent in enumerate(table["exposures"]) if name in sent])
        values = np.array([sent[name] for sent in some["exposures"]], dtype=np.float64)
        found += runs(some, name, values, given=np.ones(len(some), dtype=bool))
    return found
