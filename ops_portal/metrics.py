"""`/metrics`: the truth of the rows and the counters of this process, in one answer."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection, transaction
from django.db.models import Count, Min
from django.db.utils import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import REGISTRY, CollectorRegistry, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from alerts.models import Alert, Escalation, Notification, Severity
from analytics import exposition as desk
from health import exposition as health
from ops_portal.callers import may_look_inside

CACHE_SECONDS = 5.0
STATEMENT_TIMEOUT_MS = 2_000
WAITING = (Notification.State.PENDING, Notification.State.SENDING)


class RowsCollector(Collector):
    """Reads the rows at most every five seconds, whoever scrapes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._families: list[Metric] = []

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            if time.monotonic() - self._read_at > CACHE_SECONDS:
                self._families = _read(now=datetime.now(UTC))
                self._read_at = time.monotonic()
            yield from self._families


class Joined(CollectorRegistry):
    """This process's own counters (of all its siblings, when they share a folder) and the rows."""

    def __init__(self, rows: Collector) -> None:
        super().__init__()
        self._rows = rows

    def collect(self) -> Iterator[Metric]:
        yield from _own_counters().collect()
        yield from self._rows.collect()


registry = Joined(RowsCollector())


@never_cache
@require_safe
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer a scraper in the format it asks for; strangers need the token."""
    if not may_look_inside(request):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=content_type)


def _own_counters() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    shared = CollectorRegistry()
    multiprocess.MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return shared


def _read(*, now: datetime) -> list[Metric]:
    """Read every family in one short transaction; none of them when PostgreSQL does not answer."""
    answered = GaugeMetricFamily("ops_portal_rows_readable", "1 when the rows could be read.")
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_MS}")
            families = [
                *desk.families(currency=settings.REPORTING_CURRENCY),
                *health.families(now=now),
                *_alerting(now=now),
            ]
    except (OperationalError, InterfaceError):
        families = []
    answered.add_metric([], 1.0 if families else 0.0)
    return [answered, *families]


def _alerting(*, now: datetime) -> Iterator[Metric]:
    opened = Alert.objects.exclude(state=Alert.State.RESOLVED)
    counts = dict(opened.values_list("severity").annotate(Count("pk")).order_by("severity"))
    alerts = GaugeMetricFamily("ops_portal_alerts_open", "Open alerts.", labels=["severity"])
    for severity in Severity.values:
        alerts.add_metric([severity], counts.get(severity, 0))
    yield alerts
    firing = opened.filter(state=Alert.State.FIRING).aggregate(at=Min("started_at"))["at"]
    yield _gauge(
        "ops_portal_oldest_unacknowledged_seconds",
        "Age of the oldest alert that nobody acknowledged; 0 when there is none.",
        _age(firing, now=now),
    )
    owed = Notification.objects.filter(state__in=WAITING)
    yield _gauge("ops_portal_outbox_depth", "Notifications owed.", owed.count())
    due = owed.filter(next_try_at__lte=now).aggregate(at=Min("next_try_at"))["at"]
    yield _gauge(
        "ops_portal_outbox_lag_seconds",
        "How long the notification that is due longest has waited.",
        _age(due, now=now),
    )
    late = Escalation.objects.filter(state=Escalation.State.RUNNING, next_at__lte=now)
    yield _gauge(
        "ops_portal_escalation_lag_seconds",
        "How long the escalation step that is due longest has waited.",
        _age(late.aggregate(at=Min("next_at"))["at"], now=now),
    )


def _gauge(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(name, said, value=value)


def _age(at: datetime | None, *, now: datetime) -> float:
    return max(0.0, (now - at).total_seconds()) if at else 0.0
