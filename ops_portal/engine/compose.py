"""What one engine is made of."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string
from redis import Redis

from analytics import derived, series, streams
from analytics.live import Frame
from analytics.series import Reading
from analytics.streams import StreamReader
from health.models import Process
from ops_portal.engine.batch import Storing
from ops_portal.engine.clock import Clock, Duty
from ops_portal.engine.courier import Courier
from ops_portal.engine.leases import RENEW_EVERY, Leases
from ops_portal.engine.loop import Engine

logger = logging.getLogger(__name__)

BOOKKEEPER = "trade_executions"  # whose owner computes the figures
BEAT_EVERY = 5.0
LAG_EVERY = 2.0
ALIVE = timedelta(seconds=15)  # an engine that beat within this time takes its share of streams


def build(name: str) -> tuple[Engine, Courier | None]:
    """An engine called `name` over the streams of the settings, and its courier."""
    stores = handlers_that_exist()
    redis = streams.connect(settings.STREAMS_URL)
    leases = Leases(name, list(stores))
    watcher = make("alerts.engine.Evaluator")
    storing = Storing(leases=leases, stores=stores, watcher=watcher)
    engine = Engine(
        reader=StreamReader(redis, group=settings.STREAM_GROUP, consumer=name),
        storing=storing,
        clock=Clock(duties(leases, redis, watcher)),
        feed=Redis.from_url(settings.REDIS_URL, socket_timeout=3.0, socket_connect_timeout=3.0),
    )
    deliver = optional("alerts.delivery.deliver_due")
    return engine, Courier(deliver) if deliver else None


def optional(dotted: str) -> Any:
    try:
        return import_string(dotted)
    except ImportError:
        logger.warning("a part of the portal is missing", extra={"part": dotted})
        return None


def make(dotted: str) -> Any:
    kind = optional(dotted)
    return kind() if kind else None


def handlers_that_exist() -> dict[str, Any]:
    found = {}
    for stream, dotted in settings.STREAM_HANDLERS.items():
        store = optional(dotted)
        if store:
            found[stream] = store
    return found


def duties(leases: Leases, redis: Redis, watcher: Any) -> list[Duty]:
    """The clock's duties, the most urgent first."""
    found = [Duty("leases", RENEW_EVERY, lambda now: _renew(leases, watcher, now))]
    if watcher is not None:
        found.append(Duty("rules", 0.25, lambda now: atomic(watcher.tick, now)))
    for name, seconds, dotted in (
        ("escalation", 0.25, "alerts.escalation.advance_due"),
        ("alerts of others", 5.0, "alerts.intake.expire_foreign"),
        ("components", 1.0, "health.monitor.tick"),
    ):
        act = optional(dotted)
        if act:
            found.append(Duty(name, seconds, keyword_now(act)))
    refresher = derived.Refresher()
    found.append(
        Duty("figures", 0.2, lambda now: _refresh_figures(leases, refresher, watcher, now))
    )
    found.append(Duty("lag", LAG_EVERY, lambda now: _measure_lag(leases, redis, now)))
    readings = optional("health.monitor.readings")
    if readings:
        found.append(Duty("own series", 5.0, lambda now: _watch_own(readings, watcher, now)))
    beat = optional("health.monitor.beat")
    if beat:
        found.append(Duty("beat", BEAT_EVERY, lambda now: _beat(beat, leases, now)))
    return found


def keyword_now(act: Callable[..., list[Frame]]) -> Callable[[datetime], list[Frame]]:
    return lambda now: act(now=now)


def atomic(act: Callable[..., list[Frame]], now: datetime) -> list[Frame]:
    with transaction.atomic():
        return act(now=now)


def _renew(leases: Leases, watcher: Any, now: datetime) -> list[Frame]:
    engines = Process.objects.filter(
        kind=Process.Kind.ENGINE, last_beat_at__gt=now - ALIVE, stopped_at=None
    ).count()
    leases.refresh(engines=engines)
    if watcher is not None:
        watcher.own(_series_streams(leases))
    return []


def _series_streams(leases: Leases) -> set[str]:
    """The streams whose series this engine judges; "", what the portal computes, goes to the
    owner of the first.
    """
    return leases.owned | ({""} if min(settings.STREAM_HANDLERS) in leases.owned else set())


def _measure_lag(leases: Leases, redis: Redis, now: datetime) -> list[Frame]:
    ages = {
        stream: streams.waiting_seconds(
            redis, stream, group=settings.STREAM_GROUP, now=now.timestamp()
        )
        for stream in sorted(leases.owned)
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE analytics_streamstate AS s SET oldest_waiting_seconds = n.age"
            " FROM unnest(%s::text[], %s::float8[]) AS n(stream, age)"
            " WHERE s.stream = n.stream AND s.owner = %s",
            [list(ages), list(ages.values()), leases.owner],
        )
    return []


def _refresh_figures(
    leases: Leases, refresher: derived.Refresher, watcher: Any, now: datetime
) -> list[Frame]:
    """Only the engine that stores executions computes figures, so that no sample is doubled."""
    if BOOKKEEPER not in leases.owned:
        return []
    frames, readings = refresher.refresh(now=now)
    return frames + _watch(readings, watcher, now)


def _watch(readings: list[Reading], watcher: Any, now: datetime) -> list[Frame]:
    if not readings:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        found = series.record(cursor, readings, now=now)
        return [] if watcher is None else watcher.observe(found, now=now)


def _watch_own(readings: Callable[..., Any], watcher: Any, now: datetime) -> list[Frame]:
    """The portal's own figures become samples that rules can watch."""
    return _watch(readings(now=now), watcher, now)


def _beat(beat: Callable[..., None], leases: Leases, now: datetime) -> list[Frame]:
    beat("engine", {"name": leases.name, "streams": sorted(leases.owned)}, now=now)
    return []
