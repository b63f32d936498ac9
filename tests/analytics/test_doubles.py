"""Columns of doubles by way of JSON are what Python makes of each number."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analytics import doubles

numbers = st.floats(allow_nan=False, allow_infinity=False)
texts = st.one_of(numbers.map(repr), st.from_regex(r"-?[0-9]{1,18}(\.[0-9]{0,6})?", fullmatch=True))


@given(st.lists(texts, max_size=20))
@example(["007", "1"])
@example([".5", "5.", "-0"])
@example(["9007199254740993", "0.1000000000000000055511151231257827"])
def test_a_column_is_read_as_each_of_its_texts(column: list[str]) -> None:
    assert doubles.read(column) == list(map(float, column))


@given(st.lists(st.one_of(st.none(), numbers), max_size=20))
def test_what_is_written_reads_as_the_same(column: list[float | None]) -> None:
    texts = doubles.write(column)

    assert [None if text == doubles.ABSENT else float(text) for text in texts] == column


@pytest.mark.parametrize("column", [["1,2"], ["1", ""], ["one"], ["-"]])
def test_what_is_no_number_is_refused(column: list[str]) -> None:
    with pytest.raises(ValueError, match=r"could not convert|several"):
        doubles.read(column)
