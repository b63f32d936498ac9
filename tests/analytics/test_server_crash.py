"""Servers that die under load: nothing lost, nothing doubled, and nobody has to help."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import batched, cycle
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import call_command
from redis import Redis
from redis.exceptions import RedisError

from analytics.streams import connect
from ops_portal import embedded
from ops_portal.embedded import Server
from tests.analytics import engines, load
from tests.house.conftest import state

__all__ = ["state"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SOAK = "SOAK" in os.environ
EVENTS, CRASHES = (300_000, 10) if SOAK else (20_000, 3)
PATIENCE = 600.0 if SOAK else 120.0


class Producer(Thread):
    """An agent that sends until it is told that the entry was taken; with the same id each time."""

    def __init__(self, url: str, entries: Iterable[load.Entry]) -> None:
        super().__init__(daemon=True)
        self.redis = connect(url)  # it does not try again by itself
        self.entries = entries
        self.repeats = 0

    def run(self) -> None:
        for some in batched(self.entries, 200):
            while not self._sent(some):
                self.repeats += len(some)
                time.sleep(0.1)
            time.sleep(0.1)

    def _sent(self, some: Sequence[load.Entry]) -> bool:
        try:
            load.publish(self.redis, some)
        except RedisError:
            return False
        return True


class Agents:
    """The agent's Redis, which can die and come back under the same address."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.server = embedded.start_valkey(state)

    def crash(self) -> None:
        self.server.process.kill()
        self.server.process.wait()
        time.sleep(0.3)
        self.server = embedded.start_valkey(self.state, port=urlsplit(self.server.url).port)


@pytest.fixture
def agents(tmp_path: Path) -> Iterator[Agents]:
    agents = Agents(tmp_path)
    yield agents
    agents.server.stop()


def test_a_redis_that_is_killed_under_load_loses_nothing(agents: Agents) -> None:
    entries, truth = load.events(EVENTS, seed=11)
    producer = Producer(agents.server.url, entries)

    with engines.running(STREAMS_URL=agents.server.url) as engine:
        producer.start()
        slowest = 0.0
        for crash in range(1, CRASHES + 1):
            engines.until(partial(beyond, crash * EVENTS // (CRASHES + 1)), seconds=PATIENCE)
            agents.crash()
            slowest = max(slowest, seconds_until_more())
        producer.join(PATIENCE)
        engines.until(lambda: load.accepted() >= truth.events, seconds=PATIENCE)
        with Redis.from_url(agents.server.url, decode_responses=True) as redis:
            engines.until(lambda: load.waiting(redis, "trade_executions") == 0)
        assert engine.poll() is None

    print(f"\n{CRASHES} x kill -9 of Redis during {EVENTS} events: ", end="")
    print(f"{producer.repeats} sent again, on after {slowest:.1f} s at most")
    assert load.stored() == truth.figures
    assert sum(lost for (lost,) in load.rows("SELECT lost FROM analytics_streamstate")) == 0


def beyond(count: int, ask: load.Ask = load.rows) -> bool:
    return load.accepted(ask) >= count


def seconds_until_more(ask: load.Ask = load.rows) -> float:
    before, started = load.accepted(ask), time.monotonic()
    engines.until(partial(beyond, before + 1, ask))
    return time.monotonic() - started


def _program(name: str) -> str:
    return str(embedded._postgres_binaries() / name)


class Cluster:
    """A PostgreSQL of its own with a copy of the test's tables, which can die and come back."""

    def __init__(self, state: Path, options: Sequence[str] = ()) -> None:
        self.state = state
        self.options = options
        self.server = self._start()
        self.url = self.server.url
        dump = subprocess.run(
            [_program("pg_dump"), "-Fc", engines.environment()["DATABASE_URL"]],
            check=True,
            stdout=subprocess.PIPE,
        )
        restore = [_program("pg_restore"), "--no-owner", "--no-privileges", f"--dbname={self.url}"]
        subprocess.run(restore, input=dump.stdout, check=True)

    def _start(self) -> Server:
        return embedded.start_postgres(self.state, options=self.options)

    def crash(self) -> None:
        """What `pg_ctl -m immediate restart` does."""
        self.server.process.send_signal(signal.SIGQUIT)
        self.server.process.wait()
        self.server = self._start()

    def revive(self) -> None:
        """What systemd does for a server that gave up."""
        if self.server.process.poll() is not None:
            self.server = self._start()

    def stop(self) -> None:
        self.server.stop()

    def rows(self, statement: str) -> Sequence[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(statement.encode()).fetchall()


@pytest.fixture
def cluster(state: Path) -> Iterator[Cluster]:
    call_command("load_rules")
    cluster = Cluster(state)
    yield cluster
    cluster.server.stop()


@contextmanager
def moods(redis: Redis) -> Iterator[None]:
    """A drawdown that comes and goes meanwhile, so that alerts fire and resolve all the time."""
    over = Event()

    def run() -> None:
        values = cycle(("-0.07", "-0.01"))
        while not over.wait(1.1):  # samples of one second are one
            redis.xadd("performance_metrics", {"current_drawdown": next(values)})

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_postgresql_that_dies_under_load_leaves_no_half_state(
    agent: Redis, cluster: Cluster
) -> None:
    entries, truth = load.events(EVENTS, seed=12)
    with engines.running(DATABASE_URL=cluster.url) as engine, moods(agent):
        load.publish(agent, entries)
        slowest = 0.0
        for crash in range(1, CRASHES + 1):
            at = crash * EVENTS // (CRASHES + 1)
            engines.until(partial(beyond, at, cluster.rows), seconds=PATIENCE)
            cluster.crash()
            slowest = max(slowest, seconds_until_more(cluster.rows))
        engines.until(partial(all_stored, truth, cluster), seconds=PATIENCE)
        engines.until(lambda: load.waiting(agent, "trade_executions") == 0)
        engines.until(lambda: len(cluster.rows(HISTORY)) > CRASHES)
        assert engine.poll() is None

    alerts = cluster.rows(HISTORY)
    print(f"\n{CRASHES} x immediate restart of PostgreSQL during {EVENTS} events and ", end="")
    print(f"{len(alerts)} alerts: on after {slowest:.1f} s at most")
    assert without_moods(load.stored(cluster.rows)) == without_moods(truth.figures)
    assert [row for row in alerts if not row[1]] == []
    assert cluster.rows(OPEN)[0][0] <= 1


HISTORY = """
SELECT a.id, array_agg(t.seq ORDER BY t.seq) = array(SELECT generate_series(1, a.version))
       AND (array_agg(t.to_state ORDER BY t.seq DESC))[1] = a.state
FROM alerts_alert a JOIN alerts_transition t ON t.alert_id = a.id
WHERE a.rule_name = 'high_drawdown' GROUP BY a.id
"""
OPEN = "SELECT count(*) FROM alerts_alert WHERE rule_name = 'high_drawdown' AND state <> 'resolved'"


def all_stored(truth: load.Truth, cluster: Cluster) -> bool:
    figures = load.stored(cluster.rows)
    return bool(figures["executions"][0] + figures["signals"] >= truth.events)


def without_moods(figures: dict[str, Any]) -> dict[str, Any]:
    """The moods have event ids and counters too, and nobody knows how many there were."""
    return {name: figure for name, figure in figures.items() if name not in {"keys", "counted"}}
