"""Many entries read column by column are what each entry is, read tolerantly on its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.events import InvalidEvent, Table, as_stored, decode, decode_all
from analytics.events.plain import read
from tests.analytics.entries import MS, NOW, execution
from tests.analytics.malformed import KINDS

SECONDS = NOW.timestamp()
numbers = st.sampled_from(["1", "0.015", "", "-2", "1e-3", "nan", "1_0", "1" * 19, "٣", "+4", "."])
whens = st.sampled_from([str(MS), str(MS // 1_000), str(MS * 1_000), "5", "now", ""])
common: dict[str, st.SearchStrategy[str]] = {
    "event_id": st.sampled_from(["a", "b", ""]),
    "timestamp": whens,
    "source": st.sampled_from(["bot", ""]),
    "env": st.sampled_from(["", "live", "prod", "PAPER"]),
    "symbol": st.sampled_from(["BTC/USDT", "btcusdt", " BTC/USDT", ""]),
    "signal_id": st.sampled_from(["", "s\\1", "s 1", "s\t1"]),
}
streams: Mapping[str, dict[str, st.SearchStrategy[str]]] = {
    "trade_executions": {
        "side": st.sampled_from(["buy", "SELL", "", "sideways"]),
        "status": st.sampled_from(["", "FILLED", "filled", "rejected", "odd"]),
        "quantity": numbers,
        "price": numbers,
        "requested_price": numbers,
        "fee": numbers,
        "pnl": numbers,
        "execution_time": st.sampled_from(["", "0.4", "-1", "nan", "99999"]),
        "currency": st.sampled_from(["", "usdt"]),
        "position_id": st.sampled_from(["", "7"]),
        "order_id": st.sampled_from(["", "8"]),
    },
    "trading_signals": {
        "signal_type": st.sampled_from(["buy", "LONG", "", "odd"]),
        "strength": st.sampled_from(["", "0.5", "50", "-0.2"]),
        "confidence": st.sampled_from(["", "1", "x"]),
        "price": numbers,
    },
    "risk_decisions": {
        "decision": st.sampled_from(["approved", "Rejected", "true", "", "odd"]),
        "side": st.sampled_from(["", "buy"]),
        "limit_name": st.sampled_from(["", "daily_loss"]),
        "limit_value": numbers,
        "limit_used": numbers,
        "decision_time": st.sampled_from(["", "0.004", "nan"]),
        "reason": st.sampled_from(["", "too [much]", 'a "quoted" one', "x" * 300]),
    },
}


def pairs(fields: Mapping[str, str]) -> list[str]:
    return [text for pair in fields.items() for text in pair]


def rows(table: Any) -> list[dict[str, Any]]:
    """Events in the order of their entries."""
    assert isinstance(table, Table)
    found = [
        dict(zip(table.columns, values, strict=True))
        for values in zip(*table.columns.values(), strict=True)
    ]
    return sorted(found, key=lambda row: str(row["entry_id"]))


def one_by_one(stream: str, entries: list[tuple[str, list[str]]]) -> tuple[list[Any], list[Any]]:
    events, refused = [], []
    for entry_id, sent in entries:
        try:
            events += decode(stream, entry_id, dict(zip(sent[::2], sent[1::2], strict=True)),
                             now=SECONDS)  # fmt: skip
        except InvalidEvent as refusal:
            refused.append(refusal.reason_code)
    return rows(as_stored(stream, events)), refused


@pytest.mark.parametrize("stream", streams)
@settings(max_examples=150)
@given(data=st.data())
def test_columns_read_as_the_tolerant_way(stream: str, data: st.DataObject) -> None:
    kinds = st.fixed_dictionaries({}, optional={**common, **streams[stream]})
    sent = data.draw(st.lists(kinds, min_size=1, max_size=8))
    copies = data.draw(st.sampled_from([1, 12]))
    entries = [(f"{MS}-{n:03}", pairs(fields)) for n, fields in enumerate(sent * copies)]

    events, refused = decode_all(stream, entries, now=SECONDS)

    assert (rows(events), [refusal.reason_code for refusal in refused]) == one_by_one(
        stream, entries
    )


@pytest.mark.parametrize(
    ("stream", "fields"),
    [
        ("trade_executions", execution(fee="0.63", fee_currency="USDT", requested_price="63120")),
        ("trading_signals", {"timestamp": str(MS), "symbol": "BTCUSDT", "signal_type": "buy"}),
        ("risk_decisions", {"timestamp": str(MS), "decision": "approved", "limit_used": "3"}),
    ],
)
def test_plain_entries_go_the_short_way(stream: str, fields: dict[str, str]) -> None:
    entries = [(f"{MS}-{n}", pairs(fields)) for n in range(100)]

    tables, others = read(stream, entries, now=SECONDS)

    assert [len(table) for table in tables] == [100]
    assert others == []


def test_odd_entries_take_few_plain_ones_with_them() -> None:
    entries = [(f"{MS}-{n}", pairs(execution(n))) for n in range(1_000)]
    entries[500] = (f"{MS}-500", pairs(execution(500, quantity="1e-3")))

    tables, others = read("trade_executions", entries, now=SECONDS)

    assert 500 in others
    assert len(others) < 64
    assert sum(map(len, tables)) + len(others) == 1_000


@pytest.mark.parametrize("kind", KINDS)
def test_a_malformed_entry_among_plain_ones_is_refused_alone(kind: str) -> None:
    reason, make = KINDS[kind]
    texts = {_text(name): _text(value) for name, value in make().items()}
    entries = [(f"{MS}-{n}", pairs(execution(n))) for n in range(50)]
    entries[25] = (f"{MS}-25", pairs(texts))

    events, refused = decode_all("trade_executions", entries, now=SECONDS)

    assert [(refusal.place, refusal.reason_code) for refusal in refused] == [(25, reason)]
    assert len(events) == 49


def _text(value: Any) -> str:
    """As the stream's reader gives it."""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)
