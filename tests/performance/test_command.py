"""`manage.py performance`: every figure, its unit and its reason."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from analytics import scorecard
from analytics.book import Account
from analytics.models import Candle, LedgerEntry, Portfolio, Trade
from tests import factories
from tests.analytics.entries import MS, NOW, execution, one, store, store_executions
from tests.performance import sets

pytestmark = pytest.mark.django_db
DAY_MS = 86_400_000
KNOWN = {
    "returns_daily": {
        "total_return": "returns.total_return", "volatility": "returns.volatility",
        "mean": "returns.mean", "std": "returns.std", "sharpe": "returns.sharpe",
        "sortino": "returns.sortino", "omega": "returns.omega", "n": "returns.periods",
        "max_drawdown": "drawdown.max_drawdown", "current_drawdown": "drawdown.current_drawdown",
        "ulcer_index": "drawdown.ulcer_index",
        "longest_underwater_periods": "drawdown.longest_underwater",
        "var_hist": "tails.var_95", "cvar_hist": "tails.cvar_95", "skew": "tails.skew",
        "var_normal": "tails.var_95_normal", "kurtosis_excess": "tails.kurtosis_excess",
        "tail_ratio": "tails.tail_ratio", "best_period": "tails.best_period",
        "worst_period": "tails.worst_period", "positive_periods": "tails.positive_periods",
    },
    "trades": {
        name: f"trades.{name}"
        for name in ("trades", "wins", "losses", "breakeven", "win_rate", "win_rate_ex_breakeven",
                     "profit_factor", "avg_win", "avg_loss", "payoff_ratio", "expectancy",
                     "expectancy_r", "median", "best", "worst", "std", "sqn")
    } | {name: f"money.{name}" for name in ("net_pnl", "gross_profit", "gross_loss")},
    "drawdown_pnl_on_0_01": {"max_drawdown_rel": "drawdown.max_drawdown_of_trades"},
}  # fmt: skip


def performance(*arguments: str) -> dict[str, Any]:
    """The only account of the answer."""
    out = StringIO()
    call_command("performance", "--json", *arguments, stdout=out)
    [card] = json.loads(out.getvalue())["accounts"]
    return dict(card)


def value(card: dict[str, Any], path: str) -> Any:
    entry: Any = card
    for part in path.split("."):
        entry = entry[part]
    return entry["value"]


def store_real_trades(source: str, *, net: bool) -> None:
    store_executions(*(
        execution(
            int(trade.trade_id), source=source, event_id=f"{source}{trade.trade_id}",
            position_id=f"{source}{trade.trade_id}", symbol=trade.symbol,
            timestamp=str(trade.closed_ms), opened_at=str(trade.opened_ms), side="sell",
            quantity=f"{trade.quantity:.18f}", price=str(trade.close_price),
            pnl=str(trade.net_pnl if net else trade.pnl),
        )
        for trade in sets.trades()
    ))  # fmt: skip


@sets.needs_shared
@pytest.mark.parametrize(("source", "net"), [("gross", False), ("net_of_fees_rounded_8dp", True)])
def test_the_real_trades_give_their_known_figures(source: str, net: bool) -> None:
    store_real_trades(source, net=net)

    card = performance("--source", source, "--capital", "0.01")

    for group, known in sets.expected()[source].items():
        for name, path in KNOWN.get(group, {}).items():
            found = float(value(card, path))
            assert found == pytest.approx(known[name], rel=1e-9, abs=1e-24), path
    assert (
        card["returns"]["cagr"]["reason"] == card["returns"]["calmar"]["reason"] == "short_sample"
    )
    assert len(card["daily"]) == 21


@sets.needs_shared
def test_the_daily_returns_are_those_of_the_real_days() -> None:
    store_real_trades("gross", net=False)

    card = performance("--source", "gross", "--capital", "0.01")

    known = sets.rows(sets.SHARED / "freqtrade_daily.csv")
    assert [row["day"] for row in card["daily"]] == [row["date"] for row in known]
    earned = [row["return"] for row in card["daily"]]
    assert earned == pytest.approx([float(row["ret"]) for row in known], rel=1e-9)


@sets.needs_shared
def test_returns_on_fixed_capital_are_those_of_the_real_days() -> None:
    store_real_trades("gross", net=False)

    card = performance("--source", "gross", "--capital", "0.01", "--fixed-capital")

    known = [float(row["ret_fixed_capital"])
             for row in sets.rows(sets.SHARED / "freqtrade_daily.csv")]  # fmt: skip
    assert [row["return"] for row in card["daily"]] == pytest.approx(known, rel=1e-9)
    assert value(card, "returns.total_return") == pytest.approx(sum(known), rel=1e-9)


def test_without_capital_ratios_say_so_and_money_stays() -> None:
    store_executions(execution(1), execution(2, pnl="-2.5"))

    card = performance()

    assert card["returns"]["sharpe"]["reason"] == "no_capital"
    assert card["drawdown"]["max_drawdown"]["reason"] == "no_capital"
    assert card["money"]["net_pnl"] == {"value": "10", "unit": "money"}
    assert value(card, "trades.profit_factor") == 5
    assert card["trades"]["win_rate"]["low_sample"]


def test_the_capital_of_the_portfolio_is_not_that_of_one_symbol() -> None:
    Portfolio.objects.create(env="live", currency="USDT", starting_capital=1_000, days_per_year=252)
    store_executions(execution(1))

    assert value(performance(), "returns.total_return") == pytest.approx(0.0125)
    assert performance()["account"]["days_per_year"] == 252
    assert value(performance("--symbol", "BTC/USDT"), "returns.total_return") is None
    own = performance("--symbol", "BTC/USDT", "--capital", "100")
    assert value(own, "returns.total_return") == pytest.approx(0.125)


def test_what_the_ledger_books_reaches_equity_and_only_what_was_earned_the_returns(
    client: Client,
) -> None:
    Portfolio.objects.create(env="live", currency="USDT", starting_capital=1_000)
    store_executions(execution(1, pnl="100"))
    today = datetime.fromtimestamp(MS / 1_000, UTC).replace(hour=1)
    booked = (
        (1, "deposit", 400), (1, "funding", -15), (2, "withdrawal", -485), (2, "fee", -10),
        (3, "transfer", -90), (3, "realized_pnl", 77), (3, "conversion", 5),
    )  # fmt: skip
    for day, kind, amount in booked:
        LedgerEntry.objects.create(
            env="live", source="x", entry_key=f"{day}{kind}", kind=kind, currency="USDT",
            amount=amount, at=today + timedelta(days=day),
        )  # fmt: skip

    card = performance()

    # Deposits are there from the start of their day, withdrawals until its end.
    levels = [1_100, 1_485, 990, 905]
    earned = [100 / 1_000, -15 / 1_500, -10 / 1_485, 0]
    assert [day["equity"] for day in card["daily"]] == pytest.approx(levels)
    assert [day["return"] for day in card["daily"]] == pytest.approx(earned)
    names = ("pnl", "funding", "ledger_fees", "flow")
    sums = [sum(day[name] for day in card["daily"]) for name in names]
    assert (sums, value(card, "money.equity_end")) == ([100, -15, -10, -170], "905")
    assert value(card, "returns.total_return") == pytest.approx(np.prod(np.add(earned, 1)) - 1)
    client.force_login(factories.person("bob"))
    page = client.get("/trading/performance/state/").json()
    assert [level for _, level in page["equity"]] == pytest.approx(levels)
    [money] = [group for group in page["groups"] if group["title"] == "Money"]
    told = {one["label"]: one["figure"] for one in money["figures"]}
    assert told["Other fees"].startswith("−10.00")
    assert told["Deposits and withdrawals"].startswith("−170.00")


def test_orders_latency_and_the_way_from_signal_to_trade_are_told() -> None:
    at = str(MS)
    store("trading_signals", [one("trading_signals", {
        "signal_id": f"s{number}", "event_id": f"g{number}", "symbol": "BTC/USDT",
        "signal_type": "buy", "timestamp": at}) for number in range(4)])  # fmt: skip
    store("risk_decisions", [one("risk_decisions", {
        "signal_id": f"s{number}", "event_id": f"d{number}", "symbol": "BTC/USDT",
        "decision": "approved", "timestamp": str(MS + 500)}) for number in range(2)])  # fmt: skip
    store_executions(
        execution(1, signal_id="s0", timestamp=str(MS + 1_500), execution_time="0.5"),
        execution(2, timestamp=at, status="REJECTED", pnl="", execution_time="1.5"),
    )

    card = performance()

    assert [stage["count"] for stage in card["funnel"]] == [4, 2, 1, 1]
    assert card["funnel"][1]["seconds"]["p50"]["value"] == 0.5
    assert value(card, "execution.rejection_rate") == 0.5
    assert value(card, "execution.latency.p50") == 1.0


def test_what_the_agent_reports_is_told_while_it_is_fresh() -> None:
    store_executions(execution(1))
    now = int(timezone.now().timestamp() * 1_000)
    report = {"source": "bot", "unrealized_pnl": "-3.5", "equity": "200", "gross_exposure": "400",
              "event_id": "p1"}  # fmt: skip
    store("performance_metrics", [one("performance_metrics", report, f"{now}-0")])

    card = performance()

    assert value(card, "money.unrealized_pnl") == -3.5
    assert value(card, "exposure.leverage") == 2
    assert card["exposure"]["net_exposure"]["reason"] == "no_data"


def test_holding_is_compared_on_the_same_days() -> None:
    store_executions(*(
        execution(number, timestamp=str(MS - number * DAY_MS), pnl=str(1 + number % 3))
        for number in range(5)
    ))  # fmt: skip
    for number, close in enumerate((100, 110, 99, 120, 130, 125)):
        at = datetime.fromtimestamp(MS / 1_000, UTC).replace(hour=0, minute=0, second=0)
        start = at.timestamp() - (5 - number) * 86_400
        Candle.objects.create(
            symbol="BTC/USDT", seconds=86_400, at=datetime.fromtimestamp(start, UTC),
            open=close, high=close, low=close, close=close,
        )  # fmt: skip

    card = performance("--benchmark", "BTC/USDT", "--capital", "1000")

    earned = np.array([row["return"] for row in card["daily"]])
    market = np.array([110 / 100, 99 / 110, 120 / 99, 130 / 120, 125 / 130]) - 1
    assert value(card, "benchmark.hold") == pytest.approx(0.25)
    assert value(card, "benchmark.excess") == pytest.approx((1 + earned).prod() - 1 - 0.25)
    assert value(card, "benchmark.correlation") == pytest.approx(np.corrcoef(earned, market)[0, 1])
    bare = performance("--benchmark", "ETH/USDT", "--capital", "1000")
    assert bare["benchmark"]["hold"]["reason"] == "no_benchmark"


def test_the_text_tells_the_same_for_reading() -> None:
    store_executions(execution(1))
    out = StringIO()

    call_command("performance", "--capital", "100", stdout=out)

    assert "live USDT, capital 100" in out.getvalue()
    assert "sharpe                    - (short_sample), few" not in out.getvalue()
    assert "sharpe                    - (short_sample)" in out.getvalue()


def test_every_figure_is_documented() -> None:
    store_executions(execution(1))
    manual = (settings.BASE_DIR / "docs" / "metrics.md").read_text()

    card = performance("--capital", "100")

    groups = ("money", "trades", "returns", "drawdown", "tails", "exposure", "execution",
              "benchmark")  # fmt: skip
    names = {name for group in groups for name in card[group]}
    assert len(names) > 60
    assert {name for name in names if f"`{name}`" not in manual} == set()


def test_a_choice_without_trades_is_told() -> None:
    with pytest.raises(CommandError, match="no trades"):
        call_command("performance", "--source", "nobody")


@pytest.mark.parametrize("wrong", [["--capital", "0"], ["--from", "yesterday"]])
def test_what_is_no_capital_or_no_day_is_refused(wrong: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("performance", *wrong)


def test_the_brief_card_tells_the_same_without_reading_every_trade() -> None:
    store_executions(*(
        execution(number, pnl=str(number % 7 - 3), timestamp=str(MS - number * DAY_MS // 4))
        for number in range(80)
    ))  # fmt: skip
    account = Account("live", "USDT", first=date(2026, 8, 15))
    basis = scorecard.basis_of(account, capital=Decimal(500))

    with connection.cursor() as cursor:
        brief = scorecard.brief(cursor, scorecard.measure(cursor, account, basis), now=NOW)
        full = scorecard.read(cursor, account, basis, now=NOW)

    for group, figures in brief.items():
        assert group == "daily" or figures.items() <= full[group].items()
    pnls = Trade.objects.order_by("-closed_at").values_list("pnl", flat=True)[:30]
    assert brief["rolling"]["win_rate"]["value"] == sum(pnl > 0 for pnl in pnls) / 30
    assert brief["drawdown"]["max_drawdown"]["value"] < 0


def test_means_of_money_are_told_to_the_places_of_the_tables() -> None:
    store_executions(execution(1, pnl="1"), execution(2, pnl="1"), execution(3, pnl="2"))

    assert value(performance(), "trades.expectancy") == "1.333333333333333333"
