"""What a stored batch leaves behind."""

from __future__ import annotations

from decimal import Decimal

import pytest

from analytics.models import EventRollup, Execution, Series, StaleDay, Trade, TradeRollup
from tests.analytics.entries import NOW, execution, one, store, store_executions

pytestmark = pytest.mark.django_db


def test_a_fill_becomes_a_row_a_trade_and_rollups() -> None:
    stored = store_executions(execution(fee="0.63", execution_time="0.42"))

    assert stored.fresh == 1
    assert Execution.objects.get().pnl == Decimal("12.5")
    assert Trade.objects.get().fees == Decimal("0.63")
    assert dict(TradeRollup.objects.values_list("unit", "pnl")) == dict.fromkeys(
        "mhd", Decimal("12.5")
    )
    assert set(StaleDay.objects.values_list("strategy", flat=True)) == {"*", "ema_cross"}


def test_the_same_event_twice_changes_nothing() -> None:
    store_executions(execution())

    stored = store_executions(execution(), execution())

    assert (stored.fresh, stored.duplicates) == (0, 2)
    assert Trade.objects.get().fills == 1
    assert TradeRollup.objects.get(unit="d").trades == 1


def test_the_same_id_in_another_stream_is_another_event() -> None:
    store_executions(execution())
    signal = {"event_id": "e1", "source": "bot", "symbol": "BTC/USDT", "signal_type": "buy"}

    stored, _ = store("trading_signals", [one("trading_signals", signal)])

    assert stored.fresh == 1


def test_fills_of_one_order_are_one_trade_whatever_their_order() -> None:
    late = execution(1, order_id="o1", pnl="-20", timestamp="1788264000000")
    early = execution(2, order_id="o1", pnl="12.5", timestamp="1788263940000")
    opening = execution(3, order_id="o1", pnl="")

    for entry in (late, opening, early):
        store_executions(entry)

    trade = Trade.objects.get()
    assert (trade.pnl, trade.fills, trade.quantity) == (Decimal("-7.5"), 2, Decimal("0.02"))
    assert trade.closed_at.timestamp() == 1788264000
    day = TradeRollup.objects.get(unit="d")
    assert (day.trades, day.wins, day.losses, day.pnl) == (1, 0, 1, Decimal("-7.5"))
    minutes = TradeRollup.objects.filter(unit="m").order_by("bucket")
    assert [row.trades for row in minutes] == [1]


def test_a_rejected_order_is_no_trade() -> None:
    store_executions(execution(status="REJECTED", pnl="0"))

    assert not Trade.objects.exists()
    assert EventRollup.objects.get(unit="m", kind="order").label == "REJECTED"


def test_breakeven_is_decided_at_eight_places() -> None:
    store_executions(execution(1, pnl="0.000000004"), execution(2, pnl="-0.00000001"))

    day = TradeRollup.objects.get(unit="d")

    assert (day.wins, day.losses, day.breakeven) == (0, 1, 1)


def test_a_reported_nan_is_an_absence_not_a_number() -> None:
    event = one("performance_metrics", {"current_drawdown": "NaN", "timestamp": str(NOW)})

    _, samples = store("performance_metrics", [event])

    assert [(sample.name, sample.value) for sample in samples] == [("current_drawdown", None)]
    assert Series.objects.get(name="current_drawdown").last_value is None


@pytest.mark.parametrize(
    ("used", "allowed", "usages"),
    [("412.5", "500", [0.825]), ("NaN", "500", [None]), ("412.5", "", [None]), ("", "", [])],
)
def test_half_a_limit_is_an_absence_and_none_is_nothing(
    used: str, allowed: str, usages: list[float | None]
) -> None:
    sent = {"decision": "approved", "limit_name": "daily_loss", "timestamp": str(NOW)}
    event = one("risk_decisions", sent | {"limit_used": used, "limit_value": allowed})

    _, samples = store("risk_decisions", [event])

    assert [(sample.name, sample.value) for sample in samples] == [
        ("limit_usage_ratio", usage) for usage in usages
    ]


def test_readings_of_a_second_fold_into_one_sample() -> None:
    fills = [execution(n, execution_time=str(n), pnl="") for n in (1, 2, 3)]

    _, samples = store("trade_executions", [one("trade_executions", fill) for fill in fills])

    [sample] = samples
    assert (sample.vmin, sample.vmax, sample.vsum, sample.vcount) == (1, 3, 6, 3)
    assert sample.labels == {"env": "live", "source": "bot", "strategy": "ema_cross"}
