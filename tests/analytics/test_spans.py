"""How wide the buckets of a curve are, and how much is read for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from analytics import charts

START = datetime(2026, 1, 1, tzinfo=UTC)
MOST = {"m": 15_000, "h": 3_000, "d": 5_000}  # buckets of the rollups that a curve reads


@pytest.mark.parametrize("hours", [1, 24, 24 * 10, 24 * 11, 24 * 125, 24 * 126, 24 * 365 * 5])
def test_no_curve_reads_more_buckets_than_it_should(hours: int) -> None:
    drawn = charts.span(START, START + timedelta(hours=hours))

    unit = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[drawn.unit]
    assert (drawn.end - drawn.start) / unit <= MOST[drawn.unit]
    assert (drawn.end - drawn.start) / timedelta(seconds=drawn.width) <= charts.POINTS + 1


def test_four_months_are_five_hundred_points_of_six_hours_and_five_are_of_days() -> None:
    months = [charts.span(START, START + timedelta(days=days)) for days in (125, 150)]

    assert [(drawn.unit, drawn.width) for drawn in months] == [("h", 21_600), ("d", 86_400)]
