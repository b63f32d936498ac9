"""The risk page: falls from the peak, limits, hours, decisions; and the marks of rules on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from alerts import marks
from analytics import risk, walks
from analytics.charts import span
from analytics.models import Portfolio, RiskDecision
from analytics.scope import Scope
from tests import factories
from tests.analytics.entries import execution, one, store
from tests.browser import OpenPage, assert_clean
from tests.factories import person

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 2, 12, 0, 30, tzinfo=UTC)  # a Wednesday
HOUR = timedelta(hours=1)
SCOPE = Scope("live", "USDT")


def traded(*ago_and_pnl: tuple[timedelta, str]) -> None:
    """Trades closed so long before NOW, and the days' paths brought up to date."""
    entries = [
        execution(number, timestamp=str(int((NOW - ago).timestamp() * 1000)), pnl=pnl)
        for number, (ago, pnl) in enumerate(ago_and_pnl)
    ]
    store("trade_executions", [one("trade_executions", entry) for entry in entries])
    with connection.cursor() as cursor:
        while walks.bring_up_to_date(cursor):
            pass


def decided(number: int, decision: str, **fields: str) -> None:
    entry = {
        "event_id": f"d{number}", "symbol": "BTC/USDT", "decision": decision,
        "timestamp": str(int(NOW.timestamp() * 1000)), **fields,
    }  # fmt: skip
    store("risk_decisions", [one("risk_decisions", entry)])


def capital(amount: int = 1_000) -> None:
    Portfolio.objects.create(env="live", currency="USDT", starting_capital=Decimal(amount))


def shown(length: timedelta = 24 * HOUR) -> dict[str, Any]:
    return risk.state(SCOPE, span(NOW - length, NOW), now=NOW)


def figures(state: dict[str, Any]) -> dict[str, Any]:
    return {tile["label"]: tile for tile in state["tiles"]}


def test_the_fall_counts_from_a_peak_before_the_range() -> None:
    capital()
    traded((72 * HOUR, "200"), (71 * HOUR, "-50"), (2 * HOUR, "-60"), (HOUR, "30"))

    state = shown(6 * HOUR)

    falls = [fall for _, fall in state["drawdown"]]
    assert falls == pytest.approx([1090 / 1200 - 1, 1120 / 1200 - 1])
    assert figures(state)["Drawdown"]["figure"] == "−6.67\u202f%"
    assert figures(state)["Drawdown"]["note"] == "deepest −9.17\u202f%"


def test_earlier_trades_of_the_first_day_count_too() -> None:
    capital()
    traded((9 * HOUR, "100"), (HOUR, "-55"))

    [[_, fall]] = shown(3 * HOUR)["drawdown"]

    assert fall == pytest.approx(1045 / 1100 - 1)


def test_without_capital_there_is_no_drawdown_and_it_says_why() -> None:
    traded((HOUR, "30"))

    state = shown()

    assert state["drawdown"] == []
    assert figures(state)["Drawdown"]["figure"] is None
    assert figures(state)["Drawdown"]["note"] == "needs a starting capital"


def test_tails_wait_for_enough_days() -> None:
    capital()
    traded(*((timedelta(days=day), "-5" if day % 4 else "9") for day in range(1, 31)))

    found = figures(shown())

    assert found["Value at risk, 95 %"]["figure"] is not None
    assert found["Value at risk, 99 %"]["figure"] is None
    assert found["Value at risk, 99 %"]["note"] == "too few observations"
    assert found["Losing days in a row"]["note"] == "longest 3"


def test_hours_are_told_by_weekday() -> None:
    traded((HOUR, "30"), (HOUR, "-10"), (25 * HOUR, "-4"))

    assert shown(48 * HOUR)["hours"] == [[2, 11, -4.0, 1], [3, 11, 20.0, 2]]


def test_limits_tell_what_is_left_by_their_newest_decision() -> None:
    for number, used in enumerate(("100", "400")):
        decided(number, "approved", limit_name="gross", limit_value="500", limit_used=used)
    decided(5, "rejected", limit_name="net", limit_value="0", reason_code="max_loss")

    state = shown()

    [limit] = state["limits"]
    assert (limit["name"], limit["headroom"], limit["usage"]) == ("gross", "100", 0.8)
    assert state["refusals"] == [("max_loss", 1)]
    assert state["decisions"][0][1] == {"approved": 2, "rejected": 1}


def test_marks_tell_thresholds_and_firings(client: Client) -> None:
    client.force_login(person("bob"))
    rule = factories.rule("deep_drawdown", metric="current_drawdown", threshold=-0.06)
    factories.rule("off", metric="current_drawdown", enabled=False)
    alert = factories.alert(rule=rule, labels={"env": "live"})

    found = client.get("/alerts/marks/?metric=current_drawdown&env=live").json()

    assert [one["value"] for one in found["thresholds"]] == [-0.06]
    assert [one["href"] for one in found["bands"]] == [f"/alerts/{alert.pk}/"]
    assert client.get("/alerts/marks/?metric=current_drawdown&env=paper").json()["bands"] == []
    assert client.get("/alerts/marks/?metric=other&from=nonsense").json() == {
        "thresholds": [], "bands": [],
    }  # fmt: skip


def test_a_band_outside_of_the_range_is_left_out() -> None:
    alert = factories.alert(labels={"env": "live"})
    metric = alert.rule_snapshot["metric"]
    late = alert.started_at + HOUR

    assert len(marks.bands([metric], "live", start=late, end=late + HOUR)) == 1
    assert marks.bands([metric], "live", start=late - 9 * HOUR, end=late - 2 * HOUR) == []


@pytest.mark.browser
@pytest.mark.slow
def test_the_page_shows_it(open_page: OpenPage) -> None:
    capital()
    factories.rule("deep_drawdown", metric="current_drawdown", threshold=-0.06)
    traded((72 * HOUR, "200"), (2 * HOUR, "-60"), (HOUR, "30"))
    RiskDecision.objects.create(
        event_id="d1", source="risk", ts=timezone.now(), env="live", decision_id="d1",
        decision="rejected", limit_name="gross", limit_value=500, limit_used=450,
    )  # fmt: skip
    alice = person("alice")
    for look in ("light", "phone"):
        path = "/trading/risk/?from=2026-09-01T12:00&to=2026-09-02T13:00"
        page = open_page(path, look=look, by=alice)
        page.wait_for_selector("#sums[data-ready]")

        assert page.inner_text("#limits tbody tr").split()[:2] == ["gross", "90.0"]
        assert page.locator("#hours td.gained-2, #hours td.lost-4").count() == 2
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert_clean(page)
