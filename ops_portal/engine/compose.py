"""What one engine is made of."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from redis import Redis

from alerts import delivery, escalation, groups, suppression
from alerts import intake as foreign
from alerts.engine import Evaluator
from analytics import derived, series, streams
from analytics.live import Frame
from analytics.series import Reading
from analytics.streams import StreamReader
from health import monitor
from health.models import Process
from ops_portal.engine import bookkeeper
from ops_portal.engine.batch import Storing, handlers
from ops_portal.engine.bookkeeper import Bookkeeper
from ops_portal.engine.clock import AWAY, Clock, Duty
from ops_portal.engine.courier import Courier
from ops_portal.engine.leases import RENEW_EVERY, Leases
from ops_portal.engine.loop import Engine

Helper = Courier | Bookkeeper
COMPUTED = ""  # the stream of series that the portal computes itself
BOOKKEEPER = "trade_executions"  # whose owner computes the figures
BEAT_EVERY = 5.0
LAG_EVERY = 2.0
ALIVE = timedelta(seconds=15)  # an engine that beat within this time takes its share of streams


def build(name: str) -> tuple[Engine, list[Helper]]:
    """An engine called `name` over the streams of the settings, and the threads beside it."""
    stores = handlers()
    redis = streams.connect(settings.STREAMS_URL)
    leases = Leases(name, list(stores))
    watcher = Evaluator()
    storing = Storing(leases=leases, stores=stores, watcher=watcher)
    feed = Redis.from_url(settings.REDIS_URL, socket_timeout=3.0, socket_connect_timeout=3.0)
    engine = Engine(
        reader=StreamReader(redis, group=settings.STREAM_GROUP, consumer=name),
        storing=storing,
        clock=Clock(duties(leases, redis, watcher)),
        feed=feed,
    )
    helpers: list[Helper] = [Courier(delivery.deliver_due)]
    if bookkeeper.wanted():
        helpers.append(Bookkeeper(feed=feed, in_charge=lambda: BOOKKEEPER in leases.owned))
    return engine, helpers


def duties(leases: Leases, redis: Redis, watcher: Evaluator) -> list[Duty]:
    """The clock's duties, the most urgent first."""
    refresher, reviewer = derived.Refresher(), suppression.Reviewer()
    return [
        Duty("leases", RENEW_EVERY, lambda now: _renew(leases, watcher, now)),
        Duty("rules", 0.25, lambda now: _judge(watcher, now)),
        Duty("suppression", 0.5, lambda now: reviewer.review(now=now)),
        Duty("escalation", 0.25, lambda now: escalation.advance_due(now=now)),
        Duty("groups", 0.25, _tell_groups),
        Duty("components", 1.0, lambda now: monitor.tick(now=now)),
        Duty("alerts of others", 5.0, lambda now: foreign.expire_foreign(now=now)),
        Duty("figures", 0.2, lambda now: _refresh_figures(leases, refresher, watcher, now)),
        Duty("lag", LAG_EVERY, lambda now: _measure_lag(leases, redis, now)),
        Duty("own series", 5.0, lambda now: _watch_own(leases, watcher, now)),
        Duty("beat", BEAT_EVERY, lambda now: _beat(leases, now)),
    ]


def _judge(watcher: Evaluator, now: datetime) -> list[Frame]:
    try:
        return watcher.tick(now=now)
    except AWAY:
        watcher.rollback()
        raise


def _tell_groups(now: datetime) -> list[Frame]:
    groups.flush_due(now=now)
    return []


def _renew(leases: Leases, watcher: Evaluator, now: datetime) -> list[Frame]:
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
    leases: Leases, refresher: derived.Refresher, watcher: Evaluator, now: datetime
) -> list[Frame]:
    """Only the engine that stores executions computes figures, so that no sample is doubled."""
    if BOOKKEEPER not in leases.owned:
        return []
    frames, readings = refresher.refresh(now=now)
    return frames + _watch(readings, watcher, now)


def _watch(readings: list[Reading], watcher: Evaluator, now: datetime) -> list[Frame]:
    if not readings:
        return []
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            return watcher.observe(series.record(cursor, readings, now=now), now=now)
    except AWAY:
        watcher.rollback()
        raise


def _watch_own(leases: Leases, watcher: Evaluator, now: datetime) -> list[Frame]:
    """The portal's own figures become samples that rules can watch."""
    if BOOKKEEPER not in leases.owned:
        return []
    return _watch(monitor.readings(now=now), watcher, now)


def _beat(leases: Leases, now: datetime) -> list[Frame]:
    monitor.beat("engine", {"name": leases.name, "streams": sorted(leases.owned)}, now=now)
    return []
