"""What the trading page shows below its charts, read after them: positions and the funnel."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required, permission_required
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from analytics import asked, choices, following, positions


@require_safe
@login_required
@permission_required("analytics.view_trade", raise_exception=True)
def more(request: HttpRequest) -> JsonResponse:
    now = timezone.now()
    view = asked.read(request.GET, choices.known(), now=now)
    with connection.cursor() as cursor:
        held = positions.held(cursor, view.scope, now=now)
    return JsonResponse(
        {
            "scope": view.scope.chosen,
            "positions": [one.told(now) for one in held],
            "funnel": following.stages(view),
        }
    )
