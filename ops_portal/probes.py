"""Is the portal alive (`/livez`), and may it take traffic (`/readyz`)?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.db.utils import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from health.dependencies import redis_client
from health.models import Process
from health.processes import LOST_SECONDS
from ops_portal.callers import may_look_inside


class NotReady(Exception):
    """A part does not do its work; the message says which and why."""


@never_cache
@require_safe
@login_not_required
def livez(request: HttpRequest) -> HttpResponse:
    """Answer without asking anyone: the process serves requests."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 or 503; which part is missing is told with `?verbose` to those who may look."""
    found = {name: _checked(check) for name, check in CHECKS.items()}
    ready = all(part["ok"] for part in found.values())
    status = 200 if ready else 503
    if "verbose" in request.GET and may_look_inside(request):
        return JsonResponse({"ready": ready, "checks": found}, status=status)
    return HttpResponse(
        "ok\n" if ready else "not ready\n", status=status, content_type="text/plain"
    )


def _checked(check: Callable[[], str]) -> dict[str, object]:
    began = perf_counter()
    try:
        said, ok = check(), True
    except NotReady as missing:
        said, ok = str(missing), False
    except DatabaseFailure:
        said, ok = "PostgreSQL does not answer.", False
    return {"ok": ok, "said": said, "seconds": round(perf_counter() - began, 4)}


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "PostgreSQL answers."


def _redis() -> str:
    try:
        redis_client(settings.REDIS_URL).ping()
    except RedisError as failure:
        raise NotReady("Redis does not answer.") from failure
    return "Redis answers."


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        raise NotReady(f"{len(waiting)} migrations are not applied.")
    return "All migrations are applied."


def _progress(kind: str) -> str:
    newest = Process.objects.filter(kind=kind, stopped_at=None).aggregate(at=Max("last_beat_at"))
    if newest["at"] is None:
        raise NotReady(f"No {kind} runs.")
    age = (datetime.now(UTC) - newest["at"]).total_seconds()
    if age > LOST_SECONDS:
        raise NotReady(f"The {kind} made no progress for {age:.0f} s.")
    return f"The {kind} made progress {max(age, 0.0):.0f} s ago."


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "redis": _redis,
    "migrations": _migrations,
    "engine": lambda: _progress("engine"),
    "beat": lambda: _progress("beat"),
}
