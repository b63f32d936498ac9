"""The execution page and its state as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from analytics import asked, charts, execution, toolbar
from analytics.asked import Asked
from analytics.live import position

# Status, word, and the colour of the series (execution.js has the same).
STATUSES = (
    ("FILLED", "Filled", 3),
    ("PARTIALLY_FILLED", "Partly filled", 5),
    ("REJECTED", "Rejected", 2),
    ("CANCELLED", "Cancelled", 4),
    ("EXPIRED", "Expired", 6),
    ("NEW", "New", 1),
)
SEEN = permission_required("analytics.view_execution", raise_exception=True)


@require_safe
@login_required
@SEEN
def page(request: HttpRequest) -> HttpResponse:
    now, seq = timezone.now(), position()
    known = charts.choices()
    view = asked.read(request.GET, known, now=now)
    context = {
        **toolbar.of(request.GET, view, known),
        "state": _state(view, seq=seq, now=now),
        "statuses": STATUSES,
    }
    return render(request, "analytics/execution.html", context)


@require_safe
@login_required
@SEEN
def state(request: HttpRequest) -> JsonResponse:
    """What the page shows, for the page itself; equal to what a new page holds."""
    now, seq = timezone.now(), position()
    view = asked.read(request.GET, charts.choices(), now=now)
    return JsonResponse(_state(view, seq=seq, now=now))


def _state(view: Asked, *, seq: str, now: datetime) -> dict[str, Any]:
    shown = execution.state(view.scope, view.span, now=now)
    return shown | {"tiles": execution.tiles(shown), "seq": seq, "follows": view.follows}
