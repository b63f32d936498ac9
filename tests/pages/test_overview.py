"""The front page: the verdict, the lanes, the day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from alerts import actions
from ops_portal import overview
from tests import desk_day, seeded
from tests.factories import alert, person, rule

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 9, 3, 12, 0, tzinfo=UTC)


def lane(page: overview.Overview, key: str) -> overview.Lane:
    return next(one for one in page.lanes if one.key == key)


def figure(page: overview.Overview, key: str, label: str) -> overview.Figure:
    return next(one for one in lane(page, key).figures if one.label == label)


def test_an_empty_portal_claims_nothing() -> None:
    desk_day.run(now=NOON)

    page = overview.read(now=NOON)

    assert page.verdict.text == "Nothing has reported yet."
    assert {one.state for one in page.lanes if one.key != "system"} == {"absent"}
    assert figure(page, "trading", "PnL today").value == "–"
    assert figure(page, "risk", "Drawdown").value == "–"
    assert figure(page, "feeds", "Last event").value == "–"


def test_the_worst_alert_is_the_verdict() -> None:
    slow = rule("slow", severity="warning", metric="execution_latency_seconds", comparison=">")
    alert(rule=slow)
    worst = alert(title="Drawdown on btc")

    page = overview.read(now=NOON)

    assert page.verdict.alert is not None
    assert page.verdict.alert.id == worst.pk
    assert page.verdict.text == "1 critical alert needs you: Drawdown on btc, now −6.10\u202f%."
    assert lane(page, "risk").state == "critical"
    assert lane(page, "trading").state == "warning"


def test_a_storm_is_counted_whole_and_hides_no_lane() -> None:
    slow = rule("slow", severity="warning", metric="execution_latency_seconds", comparison=">")
    alert(rule=slow)
    for number in range(12):
        alert(title=f"Drawdown {number}", labels={"strategy": f"s{number}"})

    page = overview.read(now=NOON)

    assert page.verdict.text.startswith("12 critical alerts need you: ")
    assert (lane(page, "risk").alerts, lane(page, "trading").alerts) == (12, 1)
    assert lane(page, "trading").state == "warning"
    assert len(page.attention) == overview.ATTENTION


def test_an_alert_that_somebody_holds_is_told_with_the_name() -> None:
    desk_day.run(now=NOON)
    actions.acknowledge(alert(title="Drawdown").pk, by=person("alice"), now=NOON)

    page = overview.read(now=NOON)

    assert page.verdict.text == "Alice is on it: Drawdown."
    assert lane(page, "risk").state == "absent"


def test_a_desk_that_reports_is_well_and_a_silent_one_is_not() -> None:
    desk_day.store(now=NOON)

    well, later = overview.read(now=NOON), NOON + timedelta(hours=2)
    desk_day.run(now=later)
    silent = overview.read(now=later)

    assert well.verdict.tone == "ok"
    assert "The desk is well" in well.verdict.text
    assert silent.verdict.tone == "warning"
    assert lane(silent, "feeds").state == "stale"


def test_the_day_adds_up() -> None:
    desk_day.store(now=NOON)

    page = overview.read(now=NOON)

    sums = sum((Decimal(pnl) for _, pnl in page.chart["minutes"]), Decimal(0))
    assert page.book.trades == 52
    assert page.chart["points"][0][1] == 20_000
    assert page.chart["points"][-1][1] == pytest.approx(float(20_000 + sums))
    assert figure(page, "trading", "PnL today").value.endswith("USDT")


def test_yesterdays_trades_are_not_todays() -> None:
    desk_day.store(now=NOON)

    page = overview.read(now=NOON + timedelta(days=1))

    assert page.book.trades == 0
    assert page.chart["points"][0][1] > 20_000


def test_only_firings_of_this_environment_are_bands() -> None:
    alert(labels={"env": "paper"}, fired_at=NOON)
    alert(labels={"env": "live"}, fired_at=NOON - timedelta(days=1))

    [band] = overview.read(now=NOON + timedelta(minutes=1)).chart["bands"]

    assert band["from"] == int(NOON.timestamp() * 1000) - 12 * 3_600_000
    assert band["to"] is None


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("current_drawdown", "risk"),
        ("portal_silence_seconds", "feeds"),
        ("errors", "system"),
        ("win_rate_ratio", "trading"),
        ("", "trading"),
    ],
)
def test_an_alert_worsens_the_lane_its_metric_speaks_of(metric: str, expected: str) -> None:
    assert overview.lane_of(metric) == expected


def test_the_page_takes_the_same_queries_however_much_happened(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    seeded.seed(now=timezone.now())
    client = Client()
    client.force_login(person("bob"))
    client.get("/")

    with django_assert_max_num_queries(45):
        client.get("/")
