"""What the portal stands on raises alerts: a Redis that could lose events, a table that is away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from alerts.engine import Evaluator
from alerts.models import Alert
from analytics import series
from analytics.derived import Refreshed
from analytics.models import AgentTable
from analytics.series import Reading
from health import book, dependencies
from ops_portal import embedded
from ops_portal.engine import compose
from ops_portal.engine.bookkeeper import Bookkeeper
from ops_portal.engine.leases import Leases
from ops_portal.engine.sideline import Sideline

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def agents(tmp_path: Path, settings: Settings) -> Iterator[Redis]:
    """The agent's own Redis."""
    server = embedded.start_valkey(tmp_path)
    settings.STREAMS_URL = server.url
    with Redis.from_url(server.url) as redis:
        yield redis
    server.process.kill()  # it would first write the append-only file that a test switched on
    server.process.wait()
    dependencies.redis_client.cache_clear()


@pytest.fixture
def watch() -> Evaluator:
    call_command("load_rules")
    return Evaluator(owned={""})


def look(watch: Evaluator, redis: Redis, *, seconds: float) -> None:
    """What the engine's clock does, after so many seconds."""
    leases = Leases("engine", [compose.BOOKKEEPER])
    leases.owned = {compose.BOOKKEEPER}
    works = {name: work for name, _, work in compose.works(leases, redis)}
    sideline = Sideline([])
    duties = {duty.name: duty for duty in compose.duties(leases, watch, sideline, Sideline([]))}
    now = timezone.now() + timedelta(seconds=seconds)
    sideline.keep(works["servers"](now))
    duties["sideline"].act(now)
    watch.tick(now=now)


def test_a_reading_that_cannot_be_stored_holds_up_no_other(watch: Evaluator) -> None:
    leases, sideline, now = Leases("engine", []), Sideline([]), timezone.now()
    duties = {duty.name: duty for duty in compose.duties(leases, watch, Sideline([]), sideline)}
    for venue in ("a\0b", "kraken"):
        sideline.keep(Refreshed([], [Reading("latency", (("venue", venue),), now, 1.0)]))
        duties["queries"].act(now)

    assert [row.labels for row in series.find("latency", {})] == [{"venue": "kraken"}]


@pytest.mark.parametrize(
    ("setting", "bad", "good"),
    [("maxmemory-policy", "allkeys-lru", "noeviction"), ("appendonly", "no", "yes")],
)
def test_a_setting_that_loses_events_fires_and_a_mended_one_resolves(
    agents: Redis, watch: Evaluator, setting: str, bad: str, good: str
) -> None:
    look(watch, agents, seconds=0)
    agents.config_set(setting, bad)
    for seconds in (15, 30, 45):
        look(watch, agents, seconds=seconds)

    alert = Alert.objects.get()
    assert (alert.rule_name, alert.severity, alert.state) == ("unsafe_redis", "critical", "firing")
    assert alert.labels["server"] == "Redis of the agent"

    agents.config_set(setting, good)
    look(watch, agents, seconds=60)
    assert Alert.objects.get().state == "resolved"


def test_a_redis_that_does_not_answer_is_no_data_and_not_well(
    agents: Redis, watch: Evaluator
) -> None:
    look(watch, agents, seconds=0)
    agents.shutdown(nosave=True)
    for seconds in (15, 30, 45):
        look(watch, agents, seconds=seconds)

    alert = Alert.objects.get()
    assert (alert.rule_name, alert.condition) == ("unsafe_redis", "nodata")


@pytest.fixture
def agents_book(settings: Settings) -> None:
    """The agent's table of trades is the book of record, and its server is away."""
    settings.BOOK = "table"
    settings.TRADES_DATABASE_URL = "postgresql://nobody@127.0.0.1:1/agent"


def told() -> dict[str, Any]:
    (row,) = book.rows(now=timezone.now())
    return row


def test_a_table_of_trades_that_is_away_is_told_and_fires(
    agents_book: None, watch: Evaluator, settings: Settings
) -> None:
    assert told()["state"] == "absent"

    redis = dependencies.redis_client(settings.REDIS_URL)
    Bookkeeper(feed=redis, in_charge=lambda: True).read()
    for seconds in (0, 15, 30, 45):
        look(watch, redis, seconds=seconds)

    assert told()["state"] == "down"
    assert "port 1" in told()["amiss"][0]
    assert (Alert.objects.get().rule_name, Alert.objects.get().state) == (
        "unreadable_trades",
        "firing",
    )


def test_a_table_says_what_is_off_without_a_column_and_when_it_was_read(agents_book: None) -> None:
    now = timezone.now()
    off = {"strategy": "no figures by strategy", "fee": "no fees"}
    AgentTable.objects.create(name="trading.trades", missing=off, read_at=now)

    row = told()

    assert (row["state"], row["amiss"]) == ("up", [])
    assert row["notes"] == ["no fees", "no figures by strategy"]
    assert row["read"] == now.timestamp()


def test_a_table_that_nobody_reads_is_stale_and_no_number(agents_book: None) -> None:
    AgentTable.objects.create(name="trading.trades", read_at=timezone.now() - timedelta(minutes=2))

    assert told()["state"] == "stale"
    assert [reading.value for reading in book.readings(now=timezone.now())] == [None]


def test_where_the_stream_is_the_book_nothing_is_said_of_a_table() -> None:
    AgentTable.objects.create(name="trading.trades", read_at=timezone.now())

    assert book.rows(now=timezone.now()) == []
    assert book.readings(now=timezone.now()) == []
