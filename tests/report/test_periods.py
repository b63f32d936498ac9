"""Weeks with their ISO year, months of any length, and spans."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_portal.report import periods
from ops_portal.report.periods import DAY, Period

TODAY = date(2026, 11, 26)  # a Thursday
DATES = st.dates(date(2010, 1, 1), date(2090, 1, 1))


def asked(**query: str) -> Period | None:
    return periods.asked(query, today=TODAY)


@pytest.mark.parametrize(
    ("query", "first", "last", "name"),
    [
        ({"week": "2025-W01"}, "2024-12-30", "2025-01-05", "Week 1 of 2025"),
        ({"week": "2026-W53"}, "2026-12-28", "2027-01-03", "Week 53 of 2026"),
        ({"month": "2024-02"}, "2024-02-01", "2024-02-29", "February 2024"),
        (
            {"from": "2026-11-02", "to": "2026-11-13"},
            "2026-11-02", "2026-11-13", "2 November 2026 to 13 November 2026",
        ),
        (
            {"from": "2026-11-20T10:00"},
            "2026-11-20", "2026-11-26", "20 November 2026 to 26 November 2026",
        ),
    ],
)  # fmt: skip
def test_what_the_address_names(query: dict[str, str], first: str, last: str, name: str) -> None:
    period = asked(**query)

    assert period is not None
    assert (str(period.first), str(period.last), period.name) == (first, last, name)


@pytest.mark.parametrize(
    "query",
    [
        {}, {"week": "2026-W0"}, {"week": "9999-W52"},
        {"month": "2026-13"}, {"month": "0001-01"}, {"month": "2026"},
        {"from": "2026-11-13", "to": "2026-11-02"}, {"from": "2020-01-01", "to": "2026-01-01"},
        {"from": "x"},
    ],
)  # fmt: skip
def test_what_is_no_period_names_none(query: dict[str, str]) -> None:
    assert asked(**query) is None


@given(DATES, st.integers(1, 366))
def test_neighbours_meet_and_lead_back(day: date, length: int) -> None:
    for period in (
        periods.week_of(day),
        periods.month_of(day),
        Period(periods.DAYS, day, day + (length - 1) * DAY),
    ):
        assert period.before.last + DAY == period.first
        assert period.last + DAY == period.after.first
        assert period.before.after == period
        assert periods.asked(period.query, today=TODAY) == period
