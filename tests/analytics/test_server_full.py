"""PostgreSQL without room: on its disk, or for another connection."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from redis import Redis

from tests.analytics import engines, load
from tests.analytics.test_server_crash import Cluster
from tests.house.conftest import state

__all__ = ["state"]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.skipif("SOAK" not in os.environ, reason="takes a minute: make soak"),
]
EVENTS = 60_000
SMALL_LOG = ("min_wal_size=32MB", "max_wal_size=32MB")
FIRED = "SELECT count(*) FROM alerts_notification WHERE reason = 'fired'"


@contextmanager
def disk(folder: Path, megabytes: int) -> Iterator[None]:
    """A disk of its own and of that size below the folder; only root can make one."""
    folder.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0711", "tmpfs", str(folder)],
        check=True,
    )
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def stuck_at(cluster: Cluster) -> int:
    """Events that could be read last, when no more came for a while; the server may be down."""
    stored, since = 0, time.monotonic()
    while time.monotonic() - since < 8:
        time.sleep(0.5)
        with suppress(psycopg.OperationalError):
            now = load.accepted(cluster.rows)
            stored, since = now, since if now == stored else time.monotonic()
    return stored


def fill(file: Path) -> None:
    """Take what is free but a few MB."""
    free = os.statvfs(file.parent).f_bavail * os.statvfs(file.parent).f_frsize
    file.write_bytes(bytes(max(0, free - 6_000_000)))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_loses_nothing_and_is_over_when_there_is_room(
    agent: Redis, state: Path
) -> None:
    call_command("load_rules")
    entries, truth = load.events(EVENTS, seed=13)
    with disk(state, 400), ExitStack() as ending:
        cluster = Cluster(state, options=SMALL_LOG)
        ending.callback(cluster.stop)
        engine = ending.enter_context(engines.running(DATABASE_URL=cluster.url))
        load.publish(agent, entries[:1_000])
        engines.until(lambda: load.accepted(cluster.rows) > 0)
        fill(state / "filler")
        load.publish(agent, entries[1_000:])
        stored = stuck_at(cluster)
        assert stored < truth.events

        (state / "filler").unlink()
        cluster.revive()
        freed = time.monotonic()
        engines.until(lambda: load.accepted(cluster.rows) > stored)
        waited = time.monotonic() - freed
        engines.until(lambda: load.accepted(cluster.rows) >= truth.events, seconds=120)
        engines.until(lambda: load.waiting(agent, "trade_executions") == 0)
        assert engine.poll() is None
        figures = load.stored(cluster.rows)

    print(
        f"\nfull disk after {stored} of {truth.events} events: on {waited:.1f} s after it had room"
    )
    assert figures == truth.figures


def test_taken_connections_stop_no_engine(agent: Redis, state: Path) -> None:
    call_command("load_rules")
    entries, truth = load.events(2_000, seed=14)
    with ExitStack() as ending:
        cluster = Cluster(state, options=("max_connections=20",))
        ending.callback(cluster.stop)
        engine = ending.enter_context(engines.running(DATABASE_URL=cluster.url))
        load.publish(agent, entries[:500])
        engines.until(lambda: load.accepted(cluster.rows) > 0)
        taken = take_all(cluster.url, ending)

        load.publish(agent, entries[500:])
        agent.xadd("performance_metrics", {"current_drawdown": "-0.07"})
        watching = taken[0]
        engines.until(
            lambda: (
                count(watching, "SELECT sum(accepted) FROM analytics_streamstate") > truth.events
            )
        )
        engines.until(lambda: count(watching, FIRED) > 0)
        assert engine.poll() is None

    print(f"\n{len(taken)} of 20 connections taken by others: {truth.events} events stored, fired")


def take_all(url: str, ending: ExitStack) -> list[psycopg.Connection]:
    taken = []
    with suppress(psycopg.OperationalError):
        while True:
            taken.append(ending.enter_context(psycopg.connect(url, autocommit=True)))
    return taken


def count(connection: psycopg.Connection, statement: str) -> int:
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return int(row[0])
