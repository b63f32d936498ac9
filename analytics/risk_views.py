"""The risk page and its state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from analytics import risk
from analytics.asked import Asked
from analytics.sums_views import Sums

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Outcome, word, and the colour of the series (risk.js has the same).
OUTCOMES = (
    ("approved", "Approved", 3),
    ("reduced", "Reduced", 5),
    ("rejected", "Rejected", 2),
    ("halted", "Halted", 7),
    ("resumed", "Resumed", 6),
)


def _state(view: Asked, now: datetime) -> dict[str, Any]:
    return risk.state(
        view.scope,
        view.span,
        now=now,
        reader=timezone.get_current_timezone(),
        compares=view.compares,
    )


page, state = Sums(
    "analytics/risk.html",
    "analytics.view_riskdecision",
    _state,
    more={"outcomes": OUTCOMES, "weekdays": WEEKDAYS, "hours": range(24)},
).views()
