"""A gauge that loses its number: an absence that is shown and alerted, never an all-clear."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.test import Client
from redis import Redis

from alerts.models import Alert
from analytics.models import Sample, Series
from analytics.streams import publish
from tests import factories
from tests.analytics import engines
from tests.analytics.conftest import agent

__all__ = ["agent"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(agent: Redis) -> Iterator[Redis]:
    """A running engine with the default rules and one on a gauge of a component."""
    call_command("load_rules")
    factories.rule("hot", metric="cpu_percent", comparison=">", threshold=90.0)
    with engines.running():
        yield agent


@pytest.mark.parametrize("word", ["NaN", "inf", ""])
def test_a_drawdown_without_a_number_is_no_data(desk: Redis, word: str) -> None:
    calm = {"strategy": "btc-1", "source": "agent", "current_drawdown": "-0.01"}
    publish(desk, "performance_metrics", calm)
    engines.until(Series.objects.filter(name="current_drawdown").exists)

    publish(desk, "performance_metrics", {**calm, "current_drawdown": word})

    engines.until(Alert.objects.filter(rule_name="high_drawdown").exists)
    alert = Alert.objects.get()
    assert (alert.state, alert.condition, alert.value) == ("firing", "nodata", None)
    kept = Sample.objects.filter(series__name="current_drawdown").order_by("seq")
    assert list(kept.values_list("value", flat=True)) == [-0.01, None]


def test_a_firing_gauge_that_loses_its_number_goes_on_without_data(desk: Redis) -> None:
    report = {"component": "feed", "status": "ok", "cpu_percent": "97"}
    publish(desk, "system_metrics", report)
    firing = Alert.objects.filter(rule_name="hot")
    engines.until(firing.filter(condition="breach").exists)

    publish(desk, "system_metrics", {**report, "cpu_percent": "NaN"})

    engines.until(firing.filter(condition="nodata").exists)
    assert firing.get().state == "firing"
    client = Client()
    client.force_login(factories.person("alice"))
    rows = client.get("/system/state/").json()["rows"]
    assert rows["component:feed"]["metrics"] == {"cpu_percent": None}
