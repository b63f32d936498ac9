"""What is open, from fills: by hand, by property, and as the page tells it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import positions, standing
from analytics.models import Candle, OpenPosition
from analytics.performance.positions import Fill, Open, fold, unrealized
from analytics.performance.undefined import Undefined
from analytics.scope import Scope
from tests.analytics.entries import execution, one, store
from tests.factories import person

AT = datetime(2026, 9, 1, 12, tzinfo=UTC)
NOW = timezone.now()
MS = int(NOW.timestamp() * 1_000)
LIVE = Scope("live", "USDT")


def fills(*told: str) -> list[Fill]:
    """`+2@100`, `-1@110 pnl`: side and quantity, price, whether something was realised."""
    found = []
    for second, text in enumerate(told):
        amount, _, price = text.removesuffix(" pnl").partition("@")
        pnl = Decimal(1) if text.endswith(" pnl") else None
        side = "sell" if amount.startswith("-") else "buy"
        at = AT + timedelta(seconds=second)
        found.append(Fill(at, side, abs(Decimal(amount)), Decimal(price) if price else None, pnl))
    return found


@pytest.mark.parametrize(
    ("told", "named", "quantity", "entry"),
    [
        (["+2@100", "+2@110"], True, 4, 105),
        (["+2@100", "+2@110", "-1@120 pnl"], True, 3, 105),
        (["+2@100", "-1@120 pnl", "+1@130"], True, 2, 115),
        (["-2@100", "+1@90 pnl"], True, -1, 100),
        (["+2@100", "+1@120 pnl"], True, 1, 100),  # agents that tell the side of the trade
        (["+2@100", "-3@90"], False, -1, 90),
        (["+2@100", "-3@90 pnl"], False, -1, 90),
        (["+2@100", "-1@90"], False, 1, 100),
        (["+2@100", "+2@"], True, 4, None),
    ],
)
def test_average_cost_by_hand(
    told: list[str], named: bool, quantity: int, entry: int | None
) -> None:
    found = fold(fills(*told), named=named)

    assert found is not None
    assert found.quantity == quantity
    assert found.entry == entry


@pytest.mark.parametrize(
    "told", [[], ["+1@5 pnl"], ["+2@100", "-2@120 pnl"], ["+2@100", "-3@120 pnl"], ["-1@9 pnl"]]
)
def test_what_is_closed_or_was_never_seen_opening_is_not_open(told: list[str]) -> None:
    assert fold(fills(*told), named=True) is None


sizes = st.decimals("0.001", "50", places=3)
prices = st.decimals("1", "90000", places=2)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(sizes, prices), min_size=1, max_size=20), st.booleans())
def test_the_entry_of_additions_is_their_average_in_any_order(
    added: list[tuple[Decimal, Decimal]], short: bool
) -> None:
    side = "sell" if short else "buy"
    some = [Fill(AT, side, quantity, price, None) for quantity, price in added]

    found, turned = fold(some, named=True), fold(reversed(some), named=True)

    assert found is not None
    assert turned is not None
    whole = sum(quantity for quantity, _ in added)
    average = sum(q * p for q, p in added) / whole
    assert abs(found.quantity) == whole == abs(turned.quantity)
    assert float(found.entry or 0) == pytest.approx(float(average), rel=1e-12)
    assert float(turned.entry or 0) == pytest.approx(float(average), rel=1e-12)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(sizes, prices), min_size=1, max_size=10), sizes, prices)
def test_opening_and_closing_all_of_it_leaves_nothing(
    added: list[tuple[Decimal, Decimal]], close: Decimal, price: Decimal
) -> None:
    some = [Fill(AT, "buy", quantity, price, None) for quantity, price in added]
    whole = sum((quantity for quantity, _ in added), Decimal(0))
    part = min(close, whole / 2)

    left = fold([*some, Fill(AT, "sell", part, price, Decimal(1))], named=False)
    closed = fold([*some, Fill(AT, "sell", whole, price, Decimal(1))], named=False)

    assert isinstance(left, Open)
    assert left.quantity == whole - part
    assert closed is None


def test_unrealized_needs_an_entry_and_a_price() -> None:
    assert unrealized(Decimal(-2), Decimal(100), Decimal(90)) == 20
    assert unrealized(Decimal(2), None, Decimal(90)) is Undefined.NO_PRICE
    assert unrealized(Decimal(2), Decimal(100), Undefined.STALE) is Undefined.STALE


def stored(*told: dict[str, Any]) -> None:
    events = [
        execution(number, **{"timestamp": str(MS - 60_000 + number), "pnl": "", **fields})
        for number, fields in enumerate(told)
    ]
    store("trade_executions", [one("trade_executions", entry, f"{MS}-0") for entry in events])


def read(scope: Scope = LIVE) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        return [one.told(NOW) for one in positions.held(cursor, scope, now=NOW)]


@pytest.mark.django_db
def test_positions_are_told_by_symbol_strategy_and_direction() -> None:
    stored(
        {"position_id": "p1", "quantity": "2", "price": "100"},
        {"position_id": "p2", "quantity": "2", "price": "110"},
        {"position_id": "p3", "quantity": "1", "price": "90", "side": "sell"},
        {"position_id": "p2", "quantity": "1", "price": "120", "side": "sell", "pnl": "10"},
        {"position_id": "p4", "quantity": "5", "price": "100"},
        {"position_id": "p4", "quantity": "5", "price": "100", "side": "sell", "pnl": "0"},
        {"quantity": "3", "price": "7", "symbol": "SOL/USDT", "pnl": "4"},
        {"quantity": "3", "price": "", "symbol": "ETH/USDT", "status": "PARTIALLY_FILLED"},
        {"quantity": "1", "status": "REJECTED", "symbol": "XRP/USDT"},
    )

    short, long, unknown = read()

    told = ("symbol", "side", "quantity", "mark", "unrealized", "count")
    assert [long[name] for name in told] == ["BTC/USDT", "long", "3", "100", "-10", 2]
    assert float(long["entry"]) == pytest.approx(310 / 3)
    assert [short[name] for name in told] == ["BTC/USDT", "short", "1", "100", "-10", 1]
    assert (unknown["symbol"], unknown["unrealized"], unknown["reason"]) == (
        "ETH/USDT", None, "no_price",
    )  # fmt: skip
    assert read(Scope("live", "USDT", symbol="SOL/USDT")) == []


@pytest.mark.django_db
def test_an_old_price_is_stale_and_a_newer_candle_wins() -> None:
    stored({"position_id": "p1", "quantity": "2", "price": "100",
            "timestamp": str(MS - 3_600_000)})  # fmt: skip
    [before] = read()

    Candle.objects.create(
        symbol="BTC/USDT", seconds=60, at=NOW - timedelta(minutes=2), open=1, high=130, low=1,
        close=125,
    )  # fmt: skip

    [after] = read()
    assert (before["unrealized"], before["reason"], before["mark"]) == (None, "stale", "100")
    assert (after["unrealized"], after["reason"], after["mark_of"]) == ("50", "", "candle")


@pytest.mark.django_db
def test_the_page_reads_positions_and_the_funnel_after_its_charts(client: Client) -> None:
    stored({"position_id": "p1", "quantity": "2", "price": "100", "signal_id": "s1"})
    signal = {"event_id": "s1", "signal_id": "s1", "signal_type": "buy", "source": "bot"}
    signal |= {"symbol": "BTC/USDT", "timestamp": str(MS - 61_000), "strategy": "ema_cross"}
    store("trading_signals", [one("trading_signals", signal, f"{MS}-0")])
    assert client.get("/trading/more/").status_code == 302
    client.force_login(person("bob"))

    found = client.get("/trading/more/").json()

    assert [one["quantity"] for one in found["positions"]] == ["2"]
    assert [(stage["stage"], stage["count"]) for stage in found["funnel"]] == [
        ("signal", 1), ("decision", 0), ("order", 1), ("trade", 0),
    ]  # fmt: skip
    assert found["funnel"][1]["seconds"]["p50"] | {} == {
        "value": None, "unit": "seconds", "reason": "no_data", "n": 0, "low_sample": True,
    }  # fmt: skip
    assert client.get("/trading/more/?symbol=ETH/USDT").json()["positions"] == []


@pytest.mark.django_db
def test_a_range_of_too_many_signals_has_no_funnel(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.following.MOST_SIGNALS", 0)
    signal = {"event_id": "s1", "signal_type": "buy", "timestamp": str(MS), "source": "bot",
              "symbol": "BTC/USDT", "strategy": "x"}  # fmt: skip
    store("trading_signals", [one("trading_signals", signal, f"{MS}-0")])
    client.force_login(person("bob"))

    assert client.get("/trading/more/").json()["funnel"] is None


DAY = timedelta(days=1)
LONG_AGO = NOW - 200 * DAY


def old(number: int, days: float, **fields: str) -> None:
    """Stored alone, so many days after LONG_AGO."""
    at = str(int((LONG_AGO + days * DAY).timestamp() * 1_000))
    entry = execution(number, timestamp=at, **{"pnl": "", **fields})
    store("trade_executions", [one("trade_executions", entry, f"{MS}-0")])


def bring_forward(*, hours: float = 1.0) -> None:
    """Look, and fold some time later: ids must have settled."""
    standing.bring_forward(now=NOW - hours * DAY / 24)
    standing.bring_forward(now=NOW)


@pytest.mark.django_db
def test_a_position_opened_long_ago_is_open_and_goes_on() -> None:
    old(1, 0, position_id="p1", quantity="2", price="100")
    old(2, 70, position_id="p2", quantity="1", price="50", symbol="SOL/USDT")
    old(3, 90, position_id="p2", quantity="1", price="60", pnl="10", symbol="SOL/USDT")
    bring_forward()
    old(4, 199.9, position_id="p1", quantity="2", price="110")

    [found] = read()

    assert (found["quantity"], found["entry"]) == ("4", "105")
    assert found["opened_at"] == LONG_AGO.isoformat(timespec="milliseconds")[:23] + "000+00:00"
    assert [one.position_id for one in OpenPosition.objects.all()] == ["p1"]


@pytest.mark.django_db
def test_what_is_kept_may_be_closed_by_later_and_by_late_fills() -> None:
    old(1, 0, position_id="p1", quantity="2", price="100")
    old(2, 0, position_id="p2", quantity="3", price="100")
    bring_forward()
    old(3, 10, position_id="p1", quantity="2", price="120", side="sell", pnl="40")
    old(4, 199.9, position_id="p2", quantity="1", price="120", side="sell", pnl="20")

    late = read()
    standing.bring_forward(now=NOW + DAY / 24)
    standing.bring_forward(now=NOW + DAY / 12)

    assert [one["quantity"] for one in late] == ["2"] == [one["quantity"] for one in read()]
    assert [(one.position_id, one.quantity) for one in OpenPosition.objects.all()] == [
        ("p2", Decimal(3))
    ]


@pytest.mark.django_db
def test_bringing_forward_twice_or_in_steps_changes_nothing() -> None:
    for number in range(6):
        old(number, 30 * number, quantity="1", price=str(100 + number), side="buy")
    before = read()
    bring_forward()
    once = read()
    bring_forward(hours=0)

    assert once == read() != before
    assert once[0]["quantity"] == "6"
    assert float(once[0]["entry"]) == pytest.approx(102.5)
