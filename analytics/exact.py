"""Sums and products of decimal texts, exact, and as fast as numbers of the machine.

A text of at most 15 digits is the only one that rounds to its double. So such a column can be read
as doubles, and scaled to whole numbers, without losing anything. Longer ones are Decimals.
"""

from __future__ import annotations

import decimal
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics import doubles

LONGEST = 16  # characters: 15 digits and a point; a sign only makes the number shorter
MOST_PLACES = 12  # behind the point
SURE = 10**14  # the numbers stay below it, and so do their products
MOST = 90_000  # numbers whose sum a machine word surely holds
WIDE = decimal.Context(prec=60)


class Scaled(NamedTuple):
    """The decimals `numbers / 10**places`."""

    numbers: NDArray[np.int64]
    places: int


def scaled(texts: Sequence[str]) -> Scaled | None:
    """The decimals as whole numbers; None when one of them is too long to be sure."""
    if not 0 < len(texts) <= MOST or max(map(len, texts)) > LONGEST:
        return None
    read = np.array(doubles.read(texts))
    for places in range(MOST_PLACES + 1):
        power = 10.0**places
        numbers = np.rint(read * power)
        if not np.abs(numbers).max() < SURE:
            return None
        if (numbers / power == read).all():
            return Scaled(numbers.astype(np.int64), places)
    return None


def sums(column: Scaled, order: NDArray[np.int64], starts: NDArray[np.int64]) -> list[Decimal]:
    """The sum of each stretch of the column, read in this order; each begins at its start."""
    found = np.add.reduceat(column.numbers[order], starts).tolist()
    return [Decimal(number).scaleb(-column.places, WIDE) for number in found]


def products(ones: Sequence[str], others: Sequence[str]) -> list[str]:
    """The products in pairs, as decimal text."""
    one, other = scaled(ones), scaled(others)
    if one is not None and other is not None:
        size = np.abs(one.numbers).max() * float(np.abs(other.numbers).max())
        places = one.places + other.places
        if size < SURE and places <= MOST_PLACES:
            found = one.numbers * other.numbers / 10.0**places
            return doubles.write(found.tolist())
    return [str(WIDE.multiply(Decimal(a), Decimal(b))) for a, b in zip(ones, others, strict=True)]
