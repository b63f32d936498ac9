"""The list of trades: filters, orders, pages by key; and the page of one trade."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from analytics import tradelist
from analytics.live import Frame
from analytics.models import Trade
from analytics.scope import Scope
from analytics.tradelist import Wanted
from tests.analytics.entries import execution, one, store
from tests.factories import person

pytestmark = pytest.mark.django_db
NOW = timezone.now()
MS = int(NOW.timestamp() * 1_000)
LIVE = Scope("live", "USDT")
SORTED: dict[str, Callable[[Trade], Any]] = {
    "best": lambda trade: (-trade.pnl, -trade.pk),
    "worst": lambda trade: (trade.pnl, trade.pk),
    "longest": lambda trade: (-held(trade), -trade.pk),
    "shortest": lambda trade: (held(trade), trade.pk),
}


def held(trade: Trade) -> timedelta:
    assert trade.opened_at is not None
    return trade.closed_at - trade.opened_at


def traded(count: int = 120) -> list[Frame]:
    """Closed within 20 hours: some in the same instant, some of unknown opening."""
    dice = random.Random(3)
    entries = [
        execution(
            number,
            timestamp=str(MS - 600_000 * (number // 2)),
            opened_at="" if number % 10 == 0 else str(MS - 600_000 * number - 60_000),
            side=dice.choice(("buy", "sell")),
            symbol=dice.choice(("BTC/USDT", "ETH/USDT")),
            source=dice.choice(("bot", "hand")),
            exit_reason=dice.choice(("take_profit", "stop_loss", "")),
            pnl=str(dice.randrange(-5, 6)),
            order_id=f"o{number}",
        )
        for number in range(count)
    ]
    events = [one("trade_executions", entry, f"{MS}-0") for entry in entries]
    return store("trade_executions", events)[0].frames


@pytest.fixture
def bob(client: Client) -> Client:
    """A viewer."""
    client.force_login(person("bob"))
    return client


def pages(client: Client, **query: str) -> Iterator[list[int]]:
    """The ids of each page, from the first to the last."""
    address = f"?{urlencode(query)}"
    while address:
        response = client.get(f"/trading/{address}")
        yield [row["id"] for row in response.context["state"]["trades"]]
        address = response.context["older"]


@pytest.mark.parametrize("sort", SORTED)
def test_each_order_brings_every_trade_once(bob: Client, sort: str) -> None:
    traded()

    seen = [pk for page in pages(bob, sort=sort) for pk in page]

    known = [t for t in Trade.objects.all() if t.opened_at or sort in ("best", "worst")]
    assert seen == [trade.pk for trade in sorted(known, key=SORTED[sort])]


@pytest.mark.parametrize(
    "part",
    [
        {"side": "sell"},
        {"source": "hand"},
        {"source": "hand", "outcome": "even"},
        {"outcome": "won", "symbol": "ETH/USDT"},
        {"outcome": "even"},
        {"exit": "stop_loss", "outcome": "lost"},
        {"exit": "take_profit", "sort": "best"},
    ],
)
@pytest.mark.parametrize("at_once", [7, 5_000])
def test_filters_find_the_same_by_looking_and_by_leaping(
    bob: Client, part: dict[str, str], at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few trades at once make the pages leap; each trade of the kind is seen, once, in order."""
    traded()
    monkeypatch.setattr(tradelist, "AT_ONCE", at_once)
    monkeypatch.setattr(tradelist, "NEAR_ONCE", at_once)
    monkeypatch.setattr(tradelist, "HOURS", 2 if at_once == 7 else 30)

    seen = [pk for page in pages(bob, **part) for pk in page]

    wanted = [
        trade.pk
        for trade in Trade.objects.order_by("-closed_at", "-pk")
        if part.get("side", trade.side) == trade.side
        and part.get("symbol", trade.symbol) == trade.symbol
        and part.get("source", trade.source) == trade.source
        and part.get("exit", trade.exit_reason) == trade.exit_reason
        and part.get("outcome", outcome(trade.pnl)) == outcome(trade.pnl)
    ]
    assert wanted
    assert sorted(seen) == sorted(wanted)
    if "sort" not in part:
        assert seen == wanted


def outcome(pnl: Decimal) -> str:
    return "won" if pnl > 0 else "lost" if pnl < 0 else "even"


