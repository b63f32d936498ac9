"""What the trading page shows below its charts, read after them: positions and the funnel."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from analytics import asked, choices, orders, positions
from analytics.asked import Asked
from analytics.scope import Scope
from analytics.scorecard import trading

MOST_SIGNALS = 200_000  # whose way to a trade is looked up for one page
SIGNALS = """
SELECT count(*) FROM (
    SELECT FROM analytics_signal
    WHERE env = %(env)s AND ts >= %(start)s AND ts < %(end)s LIMIT %(most)s + 1) AS counted
"""


@require_safe
@login_required
@permission_required("analytics.view_trade", raise_exception=True)
def more(request: HttpRequest) -> JsonResponse:
    now = timezone.now()
    view = asked.read(request.GET, choices.known(), now=now)
    return JsonResponse(
        {
            "scope": view.scope.chosen,
            "positions": held(view.scope, now=now),
            "funnel": funnel(view),
        }
    )


def held(scope: Scope, *, now: datetime) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        return [one.told(now) for one in positions.held(cursor, scope, now=now)]


def funnel(view: Asked) -> list[dict[str, Any]] | None:
    """The stages of the range; None where it holds too many signals."""
    start, end = view.span.start, view.span.end
    chosen = {**view.scope.chosen, "start": start, "end": end}
    with connection.cursor() as cursor:
        cursor.execute(SIGNALS, chosen | {"most": MOST_SIGNALS})
        if cursor.fetchone()[0] > MOST_SIGNALS:
            return None
        return trading.of_stages(orders.stages(cursor, chosen))
