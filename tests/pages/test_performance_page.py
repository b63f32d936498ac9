"""The performance page: figures with their reasons, days, months, and how each is made."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from analytics import card, card_views, figuregroups, formulas
from analytics.models import Portfolio, Trade
from tests.analytics.entries import execution, one, store
from tests.browser import OpenPage, assert_clean
from tests.factories import person

pytestmark = pytest.mark.django_db

FIRST = datetime(2026, 7, 30, 12, tzinfo=UTC)
STATE = "/trading/performance/state/"


def traded(*pnls: str) -> None:
    """One trade a day from FIRST on; blank days stay quiet."""
    entries = [
        execution(
            number, pnl=pnl, timestamp=str(int((FIRST + timedelta(number)).timestamp() * 1000))
        )
        for number, pnl in enumerate(pnls)
        if pnl
    ]
    store("trade_executions", [one("trade_executions", entry) for entry in entries])


def capital(amount: int = 1_000) -> None:
    Portfolio.objects.create(env="live", currency="USDT", starting_capital=Decimal(amount))


@pytest.fixture
def bob(client: Client) -> Client:
    """A viewer."""
    client.force_login(person("bob"))
    return client


def shown(client: Client, query: str = "") -> dict[str, Any]:
    response = client.get(f"{STATE}{query}")
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


def figures(state: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (group["title"], one["label"]): (one["figure"], one["note"])
        for group in state["groups"]
        for one in group["figures"]
    }


def test_figures_are_those_of_the_formulas(bob: Client) -> None:
    capital()
    traded("100", "-55", "", "20")

    state = shown(bob)

    found = figures(state)
    assert found["Money", "Net PnL"] == ("+65.00\u202fUSDT", "")
    assert found["Return", "Return"] == ("6.50\u202f%", "from only 4 values")
    assert found["Return", "CAGR"] == ("–", "too few observations")
    assert found["Drawdown, by day", "Deepest"][0] == "−5.00\u202f%"
    assert found["Trades", "Win rate"] == ("66.67\u202f%", "from only 3 values")
    assert found["Drawdown, by day", "Trough"][0] == "2026-07-31"
    assert [fall for _, fall in state["drawdown"]] == pytest.approx([0, -0.05, -0.05, -0.0318182])
    assert [level for _, level in state["equity"]] == [1100, 1045, 1045, 1065]


def test_without_capital_money_stays_and_ratios_say_why(bob: Client) -> None:
    traded("100", "-55")

    state = shown(bob)

    found = figures(state)
    assert found["Money", "Net PnL"][0] == "+45.00\u202fUSDT"
    assert found["Return", "Sharpe"] == ("–", "needs a starting capital")
    assert (state["equity"], state["drawdown"]) == ([], [])
    assert [gained for _, gained in state["gains"]] == [100, 45]
    assert state["months"][0]["months"][6] == 45


def test_months_compound(bob: Client) -> None:
    capital()
    traded("100", "110", "-121")  # +10 %, +10 % in July, -10 % in August

    [year] = shown(bob)["months"]

    assert (year["year"], year["months"][5]) == (2026, None)
    assert year["months"][6:8] == pytest.approx([0.21, -0.1])
    assert year["whole"] == pytest.approx(0.089)


def test_a_range_takes_its_days_only(bob: Client) -> None:
    capital()
    traded("100", "-55", "20")

    state = shown(bob, "?from=2026-07-31T00:00&to=2026-08-01T00:00")

    assert figures(state)["Money", "Net PnL"][0] == "−55.00\u202fUSDT"
    assert figures(state)["Return", "Return"][0] == "−5.00\u202f%"
    assert [day[0] for day in state["calendar"]] == ["2026-07-31"]


def test_strategies_are_told_apart(bob: Client) -> None:
    traded("100")
    store(
        "trade_executions",
        [one("trade_executions", execution(9, strategy="b", pnl="-5", fee="0.5"))],
    )

    best, worst = shown(bob)["shares"]

    assert (best["strategy"], best["pnl"], best["profit_factor"]) == ("ema_cross", "100", None)
    assert (worst["strategy"], worst["pnl"], worst["fees"]) == ("b", "-5", "0.5")


def test_the_days_are_a_file(bob: Client) -> None:
    traded("100", "-55")

    response = bob.get("/trading/performance/days.csv")

    lines = list(csv.DictReader(io.StringIO(b"".join(response).decode())))
    assert [(line["day"], float(line["pnl"])) for line in lines] == [
        ("2026-07-30", 100), ("2026-07-31", -55),
    ]  # fmt: skip
    everything = bob.get("/trading/performance/days.json").json()
    assert everything["money"]["net_pnl"]["value"] == "45"


def test_every_figure_of_the_page_has_its_formula(bob: Client) -> None:
    known = formulas.anchors()
    page = bob.get("/trading/formulas/").content.decode()

    for _, _, names in (*figuregroups.GROUPS, *figuregroups.CLOSER):
        for name in names:
            assert f'<tr id="{known[name]}">' in page, name
    for path in ("performance", "risk", "execution"):
        tiles = bob.get(f"/trading/{path}/state/").json()["tiles"]
        assert all(tile["formula"] in known.values() for tile in tiles), path


# What a column tells that nobody computed, or that says its formula in the next one.
PLAIN = {
    "Quantity",
    "Allowed",
    "Asked",
    "Paid",
    "After",
    "p95",
    "Year",
    *(str(month) for month in card_views.MONTHS),
}


@pytest.mark.parametrize("path", ["", "performance/", "risk/", "execution/", "trades/"])
def test_each_figure_and_column_leads_to_its_formula(bob: Client, path: str) -> None:
    traded("100", "-55")
    if path == "trades/":
        path += f"{Trade.objects.first().pk}/"  # type: ignore[union-attr]
    page = bob.get(f"/trading/{path}").content.decode()
    manual = bob.get("/trading/formulas/").content.decode()

    links = re.findall(r'href="/trading/formulas/#(\w+)"', page)

    assert len(links) > 5
    assert set(links) <= set(re.findall(r'<tr id="(\w+)"', manual))
    for label in re.findall(r'<p class="tile-label">(.*?)</p>', page):
        assert 'href="/trading/formulas/#' in label
    for column in re.findall(r'<th scope="col" class="num">(.*?)</th>', page):
        assert column in PLAIN or 'class="how"' in column


def test_long_curves_keep_their_peaks() -> None:
    points = [[float(at), float((at * 7919) % 1000)] for at in range(9_000)]
    points[4_321][1] = -5_000.0

    kept = card.thinned(points)

    assert len(kept) <= card.POINTS
    assert [4_321.0, -5_000.0] in kept
    assert kept == sorted(kept)
    assert card.thinned(points[:50]) == points[:50]


def test_nothing_traded_is_nothing_shown(bob: Client) -> None:
    state = shown(bob)

    assert {tile["figure"] for tile in state["tiles"]} <= {None, "0.00\u202fUSDT"}
    assert (state["equity"], state["months"], state["calendar"]) == ([], [], [])
    assert timezone.now().timestamp() * 1_000 - state["now"] < 600_000


@pytest.mark.browser
@pytest.mark.slow
def test_one_cursor_and_a_dragged_range(open_page: OpenPage) -> None:
    capital()
    traded("100", "-55", "20", "-30", "10", "5")
    page = open_page("/trading/performance/", by=person("alice"))
    page.wait_for_selector("#sums[data-ready]")
    page.locator("#equity-chart").scroll_into_view_if_needed()
    box = page.locator("#equity-chart").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2

    page.mouse.move(box["x"] + box["width"] / 2, middle)
    assert page.locator(".chart-cursor:visible").count() == 2
    page.mouse.move(box["x"] + box["width"] * 0.4, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, middle, steps=4)
    assert page.locator(".chart-picked:visible").count() == 1
    page.mouse.up()

    page.wait_for_url(re.compile(r"from=2026-08-01.*&to=2026-08-03"))
    page.wait_for_selector("#sums[data-ready]")
    assert [row.split()[0] for row in page.locator("#months tbody tr").all_inner_texts()] == [
        "2026"
    ]
    assert_clean(page)
