"""Trading signals: rows, counts by type and minute."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from analytics import rollups, streams
from analytics.bundle import Bundle
from analytics.events import Table
from analytics.intake.common import counts, inserting, runs
from analytics.rows import EVENT
from analytics.streams import Stored

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

TABLE = "analytics_signal"
COLUMNS = {
    **EVENT,
    "signal_id": "text",
    "signal_type": "text",
    "strength": "float8",
    "confidence": "float8",
    "price": "numeric",
    "timeframe": "text",
}


def store_signals(cursor: CursorWrapper, table: Table, *, now: datetime) -> Stored:
    new = streams.unseen(cursor, table)
    with inserting(cursor, TABLE, COLUMNS, new):
        counted = counts(new, "signal_type")
        signals = runs(new, "signals", np.ones(len(new)))
    bundle = Bundle(cursor)
    rollups.count(bundle, "signal", counted)
    frames = rollups.signal_frames(bundle, {(env, minute) for minute, _, env, _ in counted})
    bundle.send()
    return Stored(
        fresh=len(new),
        duplicates=len(table) - len(new),
        runs=signals,
        frames=frames(),
    )
