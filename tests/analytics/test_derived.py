"""Figures and drawdown from rollups and days, whatever the order of arrival."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal, localcontext
from itertools import batched
from typing import Any

import pytest
from django.db import connection, transaction

from analytics import derived, figures, walks
from analytics.models import AccountDay, Portfolio, Trade
from analytics.paths import WHOLE, Paths, Scope
from analytics.performance import drawdown, pnl
from tests.analytics.entries import MS, NOW, execution, store_executions

pytestmark = pytest.mark.django_db
CAPITAL = Decimal(1_000)
LIVE = Scope("live", "USDT", WHOLE)


def truth() -> drawdown.Drawdown:
    """Drawdown of all trades by definition."""
    rows = Trade.objects.values_list("closed_at", "pnl")
    return drawdown.of_equity(pnl.equity(CAPITAL, [step for _, step in pnl.by_timestamp(rows)]))


def bring_up_to_date() -> set[Scope]:
    with connection.cursor() as cursor:
        return walks.bring_up_to_date(cursor)


def read(scope: Scope = LIVE) -> dict[str, Any]:
    bring_up_to_date()
    with connection.cursor() as cursor:
        return figures.read(cursor, **scope._asdict())


@pytest.mark.parametrize("seed", range(4))
def test_drawdown_is_exact_in_any_order_of_arrival(seed: int) -> None:
    dice = random.Random(seed)
    entries = [
        execution(
            number,
            timestamp=str(MS - dice.randrange(3 * 86_400) * 1_000),
            pnl=str(dice.randrange(-4_000, 4_000) / 100),
        )
        for number in range(120)
    ]
    for some in batched(entries, 30):
        store_executions(*some)
        bring_up_to_date()

    with connection.cursor() as cursor:
        found = Paths().drawdown(cursor, LIVE, CAPITAL)

    assert found == pytest.approx(truth())


def test_drawdown_is_exact_when_few_trades_are_walked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nearly in order, as a quick stream comes: some are later than what a walk begins with."""
    monkeypatch.setattr(walks, "OVERLAP_TRADES", 3)
    dice = random.Random(5)
    for number in range(60):
        store_executions(
            execution(
                number,
                timestamp=str(MS + 20 * number + dice.randrange(-90, 90)),
                strategy=dice.choice(("ema_cross", "rare")),
                pnl=str(dice.randrange(-4_000, 4_000) / 100),
            )
        )
        if number % 2:
            bring_up_to_date()

    with connection.cursor() as cursor:
        found = Paths().drawdown(cursor, LIVE, CAPITAL)

    assert found == pytest.approx(truth())
    assert AccountDay.objects.get(strategy=WHOLE).pnl == sum(
        day.pnl for day in AccountDay.objects.exclude(strategy=WHOLE)
    )


def test_a_day_in_order_is_extended_and_a_late_trade_walks_its_day_only() -> None:
    store_executions(execution(1, timestamp=str(MS - 86_400_000)), execution(2))
    bring_up_to_date()
    store_executions(execution(3, timestamp=str(MS - 86_400_000 - 60_000), pnl="-100"))

    bring_up_to_date()

    versions = AccountDay.objects.filter(strategy=WHOLE).order_by("day")
    assert [row.version for row in versions] == [2, 1]
    assert versions[0].low == -100


@pytest.mark.parametrize(
    "odd",
    [
        "0.000000000000000001",
        "98765432.123456789",
        "123456789012345.6",
        "12345678901234567890.123456789012345678",
    ],
)
def test_a_path_of_money_that_is_no_double_is_exact(odd: str) -> None:
    store_executions(execution(1, pnl=odd), execution(2, pnl="-0.3", timestamp=str(MS + 1)))
    bring_up_to_date()
    store_executions(execution(3, pnl="0.1", timestamp=str(MS + 2)))
    bring_up_to_date()

    day = AccountDay.objects.get(strategy=WHOLE)

    with localcontext(prec=60):
        end, low = Decimal(odd) - Decimal("0.2"), min(0, Decimal(odd) - Decimal("0.3"))
    assert (day.pnl, day.low, day.high, day.drop) == (end, low, Decimal(odd), Decimal("0.3"))


@pytest.mark.django_db(transaction=True)
def test_who_walks_the_days_keeps_nobody_from_storing_trades() -> None:
    def store_another() -> None:
        try:
            store_executions(execution(2, pnl="-7", timestamp=str(MS + 1)))
        finally:
            connection.close()

    store_executions(execution(1))
    with ThreadPoolExecutor(1) as elsewhere, transaction.atomic():
        bring_up_to_date()
        elsewhere.submit(store_another).result(timeout=30)

    assert bring_up_to_date() == {LIVE, LIVE._replace(strategy="ema_cross")}
    assert AccountDay.objects.get(strategy=WHOLE).drop == 7


def test_without_capital_the_drawdown_is_unknown_not_zero() -> None:
    store_executions(execution(pnl="-1"))

    found = read()

    assert (found["drawdown"], found["max_drawdown"]) == (None, None)
    assert (found["pnl"], found["losses"]) == ("-1", 1)


def test_figures_know_their_capital() -> None:
    Portfolio.objects.create(env="live", currency="USDT", starting_capital=1_000)
    store_executions(execution(1, pnl="-100"), execution(2, pnl="50", timestamp=str(MS + 1_000)))

    found = read()

    assert (found["max_drawdown"], found["drawdown"]) == (-0.1, -0.05)
    assert found["win_ratio"] == 0.5


def test_a_refresh_tells_what_changed_and_then_nothing() -> None:
    store_executions(execution())
    refresher = derived.Refresher()

    first = refresher.refresh(now=NOW)
    refresher._rest_until = 0.0
    second = refresher.refresh(now=NOW)

    assert [frame.key for frame in first.frames] == ["figures:live:USDT"]
    assert {reading.name for reading in first.readings} == {
        "portal_pnl",
        "portal_win_ratio",
        "portal_trades",
    }
    assert second == derived.NOTHING


def test_a_strategy_has_figures_of_its_own() -> None:
    store_executions(execution(1), execution(2, strategy="other", pnl="-1"))

    assert read(Scope("live", "USDT", "other"))["pnl"] == "-1"
    assert read()["trades"] == 2
