"""The made-up desk: the same for the same seed, readable as the agent's, and believable."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from functools import cache
from itertools import islice

import pytest

from analytics.events import decode
from ops_portal.simulation.book import CAPITAL
from ops_portal.simulation.desk import VENUE_REASONS, Desk, Entry
from ops_portal.simulation.machines import COMPONENTS

DAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TOLD = {
    "trading_signals", "risk_decisions", "trade_executions", "performance_metrics",
    "system_metrics", "error_events",
}  # fmt: skip


def desk(seed: int = 7, rate: float = 1.0) -> Desk:
    return Desk(seed=seed, rate=rate, day=DAY, env="live")


def first_hour(made: Desk) -> list[Entry]:
    return [entry for _, entries in islice(made.seconds(), 3_600) for entry in entries]


@cache
def whole_day() -> tuple[Desk, list[Entry]]:
    made = desk()
    return made, [entry for _, entries in made.seconds() for entry in entries]


def of(stream: str) -> list[dict[str, str]]:
    return [entry.fields for entry in whole_day()[1] if entry.stream == stream]


def test_the_same_seed_tells_the_same_day() -> None:
    assert first_hour(desk()) == first_hour(desk())
    assert first_hour(desk()) != first_hour(desk(seed=8))


def test_every_entry_is_read_without_a_guess() -> None:
    for number, (_, stream, fields) in enumerate(whole_day()[1]):
        [event] = decode(stream, f"1772500000000-{number}", fields)
        assert event.inferred == [], (stream, fields, event.inferred)
        assert event.env == "live"


def test_all_six_streams_are_told_in_order_with_ids_of_their_own() -> None:
    entries = whole_day()[1]
    ids = Counter((entry.fields["source"], entry.fields["event_id"]) for entry in entries)

    assert {entry.stream for entry in entries} == TOLD
    assert max(ids.values()) == 1
    seconds = [entry.at_ms // 1_000 for entry in entries]
    assert seconds == sorted(seconds)


def test_a_signal_leads_to_a_decision_and_an_approved_one_to_fills() -> None:
    signals = {fields["signal_id"]: fields for fields in of("trading_signals")}
    decisions = {fields["signal_id"]: fields["decision"] for fields in of("risk_decisions")}
    fills = defaultdict(list)
    for fields in of("trade_executions"):
        if fields["status"] == "FILLED":
            fills[fields["correlation_id"]].append(fields)

    assert set(decisions) == {key for key, one in signals.items() if one["signal_type"] != "hold"}
    assert set(fills) == {key for key, said in decisions.items() if said != "rejected"}
    for opened, closed in fills.values():
        assert "pnl" not in opened
        assert float(closed["pnl"]) != 0
        assert opened["position_id"] == closed["position_id"]
        assert {opened["side"], closed["side"]} == {"buy", "sell"}


def test_the_venue_refuses_some_orders_which_are_sent_again() -> None:
    orders = of("trade_executions")
    refused = [fields for fields in orders if fields["status"] == "REJECTED"]
    filled = {fields["correlation_id"] for fields in orders if fields["status"] == "FILLED"}

    assert 0.01 < len(refused) / len(orders) < 0.06
    assert {fields["reject_reason"] for fields in refused} == set(VENUE_REASONS)
    assert {fields["correlation_id"] for fields in refused} <= filled


def test_the_day_is_believable() -> None:
    made, _ = whole_day()
    account = made.account
    falls = [float(fields["current_drawdown"]) for fields in of("performance_metrics")]

    assert account.trades > 500
    assert 0.45 < account.wins / account.trades < 0.65
    assert abs(account.realized) < 0.1 * CAPITAL
    assert min(falls) < -0.05, "the drawdown alert has nothing to show"
    assert sum(fall < -0.05 for fall in falls) < 0.1 * len(falls), "and it is not the rule"
    assert account.open == []
    assert abs(float(of("performance_metrics")[-1]["sharpe_ratio"])) < 5


def test_a_higher_rate_is_busier() -> None:
    usual, busy = (
        sum(entry.stream == "trading_signals" for entry in first_hour(desk(rate=rate)))
        for rate in (1.0, 20.0)
    )

    assert 10 * usual < busy < 40 * usual


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_component_reports(component: str) -> None:
    reports = [fields for fields in of("system_metrics") if fields["component"] == component]

    assert len(reports) == 8_640
    assert all(0 < float(fields["cpu_percent"]) < 100 for fields in reports)
