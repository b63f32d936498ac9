"""Pages beside the period before: equal length, each figure, curves, what is undefined."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from analytics import execution, risk
from analytics.charts import span
from analytics.earlier import trading as earlier
from analytics.earlier.period import span_before
from tests.factories import person
from tests.pages.test_equity import NOW, SCOPE, capital, traded

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def shown(length: timedelta = 6 * HOUR) -> dict[str, Any]:
    return earlier.state(SCOPE, span(NOW - length, NOW))


def figures(state: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {row["label"]: row for row in state["figures"]}


@pytest.mark.parametrize("length", [timedelta(minutes=15), 24 * HOUR, timedelta(days=40)])
def test_the_period_before_is_as_long_and_ends_where_the_range_begins(length: timedelta) -> None:
    drawn = span(NOW - length, NOW)

    before = span_before(drawn)

    width = timedelta(seconds=drawn.width)
    assert before.end - before.start == drawn.end - drawn.start
    assert (drawn.start - before.start) % width == timedelta()
    assert timedelta() <= drawn.start - before.end < width


def test_each_figure_stands_beside_its_earlier_value_and_the_change() -> None:
    traded((10 * HOUR, "30"), (9 * HOUR, "-10"), (2 * HOUR, "60"), (HOUR, "-20"), fee="0.5")

    found = figures(shown())

    assert (found["PnL"]["now"], found["PnL"]["before"]) == (
        "+40.00\u202fUSDT", "+20.00\u202fUSDT",
    )  # fmt: skip
    assert (found["PnL"]["change"], found["PnL"]["gain"]) == ("+20.00\u202fUSDT", "profit")
    assert found["Win rate"]["change"] == "0.0\u202fpoints"
    assert found["Profit factor"]["now"] == found["Profit factor"]["before"] == "3.00"
    assert found["Fees"]["gain"] == ""


def test_what_is_undefined_in_one_period_has_no_change_and_says_why() -> None:
    traded((2 * HOUR, "60"))

    found = figures(shown())

    assert found["Win rate"]["before"] == found["Win rate"]["change"] == "–"
    assert found["Win rate"]["why"] == "before: nothing to measure"
    assert found["Profit factor"]["why"] == "now: nothing was lost; before: nothing to measure"
    assert found["Trades"]["change"] == "+1"


def test_the_earlier_curve_lies_on_the_times_of_the_range() -> None:
    traded((8 * HOUR, "30"), (HOUR, "5"))

    [[at, gained]] = shown()["pnl"]

    assert gained == 30
    moved = datetime.fromtimestamp(at / 1000, UTC) - (NOW - 8 * HOUR).replace(second=0)
    assert 6 * HOUR <= moved <= 6 * HOUR + timedelta(minutes=1)


def test_the_address_says_whether_it_is_compared(client: Client) -> None:
    client.force_login(person("bob"))

    assert client.get("/trading/state/").json()["earlier"] is None
    assert client.get("/trading/state/?range=all&compare=1").json()["earlier"] is None
    assert client.get("/trading/state/?range=6h&compare=1").json()["earlier"]["pnl"] == []
    page = client.get("/trading/?range=6h&compare=1").content.decode()
    assert "Beside the period before" in page
    assert '<input type="hidden" name="compare" value="1">' in page


def test_risk_tells_how_far_the_account_fell_before() -> None:
    capital()
    traded((9 * HOUR, "100"), (8 * HOUR, "-220"), (HOUR, "-11"))

    state = risk.state(SCOPE, span(NOW - 6 * HOUR, NOW), now=NOW, compares=True)["earlier"]

    found = figures(state)
    assert (found["Deepest drawdown"]["before"], found["Losing trades"]["change"]) == (
        "−20.00\u202f%", "0",
    )  # fmt: skip
    assert found["Lost by losing trades"]["gain"] == "profit"
    assert found["Turned down"]["why"] == "now: nothing to measure; before: nothing to measure"
    assert [fall for _, fall in state["drawdown"]] == [0.0, pytest.approx(-0.2)]
    assert all(at > NOW.timestamp() * 1000 - 6 * 3.6e6 for at, _ in state["drawdown"])


def test_execution_tells_how_orders_went_before() -> None:
    traded((8 * HOUR, "1"), (HOUR, "1"), (HOUR / 2, "1"), execution_time="0.25")

    state = execution.state(SCOPE, span(NOW - 6 * HOUR, NOW), now=NOW, compares=True)["earlier"]

    found = figures(state)
    assert (found["Orders ended"]["now"], found["Orders ended"]["change"]) == ("2", "+1")
    assert found["Latency, p95"]["before"] == "0.25\u202fs"
    assert found["Fill rate"]["change"] == "0.0\u202fpoints"
    [[_, median]] = state["latency"]
    assert median == 0.25


def test_performance_tells_the_same_number_of_days_before(client: Client) -> None:
    capital()
    traded((5 * DAY, "50"), (3 * DAY, "-20"), (DAY, "103"))
    client.force_login(person("bob"))
    address = "/trading/performance/state/?from=2026-08-31&to=2026-09-02T23:00&compare=1"

    state = client.get(address).json()["earlier"]

    found = figures(state)
    assert (found["Net PnL"]["before"], found["Trades"]["before"]) == ("+30.00\u202fUSDT", "2")
    assert (found["Return"]["before"], found["Return"]["now"]) == ("3.00\u202f%", "10.00\u202f%")
    first = datetime(2026, 8, 31, tzinfo=UTC)
    assert [(datetime.fromtimestamp(at / 1000, UTC), level) for at, level in state["equity"]] == [
        (first + DAY, 1_080),
        (first + 2 * DAY, 1_080),
        (first + 3 * DAY, 1_060),
    ]
    assert min(fall for _, fall in state["drawdown"]) == pytest.approx(-20 / 1_050)


@pytest.mark.parametrize("page", ["performance/", "risk/", "execution/"])
def test_every_page_of_figures_has_the_control_and_the_table(client: Client, page: str) -> None:
    client.force_login(person("bob"))

    compared = client.get(f"/trading/{page}?range=6h&compare=1").content.decode()
    whole = client.get(f"/trading/{page}?range=all&compare=1").content.decode()

    assert "Beside the period before" in compared
    assert "Beside the period before" not in whole
    assert "All there is has no period before it" in whole
