"""What the portal stands on: PostgreSQL, the two Redis servers, the agent's table of trades."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import connection
from redis import Redis
from redis.exceptions import RedisError

from analytics.series import Reading
from health import book

SECONDS = 2.0

type Row = dict[str, Any]


@cache
def redis_client(url: str) -> Redis:
    """A client that gives up after two seconds, kept for the life of the process."""
    return Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)


def rows(*, now: datetime) -> list[Row]:
    """One row a dependency: name, state, version, seconds of one round trip, what is amiss."""
    servers = [_redis(name, url) for name, url in _redis_urls().items()]
    return [_postgres(), *servers, *book.rows(now=now)]


def misconfigured(url: str) -> list[str] | None:
    """What in this Redis could lose events, in words; None when it does not answer."""
    try:
        found = redis_client(url).info()
    except RedisError:
        return None
    return list(findings(found))


def readings(*, now: datetime) -> list[Reading]:
    """How many settings of each Redis could lose events, no number when it does not answer;
    and whether the agent's table of trades could not be read.
    """
    found = book.readings(now=now)
    for name, url in _redis_urls().items():
        amiss = misconfigured(url)
        labels = (("server", name),)
        faults = None if amiss is None else float(len(amiss))
        found.append(Reading("portal_redis_faults", labels, now, faults))
    return found


def findings(info: Mapping[str, Any]) -> Iterator[str]:
    """Judge the answer of INFO: nothing may be evicted, and a restart may lose a second at most."""
    policy = info.get("maxmemory_policy")
    if policy is not None and policy != "noeviction":
        yield f"maxmemory-policy is {policy}: under memory pressure events vanish unread."
    if info.get("aof_enabled") == 0:
        yield "appendonly is off: a restart loses what came since the last snapshot."
    if info.get("aof_last_write_status", "ok") != "ok":
        yield "The append-only file cannot be written."


def _redis_urls() -> dict[str, str]:
    if settings.STREAMS_URL == settings.REDIS_URL:
        return {"Redis": settings.REDIS_URL}
    return {"Redis": settings.REDIS_URL, "Redis of the agent": settings.STREAMS_URL}


def _postgres() -> Row:
    began = perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version')")
        version = cursor.fetchone()[0]
    return _row("PostgreSQL", str(version).split()[0], perf_counter() - began, [])


def _redis(name: str, url: str) -> Row:
    client = redis_client(url)
    began = perf_counter()
    try:
        client.ping()
        seconds = perf_counter() - began
        info = client.info()
    except RedisError:
        return {"name": name, "state": "down", "version": "", "seconds": None, "amiss": []}
    version = info.get("valkey_version") or info.get("redis_version", "")
    return _row(name, version, seconds, list(findings(info)))


def _row(name: str, version: str, seconds: float, amiss: list[str]) -> Row:
    state = "degraded" if amiss else "up"
    return {"name": name, "state": state, "version": version, "seconds": seconds, "amiss": amiss}
