"""Environment, currency, strategy, symbol and source: the same choice on every trading page."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from analytics import charts, execution
from analytics.asked import RANGES
from analytics.scope import Scope
from tests.analytics.entries import execution as fill
from tests.analytics.entries import one, store
from tests.factories import person

pytestmark = pytest.mark.django_db
NOW = timezone.now()
MS = int(NOW.timestamp() * 1_000)
PARTS = [
    {},
    {"strategy": "mean"},
    {"symbol": "ETH/USDT"},
    {"source": "hand"},
    {"strategy": "mean", "symbol": "BTC/USDT", "source": "bot"},
    {"currency": "EUR"},
    {"currency": "EUR", "source": "hand"},
    {"env": "paper", "symbol": "BTC/USDT"},
]


def some_day() -> None:
    """Fills of two of everything within a day, opening ones with fees among them."""
    dice = random.Random(5)
    common: dict[str, Any]
    fills, signals, decisions = [], [], []
    for number in range(160):
        common = {
            "timestamp": str(MS - dice.randrange(20 * 3_600_000)),
            "env": "paper" if number % 8 == 0 else "live",
            "source": dice.choice(("bot", "hand")),
            "strategy": dice.choice(("ema_cross", "mean")),
            "symbol": dice.choice(("BTC/USDT", "ETH/USDT")),
        }
        pnl = "" if number % 9 == 0 else str(dice.randrange(-40_000, 42_000) / 100)
        status = dice.choice(("FILLED", "FILLED", "FILLED", "REJECTED"))
        more = {"fee": "0.07", "status": status, "execution_time": str(dice.random())}
        more["currency"] = dice.choice(("USDT", "USDT", "EUR"))
        fills.append(fill(number, pnl=pnl, order_id=f"o{number}", **more) | common)
        told = {**common, "event_id": f"s{number}"}
        signals.append({**told, "signal_type": dice.choice(("buy", "sell"))})
        decisions.append({**told, "event_id": f"d{number}", "decision": "approved"})
    for stream, entries in (
        ("trade_executions", fills),
        ("trading_signals", signals),
        ("risk_decisions", decisions),
    ):
        store(stream, [one(stream, entry, f"{MS}-0") for entry in entries])


@pytest.fixture
def bob(client: Client) -> Client:
    """A viewer, before a day with two of everything."""
    some_day()
    client.force_login(person("bob"))
    return client


def state(client: Client, page: str, **query: str) -> dict[str, Any]:
    response = client.get(f"/trading/{page}state/?{urlencode(query)}")
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


def performance(part: dict[str, str]) -> dict[str, Any]:
    out = StringIO()
    asked = [f"--{name}={value}" for name, value in ({"currency": "USDT"} | part).items()]
    call_command("performance", "--json", *asked, stdout=out)
    [card] = json.loads(out.getvalue())["accounts"]
    return dict(card)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: "-".join(part.values()) or "all")
def test_every_page_tells_what_the_command_tells(bob: Client, part: dict[str, str]) -> None:
    known = performance(part)

    trading, card = (
        state(bob, "", **part)["figures"],
        bob.get("/trading/performance/days.json", part).json(),
    )
    risk, orders = state(bob, "risk/", **part), state(bob, "execution/", **part)

    figures = known["trades"] | known["money"]
    for name, ours in {"pnl": "net_pnl", "fees": "fees", "trades": "trades"}.items():
        assert trading[name] == figures[ours]["value"], name
    assert trading["win_ratio"] == figures["win_rate"]["value"]
    assert card["trades"].items() <= known["trades"].items()
    assert card["daily"] == known["daily"]
    assert sum(trades for *_, trades in risk["hours"]) == figures["trades"]["value"]
    assert orders["rates"]["ended"] == known["execution"]["orders_ended"]["value"]
    assert orders["latency"]["quantiles"][0] == pytest.approx(
        known["execution"]["latency"]["p50"]["value"], rel=1e-9
    )


def test_parts_add_up_to_the_whole(bob: Client) -> None:
    def counts(**part: str) -> tuple[float, int, int]:
        shown = state(bob, "", **part)
        decisions = state(bob, "risk/", **part)["decisions"]
        return (
            sum(pnl for _, pnl in shown["pnl"]),
            sum(n for _, by_type in shown["signals"] for n in by_type.values()),
            sum(n for _, by_word in decisions for n in by_word.values()),
        )

    whole = counts()

    for name, values in {"symbol": ("BTC/USDT", "ETH/USDT"), "source": ("bot", "hand")}.items():
        parts = [counts(**{name: value}) for value in values]
        assert [sum(column) for column in zip(*parts, strict=True)] == pytest.approx(whole)


def test_a_source_is_read_from_rows_as_the_rollups_would_tell_it(bob: Client) -> None:
    """A desk of one source: its curve, counts and bars are those of all."""
    drawn = charts.span(NOW - RANGES["24h"], NOW + timedelta(seconds=1))
    by_rollups = charts.state(Scope("paper", "USDT", symbol=""), drawn, now=NOW)
    fills = [fill(999, source="only", env="backtest", timestamp=str(MS - 5_000), fee="0.1")]
    store("trade_executions", [one("trade_executions", entry, f"{MS}-0") for entry in fills])

    def told(source: str) -> dict[str, Any]:
        found = charts.state(Scope("backtest", "USDT", source=source), drawn, now=NOW)
        return {name: found[name] for name in ("pnl", "base", "bar", "tail")}

    assert told("only") == told("")
    assert by_rollups["pnl"]


def test_what_nobody_traded_is_absent_and_the_filter_stays(bob: Client) -> None:
    page = bob.get("/trading/", {"symbol": "DOGE/USDT", "source": "nobody"})

    assert page.context["state"]["figures"]["win_ratio"] is None
    assert page.context["state"]["trades"] == []
    html = page.content.decode()
    assert "<option selected>DOGE/USDT</option>" in html
    assert "<option selected>nobody</option>" in html
    assert "a part has no capital of its own" in html


@pytest.mark.parametrize("page", ["", "performance/", "risk/", "execution/"])
def test_each_page_offers_the_filters_and_carries_them_in_its_links(bob: Client, page: str) -> None:
    html = bob.get(f"/trading/{page}?symbol=BTC/USDT&source=bot").content.decode()

    assert "<option selected>BTC/USDT</option>" in html
    assert "<option>ETH/USDT</option>" in html
    assert "<option selected>bot</option>" in html
    for name in ("performance", "risk", "execution"):
        assert f"/trading/{name}/?symbol=BTC%2FUSDT&amp;source=bot" in html
    assert '<input type="hidden" name="symbol" value="BTC/USDT">' in html


def test_orders_of_other_currencies_are_told_apart_only_where_there_are_any(bob: Client) -> None:
    drawn = charts.span(NOW - RANGES["24h"], NOW + timedelta(seconds=1))
    ended = {
        several: execution.state(Scope("live", "EUR", several=several), drawn, now=NOW)["rates"]
        for several in (True, False)
    }

    assert 0 < ended[True]["ended"] < ended[False]["ended"]
