"""What is counted and folded for many events at once is what each of them would give."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.events import Table
from analytics.series import Run, fold

few = st.sampled_from(["", "a", "b", "ab"])
events = st.lists(st.tuples(few, few, st.integers(-3, 3)), max_size=40)
readings = st.lists(
    st.tuples(st.integers(0, 4_000_000), st.sampled_from([math.nan, -1.5, 0.0, 2.0, 7.25])),
    min_size=1,
    max_size=40,
)


def table_of(rows: list[tuple[str, str, int]]) -> Table:
    columns = {name: [row[place] for row in rows] for place, name in enumerate(("env", "side"))}
    return Table("trade_executions", {**columns, "event_id": [""] * len(rows)})


@given(events)
def test_groups_count_as_one_counts_by_hand(rows: list[tuple[str, str, int]]) -> None:
    slots = np.array([slot for _, _, slot in rows], dtype=np.int64)

    groups = table_of(rows).groups("env", "side")

    assert {(*key, slot): n for key, slot, n in groups.tally(slots)} == Counter(rows)
    told = {place: key for key, places in groups.places() for place in places.tolist()}
    assert [told[place] for place in range(len(rows))] == [row[:2] for row in rows]


def test_events_that_have_nothing_in_common_are_groups_of_their_own() -> None:
    texts = [str(number) for number in range(11_000)]
    table = Table("trade_executions", dict.fromkeys(("event_id", "env", "side"), texts))

    groups = table.groups("event_id", "env", "side")

    assert groups.keys == [(text, text, text) for text in texts]
    assert groups.codes.tolist() == list(range(11_000))


@given(st.lists(readings, min_size=1, max_size=4))
def test_a_second_keeps_its_last_its_extremes_its_sum_and_count(
    several: list[list[tuple[int, float]]],
) -> None:
    runs = [
        Run("x", (("n", str(n)),), "", np.array([us for us, _ in some]),
            np.array([value for _, value in some]))
        for n, some in enumerate(several)
    ]  # fmt: skip

    found = zip(*(column.tolist() for column in fold(runs)), strict=True)

    assert repr(list(found)) == repr(
        [row for n, some in enumerate(several) for row in one(n, some)]
    )


def one(place: int, some: list[tuple[int, float]]) -> list[tuple[int, int, float, float, float,
                                                                 float, int]]:  # fmt: skip
    rows = []
    for second in sorted({us // 1_000_000 for us, _ in some}):
        within = [(us, value) for us, value in some if us // 1_000_000 == second]
        newest = max(us for us, _ in within)
        last = [value for us, value in within if us == newest][-1]
        told = [value for _, value in within if not math.isnan(value)] or [math.nan]
        rows.append((place, newest, last, min(told), max(told), sum(told), len(within)))
    return rows
