"""Moving windows and strategies beside each other, as the performance page shows them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from analytics import figuregroups, moving
from analytics.models import Candle, Portfolio
from ops_portal.lib.words import minus, ratio
from tests.analytics.entries import execution, one, store
from tests.factories import person

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 6, 1, 12, tzinfo=UTC)
PNLS = [12, -5, 0, 7, -9, 3, 4, -1, 8, -2]


def traded(
    days: int, *, a_day: int = 2, strategy: str = "ema_cross", start: int = 0
) -> list[float]:
    """The PnLs in the order of closing."""
    pnls, entries = [], []
    for number in range(days * a_day):
        at = FIRST + timedelta(days=number // a_day, minutes=number % a_day)
        pnls.append(float(PNLS[(number * 7) % 10] + number % 3))
        entries.append(
            execution(start + number, pnl=str(pnls[-1]), strategy=strategy,
                      timestamp=str(int(at.timestamp() * 1000)))
        )  # fmt: skip
    store("trade_executions", [one("trade_executions", entry) for entry in entries])
    return pnls


@pytest.fixture
def bob(client: Client) -> Client:
    """A viewer."""
    client.force_login(person("bob"))
    return client


def more(client: Client, query: str = "") -> dict[str, Any]:
    response = client.get(f"/trading/performance/more/{query}")
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


def test_a_window_of_trades_moves_with_each(bob: Client) -> None:
    pnls = traded(20)

    rolling = more(bob)["rolling"]

    windows = [pnls[place : place + 30] for place in range(11)]
    won = [sum(pnl > 0 for pnl in window) / 30 for window in windows]
    factor = [
        sum(pnl for pnl in window if pnl > 0) / -sum(pnl for pnl in window if pnl < 0)
        for window in windows
    ]
    assert [value for _, value in rolling["win_rate"]["points"]] == pytest.approx(won)
    assert [value for _, value in rolling["profit_factor"]["points"]] == pytest.approx(factor)
    last = FIRST + timedelta(days=19, minutes=1)
    assert rolling["win_rate"]["points"][-1][0] == last.timestamp() * 1000
    assert rolling["sharpe"] == {"points": [], "reason": "no_capital"}


def test_a_window_of_days_sums_whole_days_and_its_last_is_that_of_the_card(bob: Client) -> None:
    Portfolio.objects.create(env="live", currency="USDT", starting_capital=Decimal(1_000))
    pnls = traded(40)

    rolling = more(bob, "?window=30d")["rolling"]

    assert len(rolling["win_rate"]["points"]) == len(rolling["sharpe"]["points"]) == 11
    newest = pnls[-60:]
    assert rolling["win_rate"]["points"][-1][1] == pytest.approx(
        sum(pnl > 0 for pnl in newest) / 60
    )
    card = bob.get("/trading/performance/days.json").json()["rolling"]
    assert rolling["sharpe"]["points"][-1][1] == pytest.approx(card["sharpe"]["value"], rel=1e-9)
    end_of_day = datetime(2026, 7, 11, tzinfo=UTC)
    assert rolling["sharpe"]["points"][-1][0] == end_of_day.timestamp() * 1000


@pytest.mark.parametrize(("window", "reason"), [("100t", "short_sample"), ("90d", "short_sample")])
def test_too_few_for_the_window_is_said(bob: Client, window: str, reason: str) -> None:
    traded(20)

    rolling = more(bob, f"?window={window}")["rolling"]

    assert rolling["win_rate"] == {"points": [], "reason": reason}


def test_an_empty_account_has_nothing_to_move_over(bob: Client) -> None:
    found = more(bob, "?window=nonsense")

    assert {curve["reason"] for curve in found["rolling"].values()} == {"no_data"}
    assert found["strategies"] == []


def test_a_window_without_losses_is_a_gap_and_long_curves_are_thinned(
    bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "POINTS", 6)
    entries = [
        execution(number, pnl="5" if number > 10 else "-5",
                  timestamp=str(int((FIRST + timedelta(minutes=number)).timestamp() * 1000)))
        for number in range(60)
    ]  # fmt: skip
    store("trade_executions", [one("trade_executions", entry) for entry in entries])

    rolling = more(bob)["rolling"]

    assert len(rolling["win_rate"]["points"]) <= 6
    assert rolling["profit_factor"]["points"][-1][1] is None


def test_each_strategy_is_told_as_the_command_tells_it(bob: Client) -> None:
    Portfolio.objects.create(
        env="live", currency="USDT", strategy="mean", starting_capital=Decimal(500)
    )
    traded(35)
    traded(35, a_day=1, strategy="mean", start=1_000)

    lines = more(bob)["strategies"]

    assert [line["strategy"] for line in lines] == ["ema_cross", "mean"]
    for line in lines:
        out = StringIO()
        call_command("performance", "--json", f"--strategy={line['strategy']}", stdout=out)
        [card] = json.loads(out.getvalue())["accounts"]
        for name in ("win_rate", "profit_factor", "expectancy"):
            assert line[name] == card["trades"][name]
        assert line["sharpe"] == card["returns"]["sharpe"]
        assert line["max_drawdown_money"] == card["drawdown"]["max_drawdown_money"]
        assert line["curve"][-1][1] == pytest.approx(float(line["net_pnl"]["value"]))
    assert lines[0]["sharpe"]["reason"] == "no_capital"
    assert len(more(bob, "?strategy=mean")["strategies"]) == 1


def test_single_trades_and_holding_are_told_as_the_command_tells_them(
    bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    Portfolio.objects.create(env="live", currency="USDT", starting_capital=Decimal(500))
    traded(35)
    for number in range(-1, 36):
        Candle.objects.create(
            symbol="BTC/USDT", seconds=86_400, open=1, high=200, low=1, close=100 + number,
            at=(FIRST + timedelta(days=number)).replace(hour=0),
        )  # fmt: skip
    out = StringIO()
    call_command("performance", "--json", "--benchmark=BTC/USDT", stdout=out)
    [card] = json.loads(out.getvalue())["accounts"]

    closer = more(bob)["closer"]

    told = {one["label"]: one["figure"] for group in closer["groups"] for one in group["figures"]}
    assert closer["benchmark"] == "BTC/USDT"
    assert told["SQN"] == f"{card['trades']['sqn']['value']:.3f}"
    assert told["Holding"] == ratio(card["benchmark"]["hold"]["value"], 2)
    assert told["Beta"] == minus(f"{card['benchmark']['beta']['value']:.3f}")
    assert told["Turnover a year"] == f"{card['exposure']['turnover']['value']:,.3f}"
    monkeypatch.setattr(figuregroups, "MOST_SINGLES", 69)
    assert more(bob)["closer"]["groups"] is None


def test_who_may_not_see_trades_sees_no_figures_of_them(client: Client) -> None:
    assert client.get("/trading/performance/more/").status_code == 302
    client.force_login(person("charlie"))
    assert client.get("/trading/performance/more/").status_code == 403
