"""Distributions that add up."""

from __future__ import annotations

import math
import random
from collections import Counter

import numpy as np
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from analytics import sketches
from analytics.models import EventRollup, Sketch
from tests.analytics.entries import MS, execution, gather_sketches, one, store, store_executions

READINGS = st.floats(-1e9, 1e9, allow_nan=False)
HALF_WIDTH = (sketches.GROWTH - 1) / (sketches.GROWTH + 1)


def slots(readings: list[float]) -> list[int]:
    found: list[int] = sketches.slots_of(np.array(readings)).tolist()
    return found


@given(READINGS)
def test_a_slot_tells_its_readings_to_two_and_a_half_percent(reading: float) -> None:
    [slot] = slots([reading])
    told = sketches.value_of(slot)

    if abs(reading) <= sketches.LEAST:
        assert told == 0
    else:
        assert abs(told - reading) <= abs(reading) * HALF_WIDTH * (1 + 1e-9)


@given(st.lists(READINGS, min_size=1, max_size=60), st.sampled_from((0.0, 0.5, 0.95, 0.99, 1.0)))
def test_a_quantile_is_near_the_reading_of_its_rank(readings: list[float], share: float) -> None:
    exact = sorted(readings)[math.floor(share * (len(readings) - 1))]

    told = sketches.quantile(Counter(slots(readings)), share)

    assert told == sketches.value_of(slots([exact])[0])


def test_nothing_has_no_quantile() -> None:
    assert sketches.quantile({}, 0.5) is None


def test_readings_are_shared_out_by_edges() -> None:
    found = Counter(slots([-30.0, -3.0, 0.0, 0.4, 3.0, 90.0]))

    assert sketches.shares(found, [-10.0, 0.0, 1.0, 10.0]) == [1, 2, 1, 1, 1]


@pytest.mark.django_db
def test_sql_finds_the_same_slots() -> None:
    dice = random.Random(5)
    readings = [dice.choice((-1, 1)) * 10 ** dice.uniform(-7, 9) for _ in range(20_000)]
    readings += [0.0, sketches.LEAST, -sketches.LEAST, 1.0, 0.05]

    with connection.cursor() as cursor:
        slot = sketches.SLOT.format(value="value")
        cursor.execute(f"SELECT {slot} FROM unnest(%s::float8[]) AS value", [readings])  # noqa: S608
        found = [row[0] for row in cursor.fetchall()]

    assert found == slots(readings)


@pytest.mark.django_db
def test_executions_leave_their_latency_and_slippage_by_hour_and_day() -> None:
    hour = 3_600_000
    store_executions(
        execution(1, execution_time="0.42"),
        execution(2, execution_time="0.42", timestamp=str(MS - hour)),
        execution(3, execution_time="2.0", status="REJECTED", timestamp=str(MS - hour)),
        execution(4),
    )
    gather_sketches()

    rows = Sketch.objects.filter(name=sketches.LATENCY)

    by_hour = rows.filter(unit="h").order_by("bucket").values_list("slots", "counts")
    quick, slow = slots([0.42, 2.0])
    assert list(by_hour) == [([quick, slow], [1, 1]), ([quick], [1])]
    assert rows.filter(unit="d").values_list("slots", "counts").get() == ([quick, slow], [2, 1])


@pytest.mark.django_db
def test_what_comes_later_is_added_to_what_was_counted() -> None:
    store_executions(execution(1, execution_time="0.42"), execution(2, execution_time="9"))
    gather_sketches()
    store_executions(execution(3, execution_time="0.42"), execution(4, execution_time="2.0"))
    store_executions(execution(5, execution_time="2.0"))
    gather_sketches()
    gather_sketches()

    found = Sketch.objects.filter(name=sketches.LATENCY, unit="h")

    assert found.values_list("slots", "counts").get() == (slots([0.42, 2.0, 9]), [2, 2, 1])


@pytest.mark.django_db
def test_reasons_are_counted_for_what_was_turned_down() -> None:
    store_executions(
        execution(1, status="REJECTED", reject_reason="insufficient margin"),
        execution(2, status="FILLED", reject_reason="none"),
    )
    decisions = [
        {"event_id": "d1", "symbol": "BTC/USDT", "decision": "rejected", "reason_code": "max_loss"},
        {"event_id": "d2", "symbol": "BTC/USDT", "decision": "approved", "reason_code": "fine"},
    ]
    store("risk_decisions", [one("risk_decisions", entry) for entry in decisions])

    by_day = EventRollup.objects.filter(unit="d", kind__in=("rejection", "refusal"))

    assert set(by_day.values_list("kind", "label", "count")) == {
        ("rejection", "insufficient margin", 1),
        ("refusal", "max_loss", 1),
    }
