"""The trading page beside the period before: equal length, each figure, what is undefined."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from analytics import earlier
from analytics.charts import span
from tests.factories import person
from tests.pages.test_equity import NOW, SCOPE, traded

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def shown(length: timedelta = 6 * HOUR) -> dict[str, Any]:
    return earlier.state(SCOPE, span(NOW - length, NOW))


def figures(state: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {row["label"]: row for row in state["figures"]}


@pytest.mark.parametrize("length", [timedelta(minutes=15), 24 * HOUR, timedelta(days=40)])
def test_the_period_before_is_as_long_and_ends_where_the_range_begins(length: timedelta) -> None:
    drawn = span(NOW - length, NOW)

    before = earlier.span_before(drawn)

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
    assert found["Win rate"]["why"] == "before: no trade"
    assert found["Profit factor"]["why"] == "now: nothing was lost; before: no trade"
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
