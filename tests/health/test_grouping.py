"""Errors that differ only in numbers, ids and quoted parts are one group."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.grouping import fingerprint, masked


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("order 12 rejected", "order 977 rejected"),
        ("timeout after 3.5 s", "timeout after 12.25 s"),
        ("no such pair 'BTC/USDT'", "no such pair 'ETH/USDT'"),
        ("id 9f86d081-884c-4d63", "id 60303ae2-2b99-4e61"),
        ("at 0x7ffe01", "at 0x00ab99"),
    ],
)
def test_numbers_ids_and_quotes_do_not_part_a_group(one: str, other: str) -> None:
    assert masked(one) == masked(other)


def test_component_type_and_wording_part_groups() -> None:
    base = {"component": "exec", "error_type": "Timeout", "message": "no answer"}

    variants = [base, *({**base, key: f"{value} more"} for key, value in base.items())]

    assert len({fingerprint(**variant) for variant in variants}) == 4


@given(st.text(max_size=300), st.integers(0, 10**12), st.integers(0, 10**12))
def test_any_number_in_any_message_is_blanked(text: str, one: int, other: int) -> None:
    assert masked(f"{text} {one}") == masked(f"{text} {other}")


@given(st.text(), st.text(), st.text())
def test_a_fingerprint_is_forty_hex_digits(component: str, error_type: str, message: str) -> None:
    name = fingerprint(component=component, error_type=error_type, message=message)

    assert len(name) == 40
    assert set(name) <= set("0123456789abcdef")
