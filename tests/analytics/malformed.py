"""Entries that must become dead letters: every kind, with the reason it must get."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.analytics.entries import execution

GOOD: Mapping[str, str] = execution()


def _without(name: str) -> dict[Any, Any]:
    return {key: value for key, value in GOOD.items() if key != name}


def _with(**fields: Any) -> dict[Any, Any]:
    return {**GOOD, **fields}


def _nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


KINDS: Mapping[str, tuple[str, Callable[[], dict[Any, Any]]]] = {
    "no symbol": ("missing_field", lambda: _without("symbol")),
    "no side": ("missing_field", lambda: _without("side")),
    "a fill without price": ("missing_field", lambda: _without("price")),
    "a fill whose quantity is NaN": ("missing_field", lambda: _with(quantity="NaN")),
    "an unknown side": ("bad_enum", lambda: _with(side="sideways")),
    "an unknown status": ("bad_enum", lambda: _with(status="SOMEHOW")),
    "an unknown environment": ("bad_enum", lambda: _with(env="moon")),
    "a flag that is none": ("bad_enum", lambda: _with(reconciliation="perhaps")),
    "a comma decimal": ("bad_number", lambda: _with(price="63125,50")),
    "words for a price": ("bad_number", lambda: _with(price="a lot")),
    "an underscored number": ("bad_number", lambda: _with(price="63_125")),
    "a number beyond the column": ("out_of_range", lambda: _with(price="1e40")),
    "a number of 5000 digits": ("out_of_range", lambda: _with(price="9" * 5_000)),
    "a JSON integer of 5000 digits": (
        "bad_json",
        lambda: {"data": '{"symbol": "BTC/USDT", "side": "buy", "price": ' + "9" * 5_000 + "}"},
    ),
    "a time before 2009": ("bad_timestamp", lambda: _with(timestamp="1000000000")),
    "a time in the year 2255": ("bad_timestamp", lambda: _with(timestamp="9000000000000")),
    "a negative time": ("bad_timestamp", lambda: _with(timestamp="-5")),
    "words for a time": ("bad_timestamp", lambda: _with(timestamp="yesterday")),
    "more than 64 KiB": ("too_large", lambda: _with(note="x" * 70_000)),
    "more than 64 KiB of two-byte letters": ("too_large", lambda: _with(note="ö" * 40_000)),
    "nested deeper than 8": ("too_deep", lambda: _with(features=_nested(20))),
    "nested 10,000 deep": ("too_deep", lambda: _with(features=_nested(10_000))),
    "a list nested 30,000 deep": ("too_deep", lambda: {"data": "[" * 30_000 + "]" * 30_000}),
    "a NUL": ("bad_text", lambda: _with(strategy="a\x00b")),
    "an escaped NUL in JSON": ("bad_text", lambda: {"data": json.dumps(_with(strategy="\x00"))}),
    "a lone surrogate in JSON": (
        "bad_text",
        lambda: {"data": json.dumps(_with(strategy="\ud800"))},
    ),
    "bytes that are not UTF-8": ("bad_text", lambda: {b"symbol": b"\xff\xfe", b"side": b"buy"}),
    "an id of 300 characters": ("too_long", lambda: _with(event_id="x" * 300)),
    "a list of numbers for events": ("bad_shape", lambda: {"data": "[1, 2, 3]"}),
    "an empty list of events": ("bad_shape", lambda: {"data": "[]"}),
    "nothing that is known": ("missing_field", lambda: {"hello": "world"}),
    "broken JSON": ("bad_json", lambda: {"data": '{"symbol": "BTC/USDT", "side"'}),
    "code for a dict": ("bad_json", lambda: {"data": "{'symbol': __import__('os').getcwd()}"}),
}
