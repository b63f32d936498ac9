"""Figures of trading as series: told when they change, and only when they mean something."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from analytics import standings, walks
from analytics.models import LedgerEntry, Portfolio
from analytics.series import Reading
from analytics.standings import Standings
from tests.analytics.entries import MS, NOW, execution, store_executions

pytestmark = pytest.mark.django_db
DAY_MS = 86_400_000
WHOLE = (("currency", "USDT"), ("env", "live"))


def told(
    one: Standings, *, days_later: int = 0
) -> dict[tuple[tuple[str, str], ...], dict[str, float]]:
    """What is told now, by labels and name."""
    with connection.cursor() as cursor:
        while walks.bring_up_to_date(cursor):
            pass
    found: dict[tuple[tuple[str, str], ...], dict[str, float]] = {}
    readings: list[Reading] = one.refresh(now=NOW + timedelta(days=days_later)).readings
    for reading in readings:
        assert reading.value is not None
        found.setdefault(reading.labels, {})[reading.name] = reading.value
    return found


def store_days(count: int) -> None:
    """A trade on each of the last days: two gains, then a loss."""
    store_executions(*(
        execution(number, timestamp=str(MS - number * DAY_MS),
                  pnl="-7" if number % 3 == 0 else "5", fee="0.1")
        for number in range(count)
    ))  # fmt: skip


def test_an_account_and_its_strategies_are_told_once() -> None:
    store_days(3)
    one = Standings()

    first, second = told(one), told(one)

    assert set(first) == {WHOLE, (*WHOLE, ("strategy", "ema_cross"))}
    assert first[WHOLE]["portal_day_pnl"] == -7
    assert first[WHOLE]["portal_fees"] == pytest.approx(0.3)
    assert second == {}


def test_a_new_trade_and_another_capital_tell_it_again() -> None:
    Portfolio.objects.create(env="live", currency="USDT", starting_capital=1_000)
    store_days(1)
    one = Standings()
    told(one)

    store_executions(execution(100, pnl="1"))
    after_trade = told(one)[WHOLE]
    Portfolio.objects.update(starting_capital=2_000)
    after_edit = told(one)[WHOLE]

    assert (after_trade["portal_day_trades"], after_trade["portal_day_pnl"]) == (2, -6)
    assert (after_trade["portal_equity"], after_edit["portal_equity"]) == (994, 1_994)


def test_ratios_wait_for_thirty_days_and_a_capital() -> None:
    store_days(29)
    bare = told(Standings())[WHOLE]
    Portfolio.objects.create(env="live", currency="USDT", starting_capital=1_000)
    few = told(Standings())[WHOLE]
    store_executions(execution(200, timestamp=str(MS - 29 * DAY_MS), pnl="5"))

    enough = told(Standings())[WHOLE]

    ratios = {name for name in standings.SERIES.values() if name.endswith("_ratio")}
    assert not ratios & set(bare)
    assert "portal_day_return_ratio" not in bare
    assert "portal_day_return_ratio" in few
    assert "portal_sharpe_ratio" not in few
    assert {"portal_sharpe_ratio", "portal_var_95_ratio", "portal_rolling_win_ratio"} <= set(enough)
    assert "portal_var_99_ratio" not in enough
    assert enough["portal_rolling_win_ratio"] == pytest.approx(20 / 30)


def test_a_quiet_new_day_has_earned_nothing() -> None:
    store_days(2)
    one = Standings()
    told(one)

    assert told(one, days_later=1)[WHOLE]["portal_day_pnl"] == 0


def test_funding_moves_equity() -> None:
    Portfolio.objects.create(env="live", currency="USDT", starting_capital=1_000)
    store_days(1)
    one = Standings()
    told(one)

    LedgerEntry.objects.create(
        env="live", source="exchange", entry_key="1", kind="funding", currency="USDT",
        amount=Decimal("-2.5"), at=NOW,
    )  # fmt: skip

    assert told(one)[WHOLE]["portal_equity"] == pytest.approx(1_000 - 7 - 2.5)


def test_many_accounts_are_told_in_turns() -> None:
    store_executions(*(execution(number, strategy=f"s{number}") for number in range(6)))
    one = Standings()

    turns = [told(one) for _ in range(3)]

    assert [len(turn) for turn in turns] == [standings.AT_ONCE, 3, 0]
    assert not set(turns[0]) & set(turns[1])
