"""A dump restored into a new cluster carries on: docs/operate.md, followed to the letter."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from redis import Redis

from alerts.models import Alert, Transition
from analytics.models import Trade
from analytics.streams import publish
from ops_portal import desk, embedded
from tests.analytics import engines
from tests.analytics.entries import execution
from tests.factories import alert

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
STREAM, GROUP = "trade_executions", "ops-portal"


@pytest.fixture
def agent() -> Iterator[Redis]:
    with Redis.from_url(settings.REDIS_URL, decode_responses=True) as redis:
        redis.flushdb()
        yield redis
        redis.flushdb()


@pytest.fixture
def new_cluster(state: Path) -> Iterator[dict[str, str]]:
    """The two URLs of an empty database of another cluster, as the settings name them."""
    server = embedded.start_postgres(state)
    desk._make_database(server.url, "portal")
    owner = server.url.replace("/postgres", "/portal")
    app = owner.replace("portal_owner@", "portal@")
    yield {"MIGRATE_DATABASE_URL": owner, "DATABASE_URL": app}
    server.stop()


def store(agent: Redis, numbers: range, *, total: int) -> None:
    for number in numbers:
        publish(agent, STREAM, execution(number))
    with engines.running():
        engines.until(lambda: Trade.objects.count() == total)
        engines.until(lambda: agent.xpending(STREAM, GROUP)["pending"] == 0)


def program(name: str) -> str:
    return str(embedded._postgres_binaries() / name)


def count(url: str, question: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    return int(row[0]) if row else 0


def test_a_dump_restored_into_a_new_cluster_carries_on(
    agent: Redis, new_cluster: dict[str, str], tmp_path: Path
) -> None:
    owner, app = new_cluster["MIGRATE_DATABASE_URL"], new_cluster["DATABASE_URL"]
    dump = str(tmp_path / "portal.dump")
    alert()
    transitions = Transition.objects.count()
    store(agent, range(200), total=200)
    source = engines.environment()["DATABASE_URL"]
    subprocess.run([program("pg_dump"), "-Fc", f"--file={dump}", source], check=True)
    store(agent, range(200, 250), total=250)  # after the dump; the stream still holds them

    restore = ["--no-owner", "--exit-on-error", f"--dbname={owner}", dump]
    subprocess.run([program("pg_restore"), *restore], check=True)
    prepare = [sys.executable, str(desk.BASE / "manage.py"), "prepare", "--no-static"]
    subprocess.run(prepare, env=engines.environment(**new_cluster), check=True)
    agent.xgroup_setid(STREAM, GROUP, "0")
    publish(agent, STREAM, execution(250))
    with engines.running(**new_cluster):
        engines.until(lambda: count(app, "SELECT count(*) FROM analytics_trade") >= 251)

    assert count(app, "SELECT count(*) FROM analytics_trade") == 251
    assert count(app, "SELECT count(DISTINCT event_id) FROM analytics_eventkey") == 251
    assert count(app, "SELECT count(*) FROM alerts_alert") == Alert.objects.count() == 1
    assert count(app, "SELECT count(*) FROM alerts_transition") == transitions
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        count(app, "WITH gone AS (DELETE FROM alerts_transition RETURNING 1) SELECT 1")
    print("\nrestored 200 of 250 trades from the dump, 51 from the stream, 0 lost, 0 doubled")
