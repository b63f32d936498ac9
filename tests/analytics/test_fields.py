"""Everything of the agent's habits that must be read, and everything that must be refused."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.events import Event, InvalidEvent, decode
from analytics.events.envelope import normal_symbol
from analytics.fields import MAX_EXTRA_BYTES, snake
from tests.analytics.entries import MS, NOW, execution, one
from tests.analytics.malformed import KINDS

PLAIN = execution(fee="0.63", fee_currency="USDT", execution_time="0.42")
ENVELOPES = ("data", "payload", "message", "event", "body", "json")


def executed(fields: Any) -> Any:
    return one("trade_executions", fields)


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_an_event_is_refused_with_its_reason(kind: str) -> None:
    reason, make = KINDS[kind]

    with pytest.raises(InvalidEvent) as refused:
        decode("trade_executions", f"{MS}-0", make(), now=NOW.timestamp())

    assert refused.value.reason_code == reason
    assert refused.value.message


@pytest.mark.parametrize("envelope", ENVELOPES)
@pytest.mark.parametrize("encodings", [1, 2, 3])
def test_one_json_field_holds_the_event_however_often_encoded(
    envelope: str, encodings: int
) -> None:
    text: Any = PLAIN
    for _ in range(encodings):
        text = json.dumps(text)

    assert executed({envelope: text}) == executed(PLAIN)


def test_bytes_and_text_read_the_same() -> None:
    raw = {key.encode(): value.encode() for key, value in PLAIN.items()}

    assert executed(raw) == executed(PLAIN)


def test_flat_fields_win_over_the_envelope() -> None:
    event = executed({"data": json.dumps(PLAIN), "side": "sell"})

    assert (event.side, event.quantity) == ("sell", Decimal("0.01"))


def test_a_python_repr_is_read_and_counted() -> None:
    event = executed({"data": repr(PLAIN)})

    assert event.price == Decimal(63125)
    assert "python_repr" in event.inferred


def test_money_never_passes_through_float() -> None:
    event = executed({"data": '{"symbol":"A/B","side":"buy","qty":1,"price":0.123456789012345678}'})

    assert event.price == Decimal("0.123456789012345678")


@pytest.mark.parametrize(
    "name", ["avgPrice", "AvgPrice", "avg_price", "AVG-PRICE", "fillPrice", "last_px", "average"]
)
def test_names_are_read_in_any_case_and_under_their_aliases(name: str) -> None:
    fields = {key: value for key, value in PLAIN.items() if key != "price"}

    assert executed({**fields, name: "7"}).price == 7


def test_a_ccxt_fee_is_opened_and_dots_are_nesting() -> None:
    fields = {key: value for key, value in PLAIN.items() if not key.startswith("fee")}

    for fee in (
        {"fee": '{"cost": "0.1", "currency": "BNB"}'},
        {"fee.cost": "0.1", "fee.currency": "BNB"},
    ):
        event = executed({**fields, **fee})
        assert (event.fee, event.fee_currency) == (Decimal("0.1"), "BNB")


@pytest.mark.parametrize(
    "stamp",
    ["1788264030", "1788264030000", "1788264030000000", "1788264030000000000", "1788264030000.0",
     " 1788264030 ", "2026-09-01T12:00:30Z", "2026-09-01 12:00:30", "2026-09-01T14:00:30+02:00"],
)  # fmt: skip
def test_a_time_is_read_in_any_unit(stamp: str) -> None:
    assert executed({**PLAIN, "timestamp": stamp}).ts == datetime(2026, 9, 1, 12, 0, 30, tzinfo=UTC)


def test_without_a_time_the_entry_gives_it_and_says_so() -> None:
    event = executed({key: value for key, value in PLAIN.items() if key != "timestamp"})

    assert event.ts == NOW
    assert event.inferred == ["ts"]


@pytest.mark.parametrize("word", ["", "null", "None", "NaN", "inf", "-Infinity", "N/A"])
def test_null_words_are_an_absence(word: str) -> None:
    assert executed({**PLAIN, "pnl": word}).pnl is None


@pytest.mark.parametrize(
    "raw", ["BTC/USDT", "btcusdt", "BTC-USDT", "btc_usdt", "BTC/USDT:USDT", "BTCUSDT-PERP.BINANCE"]
)
def test_symbols_are_written_one_way(raw: str) -> None:
    assert normal_symbol(raw) == "BTC/USDT"


def test_a_list_gives_an_event_for_each_item_with_ids_of_their_own() -> None:
    events = decode("trade_executions", f"{MS}-0", {"data": json.dumps([PLAIN, PLAIN])})

    assert [event.event_id for event in events] == ["e1#0", "e1#1"]


def test_unknown_fields_are_kept_up_to_16_kb() -> None:
    event = executed({**PLAIN, "mood": "good", "novel": "x" * 40_000})

    assert event.extra["mood"] == "good"
    assert len(json.dumps(event.extra)) < MAX_EXTRA_BYTES
    assert event.extra["truncated"] is True


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [({"execution_time": "0.42"}, 0.42), ({"latency_ms": "420"}, 0.42),
     ({"duration_ms": "5"}, 0.005),
     ({"submit_ts": str(MS - 400), "fill_ts": str(MS)}, 0.4), ({"execution_time": "-1"}, None),
     ({"execution_time": "90000"}, None), ({"execution_time": "1", "reconciliation": "yes"}, None)],
)  # fmt: skip
def test_latency_is_seconds_or_absent(fields: dict[str, str], seconds: float | None) -> None:
    assert executed({**execution(), **fields}).execution_seconds == seconds


@pytest.mark.parametrize(
    ("side", "price", "bps"), [("buy", "101", 100), ("sell", "101", -100), ("sell", "99", 100)]
)
def test_slippage_is_positive_when_it_costs(side: str, price: str, bps: float) -> None:
    fields = {**PLAIN, "side": side, "price": price, "requested_price": "100"}

    assert executed(fields).slippage_bps == bps


def test_a_trade_is_a_position_else_an_order_else_the_fill() -> None:
    keys = [
        executed({**PLAIN, **ids}).trade_key
        for ids in ({"position_id": "7", "order_id": "8"}, {"order_id": "8"}, {})
    ]

    assert keys == ["position:7", "order:8", "execution:x1"]


@pytest.mark.parametrize(
    ("sent", "percent", "share", "flagged"),
    [("54.2", 54.2, 0.542, False), ("0.542", 54.2, None, True), ("0", 0.0, 0.0, False)],
)
def test_a_win_rate_of_unclear_unit_does_not_reach_the_rule(
    sent: str, percent: float, share: float | None, flagged: bool
) -> None:
    event = one("performance_metrics", {"win_rate": sent})

    assert event.values["win_rate"] == pytest.approx(percent)
    assert event.values.get("win_rate_ratio") == pytest.approx(share)
    assert ("win_rate" in event.inferred) is flagged


def test_a_positive_drawdown_is_negated_and_flagged() -> None:
    event = one("performance_metrics", {"current_drawdown": "0.06"})

    assert event.values == {"current_drawdown": -0.06}
    assert "current_drawdown" in event.inferred


def test_a_drawdown_beyond_one_needs_its_unit() -> None:
    with pytest.raises(InvalidEvent, match="ratio or percent"):
        one("performance_metrics", {"current_drawdown": "-6"})

    event = one("performance_metrics", {"current_drawdown": "-6", "unit": "percent"})
    assert event.values == {"current_drawdown": -0.06}


def test_nested_metrics_are_figures_of_their_own_names() -> None:
    event = one("performance_metrics", {"metrics": '{"sharpeRatio": 1.5, "custom": "2"}'})

    assert event.values == {"sharpe_ratio": 1.5, "custom": 2.0}


def test_our_own_alerts_are_skipped() -> None:
    assert decode("alerts", f"{MS}-0", {"id": "high_drawdown", "producer": "ops-portal"}) == []


def test_a_component_is_read_with_its_status_and_figures() -> None:
    event = one("system_metrics", {"service": "feed", "health": "true", "data_latency_ms": "250",
                                   "queue_lag": "7"})  # fmt: skip

    assert (event.component, event.status, event.health) == ("feed", "ok", None)
    assert (event.data_latency, event.metrics) == (0.25, {"queue_lag": 7.0})


@pytest.mark.parametrize("word", ["NaN", "inf", "-Infinity", ""])
def test_a_gauge_without_a_number_is_told_apart_from_one_that_was_not_sent(word: str) -> None:
    sent = {"component": "feed", "cpu_percent": word, "memory": "40", "ws_connected": word}

    event = one("system_metrics", sent)

    assert (event.cpu_percent, event.memory_percent, event.disk_percent) == (None, 40.0, None)
    assert event.void == {"cpu_percent", "ws_connected"}


def test_figures_of_any_name_may_be_no_number() -> None:
    nested = '{"sharpe": NaN, "queue_lag": Infinity, "note": null, "strategy": NaN}'

    event = one("performance_metrics", {"metrics": nested, "own": "nan", "text": "calm"})

    assert event.values == {"sharpe_ratio": None, "queue_lag": None, "own": None}
    assert event.strategy == ""


def test_an_error_keeps_its_message_though_it_is_an_envelope_name() -> None:
    event = one("error_events", {"message": "lost [connection]", "level": "WARN"})

    assert (event.message, event.severity) == ("lost [connection]", "warning")


@given(
    st.fixed_dictionaries(
        {
            "quantity": st.sampled_from(
                ["1", "1e-3", "nan", "1_0", "-2", "1" * 19, "." + "1" * 25]
            ),
            "pnl": st.sampled_from(["", "null", "-0", "12.5", "inf", "1e400", "9" * 20]),
            "execution_time": st.sampled_from(["", "0.4", "-1", "nan", "1e9"]),
            "status": st.sampled_from(["", "FILLED", "filled", "Cancelled", "odd"]),
            "symbol": st.sampled_from(["BTC/USDT", "btcusdt", " BTC/USDT", ""]),
            "timestamp": st.sampled_from([str(MS), "1788264030", "5", "now"]),
            "env": st.sampled_from(["", "live", "prod", "paper"]),
        }
    )
)
def test_the_short_way_reads_as_the_tolerant_way(fields: dict[str, str]) -> None:
    entry = {**PLAIN, **fields}

    def outcome(sent: dict[str, str]) -> Any:
        try:
            return executed(sent)
        except InvalidEvent as refusal:
            return refusal.reason_code

    assert outcome(entry) == outcome({"data": json.dumps(entry)})


texts = st.text(max_size=30)
values = st.one_of(
    texts, st.sampled_from(["{", "[1", '{"a": 1}', "nan", "1e999", "-0", "[[[[", "()"])
)


@given(
    stream=st.sampled_from(["trade_executions", "trading_signals", "performance_metrics", "alerts",
                            "system_metrics", "error_events", "risk_decisions"]),
    fields=st.dictionaries(
        st.one_of(texts, st.sampled_from([*PLAIN, *ENVELOPES, "metrics", "labels"])),
        values,
        max_size=8,
    ),
)  # fmt: skip
def test_any_text_is_an_event_or_a_named_refusal(stream: str, fields: dict[str, str]) -> None:
    events: list[Event] = []
    with suppress(InvalidEvent):
        events = decode(stream, f"{MS}-0", fields)

    assert all(event.ts.tzinfo is UTC for event in events)


@given(st.text(max_size=20))
def test_a_snake_case_name_stays_as_it_is(name: str) -> None:
    assert snake(snake(name)) == snake(name)
