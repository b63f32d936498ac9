"""The execution page and its state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from analytics import execution
from analytics.asked import Asked
from analytics.sums_views import Sums

# Status, word, and the colour of the series (execution.js has the same).
STATUSES = (
    ("FILLED", "Filled", 3),
    ("PARTIALLY_FILLED", "Partly filled", 5),
    ("REJECTED", "Rejected", 2),
    ("CANCELLED", "Cancelled", 4),
    ("EXPIRED", "Expired", 6),
    ("NEW", "New", 1),
)


def _state(view: Asked, now: datetime) -> dict[str, Any]:
    shown = execution.state(view.scope, view.span, now=now, compares=view.compares)
    return shown | {"tiles": execution.tiles(shown)}


page, state = Sums(
    "analytics/execution.html", "analytics.view_execution", _state, more={"statuses": STATUSES}
).views()
