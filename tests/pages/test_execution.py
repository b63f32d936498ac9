"""The execution page: who may see it, what it sums, exact and from sketches."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page

from analytics import execution, sketches
from analytics.charts import span
from analytics.scope import Scope
from tests.analytics.entries import execution as report
from tests.analytics.entries import gather_sketches, one, store
from tests.browser import OpenPage, assert_clean
from tests.factories import person

pytestmark = pytest.mark.django_db

NOW = timezone.now()
HOUR = timedelta(hours=1)


def told(number: int, *, ago: timedelta = HOUR / 60, **fields: str) -> dict[str, str]:
    at = str(int((NOW - ago).timestamp() * 1000))
    return report(number, timestamp=at, **fields)


def stored(*entries: dict[str, str]) -> list[str]:
    """Store them as one batch; the keys of what it would push."""
    entry_id = f"{int(NOW.timestamp() * 1000)}-0"
    events = [one("trade_executions", entry, entry_id) for entry in entries]
    return [frame.key for frame in store("trade_executions", events)[0].frames]


def shown(length: timedelta) -> dict[str, Any]:
    return execution.state(Scope("live", "USDT"), span(NOW - length, NOW), now=NOW)


def figures(client: Client, query: str = "") -> dict[str, Any]:
    response = client.get(f"/trading/execution/state/{query}")
    assert response.status_code == 200
    return {tile["label"]: tile for tile in response.json()["tiles"]}


@pytest.fixture
def bob(client: Client) -> Client:
    """A viewer."""
    client.force_login(person("bob"))
    return client


def test_short_spans_are_exact() -> None:
    stored(*(told(number, execution_time=str(number / 100)) for number in range(1, 102)))

    latency = shown(6 * HOUR)["latency"]

    assert latency["exact"]
    assert latency["quantiles"] == pytest.approx([0.51, 0.96, 1.0])
    assert latency["count"] == sum(latency["shares"]) == 101
    assert [point[1:] for point in latency["curve"]] == [latency["quantiles"]]


def test_long_spans_come_from_sketches_and_agree() -> None:
    ages = (timedelta(days=40), timedelta(days=9), timedelta(hours=3))
    for place, ago in enumerate(ages):
        batch = range(100 * place, 100 * place + 100)
        stored(*(told(n, ago=ago, execution_time=str((1 + n % 100) / 100)) for n in batch))
    gather_sketches()

    latency = shown(timedelta(days=60))["latency"]

    assert not latency["exact"]
    assert latency["quantiles"] == pytest.approx([0.5, 0.95, 0.99], rel=0.03)
    assert len(latency["curve"]) == len(ages)
    assert latency["count"] == 300


def test_too_many_readings_are_not_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    stored(told(1, execution_time="0.2"), told(2, execution_time="0.4"))
    gather_sketches()
    monkeypatch.setattr(execution, "EXACT", 1)

    latency = shown(6 * HOUR)["latency"]

    assert not latency["exact"]
    assert latency["width"] == 3_600_000
    [slot] = sketches.slots_of(np.array([0.2]))
    assert latency["quantiles"][0] == sketches.value_of(slot)


def test_rates_are_shares_of_the_orders_that_ended(bob: Client) -> None:
    stored(
        told(1), told(2), told(3, status="PARTIALLY_FILLED"), told(4, status="NEW"),
        told(5, status="REJECTED", reject_reason="insufficient margin"),
        told(6, status="CANCELLED"),
    )  # fmt: skip

    found = figures(bob)

    assert found["Orders ended"]["figure"] == "4"
    assert found["Fill rate"]["figure"] == "50.0\u202f%"
    assert found["Rejection rate"]["figure"] == "25.0\u202f%"
    assert found["Rejection rate"]["note"] == "mostly: insufficient margin"


def test_nothing_is_a_dash_with_a_reason_and_no_zero(bob: Client) -> None:
    found = figures(bob)

    assert {tile["figure"] for tile in found.values()} == {None}
    assert found["Fill rate"]["note"] == "no order has ended"
    assert found["Latency, median"]["note"] == "no order reported it"


def test_what_is_stored_tells_the_page() -> None:
    assert "orders:live" in stored(told(1))
    assert "orders:paper" in stored(told(2, env="paper"))


def test_one_strategy_alone(bob: Client) -> None:
    stored(told(1, execution_time="0.1"), told(2, strategy="other", execution_time="0.9"))

    found = figures(bob, "?strategy=other")

    assert found["Orders ended"]["figure"] == "1"
    assert found["Latency, median"]["figure"] == "0.9\u202fs"


def median(page: Page) -> str:
    return page.inner_text("#tile-latency [data-figure]")


@pytest.mark.browser
@pytest.mark.slow
def test_a_refetched_page_shows_what_a_new_page_shows(open_page: OpenPage) -> None:
    alice = person("alice")
    stored(told(1, execution_time="0.2"), told(2, status="REJECTED", reject_reason="margin"))
    page = open_page("/trading/execution/", by=alice)
    page.wait_for_selector("#sums[data-ready]")
    assert median(page) == "0.2\u202fs"
    assert page.inner_text("#rejections tbody").split() == ["margin", "1"]

    stored(*(told(n, execution_time="0.8") for n in range(3, 9)))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector("#tile-latency:has-text('0.8')")

    fresh = open_page("/trading/execution/", by=alice)
    fresh.wait_for_selector("#sums[data-ready]")
    for part in ("#tiles", "#latency-shares", "#slippage-shares", "#rejections"):
        ages = "(id) => document.querySelector(id).innerText.replace(/\\d+ s(?:\\s|$)/g, '')"
        assert page.evaluate(ages, part) == fresh.evaluate(ages, part)
    assert_clean(page)
