"""A Redis whose settings could lose events is an alert, also when it is not ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from alerts.engine import Evaluator
from alerts.models import Alert
from analytics import samples
from health import dependencies
from ops_portal import embedded
from ops_portal.engine import compose
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
    samples.forget()  # the flush of another test took the rows away
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
