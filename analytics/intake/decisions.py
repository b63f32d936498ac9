"""Risk decisions: rows, counts by outcome, and how far each limit is used."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from analytics import rollups, streams
from analytics.events import Table
from analytics.intake.common import Runs, added, counts, insert, reasons
from analytics.rows import EVENT
from analytics.streams import Stored

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

STREAM = "risk_decisions"
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
    insert(cursor, TABLE, COLUMNS, new)
    rollups.count(cursor, "decision", counts(new, "decision"))
    refused = reasons(new, "reason_code", outcome="decision", counted=REFUSED)
    rollups.count(cursor, "refusal", refused)
    runs = Runs(STREAM)
    _add_usages(runs, new)
    _add_exposures(runs, new)
    return Stored(
        fresh=len(new),
        duplicates=len(table) - len(new),
        runs=list(runs.found.values()),
        frames=added(new, "decisions"),
    )


def _add_usages(runs: Runs, table: Table) -> None:
    """Used / allowed of each limit that was named; an absence where one of both is no number."""
    limits = zip(table["limit_name"], table["limit_used"], table["limit_value"], strict=True)
    told = [
        (place, _usage(used, allowed))
        for place, (name, used, allowed) in enumerate(limits)
        if name and (used is not None or allowed is not None)
    ]
    if told:
        some = table.take([place for place, _ in told])
        usages, labels = [usage for _, usage in told], {"limit": some["limit_name"]}
        runs.add("limit_usage_ratio", some, usages, labels=labels, absences=True)


def _usage(used: str | None, allowed: str | None) -> float | None:
    if used is None or allowed is None or not float(allowed):
        return None
    return float(used) / float(allowed)


def _add_exposures(runs: Runs, table: Table) -> None:
    names = {name for sent in table["exposures"] if sent for name in sent}
    for name in sorted(names):
        places = [place for place, sent in enumerate(table["exposures"]) if name in sent]
        some = table.take(places)
        runs.add(name, some, [sent[name] for sent in some["exposures"]], absences=True)
