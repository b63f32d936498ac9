"""Paths walked in pieces, of numbers of any size."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.performance.drawdown import day_of
from analytics.performance.path import START, Path, by_time, extended

WORD = st.integers(-(2**55), 2**55)
ANY = st.integers(-(10**30), 10**30)


@given(st.lists(WORD) | st.lists(ANY), st.integers(0, 20))
def test_a_path_in_pieces_is_the_path_of_the_whole(steps: list[int], cut: int) -> None:
    small = all(abs(step) <= 2**55 for step in steps)
    some = np.array(steps, dtype=np.int64 if small and len(steps) < 100 else object)

    found = extended(extended(START, some[:cut]), some[cut:])

    day = day_of(date(2026, 1, 1), map(Decimal, steps))
    assert found == Path(int(day.pnl), int(day.low), int(day.high), int(day.drop))


def test_steps_that_would_overflow_a_machine_word_do_not() -> None:
    steps = np.full(40, 2**60, dtype=np.int64)

    assert extended(START, steps).pnl == 40 * 2**60


def test_trades_of_the_same_time_are_one_step() -> None:
    times, steps = by_time(np.array([3, 3, 5]), np.array([7, -9, 4]))

    assert (times.tolist(), steps.tolist()) == ([3, 5], [-2, 4])
