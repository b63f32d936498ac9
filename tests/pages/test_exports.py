"""Every table and chart of the trading pages as CSV, JSON and XLSX."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from analytics import sheets
from analytics.models import Portfolio, Trade
from analytics.offers import OFFERS
from ops_portal.lib.sheets import FORMS, xlsx_file
from tests.analytics.entries import one, store
from tests.factories import person
from tests.pages.test_filters import MS, some_day
from tests.pages.test_trades_list import traded
from tests.performance.test_positions import stored

pytestmark = pytest.mark.django_db
NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
COMPARED = "?range=7d&compare=1"
EVIL = '=HYPERLINK("http://x","y")'


@pytest.fixture
def bob(client: Client) -> Client:
    """A viewer."""
    client.force_login(person("bob"))
    return client


def body(client: Client, path: str) -> bytes:
    response: Any = client.get(path)
    assert response.status_code == 200
    return b"".join(response.streaming_content) if response.streaming else response.content


def workbook(raw: bytes) -> list[list[Any]]:
    """The cells of the only sheet: texts as text, numbers as float, nothing as None."""
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own file
    assert not list(sheet.iter(f"{NS}f")), "a formula"
    rows = []
    for row in sheet.iter(f"{NS}row"):
        cells: list[Any] = []
        for found in row.iter(f"{NS}c"):
            text = "".join(found.itertext())
            cells.append(text if found.get("t") == "inlineStr" else float(text))
        rows.append(cells)
    return rows


def whole_day() -> None:
    """Something for every sheet: a capital, an open position, a limit that said no, exposure."""
    some_day()
    Portfolio.objects.create(env="live", currency="USDT", starting_capital=10_000)
    stored({"position_id": "p", "quantity": "2", "price": "101", "requested_price": "100"})
    said = {"decision": "rejected", "reason_code": "exposure_limit", "limit_name": "gross"}
    said |= {"limit_value": "100", "limit_used": "99", "gross_exposure": "99", "source": "bot"}
    said |= {"event_id": "d", "symbol": "BTC/USDT", "timestamp": str(MS), "strategy": "mean"}
    store("risk_decisions", [one("risk_decisions", said, f"{MS}-0")])


def test_every_sheet_says_the_same_in_each_form(bob: Client) -> None:
    whole_day()
    for name in OFFERS:
        path = f"/trading/export/{name}"

        table = list(csv.reader(io.StringIO(body(bob, f"{path}.csv{COMPARED}").decode())))
        rows = json.loads(body(bob, f"{path}.json{COMPARED}"))
        book = workbook(body(bob, f"{path}.xlsx{COMPARED}"))

        assert rows, name
        assert book[0] == table[0], name
        assert len(book) == len(table) == len(rows) + 1, name
        assert all(list(row) == table[0] for row in rows), name


def test_the_trades_of_a_file_are_those_of_the_filters(
    bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    traded()
    monkeypatch.setattr(sheets, "CHUNK", 7)

    query = "?range=7d&side=sell&outcome=won&sort=worst"
    rows = json.loads(body(bob, f"/trading/export/trades.json{query}"))
    recent = json.loads(body(bob, "/trading/export/trades.json?range=1h"))

    wanted = Trade.objects.filter(side="sell", pnl__gt=0).order_by("pnl", "id")
    assert [row["key"] for row in rows] == [trade.trade_key for trade in wanted]
    start = datetime.now(UTC) - timedelta(hours=1, minutes=2)
    assert 0 < len(recent) < 20
    assert all(datetime.fromisoformat(row["closed"]) >= start for row in recent)


def test_the_comparison_is_a_file_where_there_is_one(bob: Client) -> None:
    whole_day()

    [net, *_] = json.loads(body(bob, f"/trading/export/tradesbefore.json{COMPARED}"))
    pages = {compare: bob.get(f"/trading/?range=7d{compare}") for compare in ("", "&compare=1")}

    figure = pages["&compare=1"].context["state"]["figures"]["pnl"]
    assert net == {"figure": "PnL", "now": figure, "before": "0", "reason": ""}
    offered = ["tradesbefore" in page.content.decode() for page in pages.values()]
    assert offered == [False, True]
    assert json.loads(body(bob, "/trading/export/tradesbefore.json")) == []


def test_money_is_exact_where_the_form_can_tell_it(bob: Client) -> None:
    Trade.objects.create(
        env="live", source="file", trade_key="t1", symbol="BTC/USDT", currency="USDT", side="buy",
        closed_at=datetime.now(UTC), pnl=Decimal("0.100000000000000001"), fees=1, fills=1,
    )  # fmt: skip

    [row] = json.loads(body(bob, "/trading/export/trades.json"))
    table = list(csv.DictReader(io.StringIO(body(bob, "/trading/export/trades.csv").decode())))

    assert row["pnl"] == table[0]["pnl"] == "0.100000000000000001"


def test_no_text_becomes_a_formula_or_an_address() -> None:
    at = datetime(2026, 9, 1, 12, 30, tzinfo=UTC)
    lines = [
        (EVIL, "http://x", "12", None, at, Decimal("1.5")),
        ("@x", "+1", "", "x" * 40_000, at, 2),
    ]

    written: Any = xlsx_file(("a", "b", "c", "d", "e", "f"), lines, name="x")

    _, first, second = workbook(b"".join(written.streaming_content))
    days = (at - datetime(1899, 12, 30, tzinfo=UTC)) / timedelta(days=1)
    assert first == [EVIL, "http://x", "12", pytest.approx(days), 1.5]
    assert second[:2] == ["@x", "+1"]
    assert len(second[2]) == 32_767


@pytest.mark.parametrize("form", FORMS)
def test_who_may_not_see_the_page_gets_no_file_of_it(client: Client, form: str) -> None:
    assert client.get(f"/trading/export/trades.{form}").status_code == 302
    client.force_login(person("charlie"))
    for name in OFFERS:
        assert client.get(f"/trading/export/{name}.{form}").status_code == 403
    client.force_login(person("bob"))
    assert client.get(f"/trading/export/nothing.{form}").status_code == 404
    assert client.get("/trading/export/trades.exe").status_code == 404


@pytest.mark.parametrize("page", ["", "performance/", "risk/", "execution/"])
def test_each_page_offers_its_files_with_its_own_address(bob: Client, page: str) -> None:
    html = bob.get(f"/trading/{page}?range=7d&compare=1&symbol=BTC").content.decode()

    name = page.strip("/") or "trading"
    for file, offer in OFFERS.items():
        offered = f"/trading/export/{file}.xlsx?range=7d&amp;compare=1&amp;symbol=BTC" in html
        assert offered is (offer.page == name), file