def test_an_order_without_index_sorts_the_newest_of_a_range_and_says_so(
    bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    traded(40)
    monkeypatch.setattr(tradelist, "SORTABLE", 20)

    start = NOW - timedelta(minutes=55)

    long = bob.get("/trading/?sort=best")
    short = bob.get("/trading/", {"sort": "best", "from": start.isoformat()})

    newest = Trade.objects.order_by("-closed_at", "-id")[:20]
    best = sorted(newest, key=lambda trade: (-trade.pnl, -trade.pk))
    assert [row["id"] for row in long.context["state"]["trades"]] == [one.pk for one in best]
    assert 'id="left-out"' in long.content.decode()
    assert len(short.context["state"]["trades"]) == 12
    assert 'id="left-out"' not in short.content.decode()


@pytest.mark.parametrize(
    "query", ["sort=nonsense", "side=%00", "exit=%00", "before=inf~1&sort=best", "before=x~y"]
)
def test_nonsense_in_the_address_is_no_filter(bob: Client, query: str) -> None:
    traded(5)

    assert len(bob.get(f"/trading/?{query}").context["state"]["trades"]) == 5


def test_an_ordered_or_older_page_does_not_follow_the_feed(bob: Client) -> None:
    traded(60)

    def paged(query: str) -> bool:
        found: bool = bob.get(f"/trading/state/?{query}").json()["paged"]
        return found

    assert not paged("side=buy&outcome=won")
    assert paged("sort=best")
    assert paged(f"before={NOW.isoformat().replace('+', '%2B')}~1")


def way(number: int = 1) -> None:
    """A signal, its decision, two opening fills and a closing one, 1, 2, 4 and 60 s apart."""
    signal = {"signal_id": "sig1", "strategy": "ema_cross", "symbol": "BTC/USDT", "source": "bot"}
    told = signal | {"event_id": "s1", "timestamp": str(MS - 100_000), "signal_type": "buy"}
    store("trading_signals", [one("trading_signals", told | {"strength": "0.8"}, f"{MS}-0")])
    said = signal | {"event_id": "d1", "timestamp": str(MS - 99_000), "decision": "reduced"}
    store("risk_decisions", [one("risk_decisions", said | {"reason": "near it"}, f"{MS}-0")])
    order = {"position_id": "p1", "signal_id": "sig1", "fee_currency": "USDT", "fee": "0.25"}
    fills = [
        order | {"quantity": "1", "price": "100", "requested_price": "100", "pnl": "", "at": "97"},
        order | {"quantity": "3", "price": "104", "requested_price": "100", "pnl": "", "at": "93"},
        order | {"quantity": "4", "price": "110", "pnl": "26", "side": "sell", "at": "33"},
    ]
    entries = [
        execution(10 * number + place, timestamp=str(MS - int(fill.pop("at")) * 1_000), **fill)
        for place, fill in enumerate(fills)
    ]
    store("trade_executions", [one("trade_executions", entry, f"{MS}-0") for entry in entries])


def test_the_page_of_a_trade_tells_its_way_from_signal_to_close(bob: Client) -> None:
    way()
    trade = Trade.objects.get()

    response = bob.get(f"/trading/trades/{trade.pk}/")

    found = response.context["journey"]
    assert [(step.word, step.seconds) for step in found.steps] == [
        ("Signal", None), ("Decision", 1), ("Opening fill", 2), ("Opening fill", 4),
        ("Closing fill", 60),
    ]  # fmt: skip
    assert (found.held, found.entry, found.fees) == (64, 103, {"USDT": Decimal("0.75")})
    assert found.slippage_bps == pytest.approx(312 / 412 * 400)
    html = response.content.decode()
    assert "reduced: near it" in html
    assert "buy, strength 0.80" in html
    assert "+26.00" in html


def test_a_trade_without_stored_fills_says_so(bob: Client) -> None:
    trade = Trade.objects.create(
        env="live", source="file", trade_key="t1", symbol="BTC/USDT", currency="USDT", side="buy",
        closed_at=NOW, pnl=5, fees=1, fills=1,
    )  # fmt: skip

    html = bob.get(f"/trading/trades/{trade.pk}/").content.decode()

    assert "No fill of this trade is stored" in html
    assert "its opening was not told" in html
    assert "no fill told the price it asked" in html


def test_who_may_not_see_trades_sees_none(client: Client) -> None:
    traded(1)
    path = f"/trading/trades/{Trade.objects.get().pk}/"
    assert client.get(path).status_code == 302

    client.force_login(person("charlie"))

    assert client.get(path).status_code == 403
    client.force_login(person("bob"))
    assert client.get(path).status_code == 200
    assert client.get("/trading/trades/999999999/").status_code == 404


def test_a_page_of_ties_is_cut_between_them() -> None:
    traded(4)
    end = NOW + timedelta(days=1)

    first = tradelist.page(LIVE, Wanted(NOW - timedelta(days=9), end), limit=1)
    second = tradelist.page(LIVE, Wanted(NOW - timedelta(days=9), end, before=first.older), limit=3)

    ids = [row.id for row in first.rows + second.rows]
    assert ids == list(Trade.objects.order_by("-closed_at", "-pk").values_list("pk", flat=True))
