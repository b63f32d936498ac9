"""The system page and its state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from analytics import live
from health import board, dependencies

PERMISSION = "health.view_component"


@require_safe
@login_required
@permission_required(PERMISSION, raise_exception=True)
def system(request: HttpRequest) -> HttpResponse:
    return render(request, "health/system.html", {"state": _state()})


@never_cache
@require_safe
@login_required
@permission_required(PERMISSION, raise_exception=True)
def system_state(request: HttpRequest) -> HttpResponse:
    return JsonResponse(_state())


def _state() -> dict[str, Any]:
    """Everything the page shows. `seq` is read first: no frame between it and the rows is lost."""
    seq = _newest_frame()
    now = datetime.now(UTC)
    snapshot = board.snapshot(now=now)
    return {
        "seq": seq,
        "now": now.timestamp(),
        "rows": board.keyed(snapshot),
        "errors": snapshot.errors,
        "dependencies": dependencies.rows(now=now),
    }


def _newest_frame() -> str | None:
    try:
        return live.newest_id(dependencies.redis_client(settings.REDIS_URL))
    except RedisError:
        return None  # the page works, and its socket will say that it does not
