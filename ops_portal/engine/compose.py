"""What one engine is made of."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import psycopg
from django.conf import settings
from django.db import DataError, connection, transaction
from redis import Redis

from alerts import anchors, claims, delivery, ending, expiry, groups, queries, roster, suppression
from alerts import intake as foreign
from alerts.engine import Evaluator
from analytics import derived, series, sketches, standings, streams
from analytics.derived import NOTHING, Refreshed
from analytics.importing import jobs
from analytics.live import Frame
from analytics.streams import StreamReader
from health import dependencies, monitor
from health.models import Process
from ops_portal.engine import bookkeeper
from ops_portal.engine.batch import Storing, handlers
from ops_portal.engine.bookkeeper import Bookkeeper
from ops_portal.engine.clock import AWAY, Clock, Duty
from ops_portal.engine.courier import Courier, couriers
from ops_portal.engine.leases import RENEW_EVERY, Leases
from ops_portal.engine.loop import Engine
from ops_portal.engine.sideline import Sideline, Work
from ops_portal.lib import clock
from ops_portal.report import sending

logger = logging.getLogger(__name__)

Helper = Courier | Bookkeeper | Sideline
BOOKKEEPER = "trade_executions"  # whose owner computes the figures
# Readings that PostgreSQL takes in no form: to keep them would hold up all that follow.
UNFIT = (DataError, psycopg.DataError)
BEAT_EVERY = 5.0
LAG_EVERY = 2.0
WORKERS_TURN = timedelta(seconds=60)  # then the engine does what a worker should have done
ALIVE = timedelta(seconds=15)  # an engine that beat within this time takes its share of streams


def build(name: str) -> tuple[Engine, list[Helper]]:
    """An engine called `name` over the streams of the settings, and the threads beside it."""
    stores = handlers()
    redis = streams.connect(settings.STREAMS_URL)
    leases = Leases(name, list(stores))
    leases.call_sessions()
    watcher = Evaluator()
    storing = Storing(leases=leases, stores=stores, watcher=watcher)
    feed = Redis.from_url(settings.REDIS_URL, socket_timeout=3.0, socket_connect_timeout=3.0)
    sideline = Sideline(works(leases, redis))
    asking = Sideline([("queries", 1.0, lambda now: _ask(leases, now))], name="queries")
    engine = Engine(
        reader=StreamReader(redis, group=settings.STREAM_GROUP, consumer=name),
        storing=storing,
        clock=Clock(duties(leases, watcher, sideline, asking)),
        feed=feed,
    )
    chores = Sideline(
        [("imports", 10.0, _bring_in), ("report", 60.0, _mail_reports)], name="chores"
    )
    helpers: list[Helper] = [
        *couriers(deliver=delivery.deliver_due, free=claims.free_the_dead),
        sideline,
        asking,
        chores,
    ]
    if bookkeeper.wanted():
        helpers.append(Bookkeeper(feed=feed, in_charge=lambda: BOOKKEEPER in leases.owned))
    engine.clock.duties.append(Duty("helpers", 1.0, lambda _now: _demand(helpers)))
    return engine, helpers


def duties(leases: Leases, watcher: Evaluator, sideline: Sideline, asking: Sideline) -> list[Duty]:
    """What the loop does by the clock between two batches, the most urgent first."""
    reviewer = suppression.Reviewer()
    return [
        Duty("leases", RENEW_EVERY, lambda now: _renew(leases, watcher, now)),
        Duty("rules", 0.25, lambda now: _judge(watcher, now)),
        Duty("suppression", 0.5, lambda now: reviewer.review(now=now)),
        Duty("escalation", 0.25, lambda now: ending.advance(now=now)),
        Duty("on call", 5.0, lambda now: roster.watch(now=now)),
        Duty("acknowledgments", 1.0, lambda now: expiry.end_due(now=now)),
        Duty("alerts of others", 5.0, lambda now: foreign.expire_foreign(now=now)),
        Duty("sideline", 0.05, lambda now: _collect(sideline, watcher, now)),
        Duty("queries", 0.25, lambda now: _collect(asking, watcher, now)),
        Duty("beat", BEAT_EVERY, lambda now: _beat(leases, now)),
    ]


def works(leases: Leases, redis: Redis) -> list[tuple[str, float, Work]]:
    """What is worked out beside the loop.

    Only the engine that stores executions computes figures, so that no sample is doubled.
    """
    refresher = derived.Refresher()
    told = standings.Standings()

    def in_charge(work: Work) -> Work:
        return lambda now: work(now) if BOOKKEEPER in leases.owned else NOTHING

    return [
        ("figures", 0.2, in_charge(lambda now: refresher.refresh(now=now))),
        ("sketches", 1.0, in_charge(_gather)),
        ("standings", 5.0, in_charge(lambda now: told.refresh(now=now))),
        ("groups", 0.25, _tell_groups),
        ("components", 1.0, lambda now: Refreshed(monitor.tick(now=now), [])),
        ("lag", LAG_EVERY, lambda now: _measure_lag(leases, redis, now)),
        ("own series", 5.0, in_charge(lambda now: Refreshed([], monitor.readings(now=now)))),
        ("audit anchors", 60.0, in_charge(_anchor)),
        ("servers", 15.0, in_charge(lambda now: Refreshed([], dependencies.readings(now=now)))),
    ]


class HelperDied(Exception):
    """A thread beside the loop has ended by an error: only a new engine can do its work."""


def _demand(helpers: Sequence[Helper]) -> list[Frame]:
    dead = [helper.name for helper in helpers if not helper.is_alive()]
    if dead:
        raise HelperDied(", ".join(dead))
    return []


def _ask(leases: Leases, now: datetime) -> Refreshed:
    """A slow server holds up the other questions of its turn, and nothing else."""
    if BOOKKEEPER not in leases.owned:
        return NOTHING
    return Refreshed([], queries.ask_due(now=now))


def _collect(sideline: Sideline, watcher: Evaluator, now: datetime) -> list[Frame]:
    """Push what was found beside the loop; its readings become samples that rules can watch."""
    found = sideline.collect()
    if not found.readings:
        return found.frames
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            samples = series.record(cursor, found.readings, now=now)
            return found.frames + watcher.observe(samples, now=now)
    except UNFIT as error:  # the next ones are
        watcher.rollback()
        logger.error("readings cannot be stored", extra={"error": str(error)[:300]})
        return found.frames
    except AWAY:
        watcher.rollback()
        sideline.keep(found)
        raise


def _judge(watcher: Evaluator, now: datetime) -> list[Frame]:
    try:
        return watcher.tick(now=now)
    except AWAY:
        watcher.rollback()
        raise


def _gather(now: datetime) -> Refreshed:
    with connection.cursor() as cursor:
        sketches.gather(cursor)
    return NOTHING


def _tell_groups(now: datetime) -> Refreshed:
    """Beside the loop: in a storm a flush takes seconds, and events must not wait for it."""
    groups.flush_due(now=now)
    return NOTHING


def _bring_in(now: datetime) -> Refreshed:
    """Files that no worker brings in."""
    jobs.bring_in_due(now=now, waited=WORKERS_TURN)
    return NOTHING


def _mail_reports(now: datetime) -> Refreshed:
    """Those that no worker mails."""
    sending.owe_due(now=now)
    sending.send_due(now=now, waited=2 * WORKERS_TURN)
    return NOTHING


def _anchor(now: datetime) -> Refreshed:
    """A disk that is full or away costs an anchor, never the work beside it; its age is told."""
    path = settings.AUDIT_ANCHORS
    if not path:
        return NOTHING
    age: float | None
    try:
        age = (now - anchors.write_due(path, now=now)).total_seconds()
    except OSError as error:
        logger.error("the audit anchor was not written", extra={"error": str(error)})
        age = anchors.age(path, now=now)
    return Refreshed([], [series.Reading("portal_anchor_age_seconds", (), now, age)])


def _renew(leases: Leases, watcher: Evaluator, now: datetime) -> list[Frame]:
    clock.compare()
    engines = Process.objects.filter(
        kind=Process.Kind.ENGINE, last_beat_at__gt=now - ALIVE, stopped_at=None
    ).count()
    leases.refresh(engines=engines)
    if watcher is not None:
        watcher.own(_series_streams(leases))
    return []


def _series_streams(leases: Leases) -> set[str]:
    """The streams whose series this engine judges; "", what the portal computes, by who does."""
    return leases.owned | ({""} if BOOKKEEPER in leases.owned else set())


def _measure_lag(leases: Leases, redis: Redis, now: datetime) -> Refreshed:
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
    return NOTHING


def _beat(leases: Leases, now: datetime) -> list[Frame]:
    monitor.beat("engine", {"name": leases.name, "streams": sorted(leases.owned)}, now=now)
    return []
