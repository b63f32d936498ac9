"""What is added and multiplied as numbers of the machine is what Decimal makes of it."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from analytics import exact

shorts = st.decimals(-(10**9), 10**9, places=4).map(lambda value: f"{value:f}")
anything = st.one_of(
    shorts, st.decimals(-(10**15), 10**15, allow_nan=False).map(lambda value: f"{value:f}")
)


@given(st.lists(shorts, min_size=1, max_size=30))
def test_short_decimals_become_whole_numbers_and_lose_nothing(texts: list[str]) -> None:
    column = exact.scaled(texts)

    assert column is not None
    told = [Decimal(number).scaleb(-column.places) for number in column.numbers.tolist()]
    assert told == list(map(Decimal, texts))


@given(st.lists(anything, min_size=1, max_size=30))
@example(["0.1000000000000001"])
@example(["9999999999999.99", "0.000000000000001"])
@example(["-0", "0.0"])
def test_what_cannot_be_sure_is_refused(texts: list[str]) -> None:
    column = exact.scaled(texts)

    if column is not None:
        told = [Decimal(number).scaleb(-column.places) for number in column.numbers.tolist()]
        assert told == list(map(Decimal, texts))


@given(st.lists(st.tuples(anything, anything), min_size=1, max_size=30))
@example([("0.00001", "0.00001")])
def test_products_are_those_of_decimals(pairs: list[tuple[str, str]]) -> None:
    ones, others = map(list, zip(*pairs, strict=True))

    found = list(map(Decimal, exact.products(ones, others)))

    assert found == [exact.WIDE.multiply(Decimal(a), Decimal(b)) for a, b in pairs]


def test_stretches_of_a_column_are_summed() -> None:
    column = exact.scaled(["0.1", "0.2", "-7", "1.25"])

    assert column is not None
    found = exact.sums(column, np.array([3, 1, 0, 2]), np.array([0, 2]))
    assert found == [Decimal("1.45"), Decimal("-6.9")]
