"""The risk page and its state as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from analytics import asked, charts, risk, toolbar
from analytics.asked import Asked
from analytics.live import position

SEEN = permission_required("analytics.view_riskdecision", raise_exception=True)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Outcome, word, and the colour of the series (risk.js has the same).
OUTCOMES = (
    ("approved", "Approved", 3),
    ("reduced", "Reduced", 5),
    ("rejected", "Rejected", 2),
    ("halted", "Halted", 7),
    ("resumed", "Resumed", 6),
)


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
        "outcomes": OUTCOMES,
        "weekdays": WEEKDAYS,
        "hours": range(24),
    }
    return render(request, "analytics/risk.html", context)


@require_safe
@login_required
@SEEN
def state(request: HttpRequest) -> JsonResponse:
    """What the page shows, for the page itself; equal to what a new page holds."""
    now, seq = timezone.now(), position()
    view = asked.read(request.GET, charts.choices(), now=now)
    return JsonResponse(_state(view, seq=seq, now=now))


def _state(view: Asked, *, seq: str, now: datetime) -> dict[str, Any]:
    return risk.state(view.scope, view.span, now=now) | {"seq": seq, "follows": view.follows}
