"""Calendars: sessions, holidays and clock changes by the wall clock of a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.calendars import Unreadable, read

SESSION = "mon-fri 09:30-16:00"
HOLIDAYS = "12-25 # Christmas\n2026-11-26\n2026-11-27 13:00-24:00 # early close"
FUTURES = "sun-thu 18:00-17:00"  # an hour of rest each day, from the eve of the week
ZONES = (
    "America/New_York",
    "Europe/Madrid",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
)


def at(text: str, zone: str = "America/New_York") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-24T09:29:59", False),
        ("2026-11-24T09:30", True),
        ("2026-11-24T15:59:59", True),
        ("2026-11-24T16:00", False),
        ("2026-11-26T12:00", False),
        ("2026-11-27T12:59", True),
        ("2026-11-27T13:00", False),
        ("2026-11-28T12:00", False),
        ("2028-12-25T12:00", False),
    ],
)
def test_a_session_is_open_in_its_hours_but_not_on_holidays(moment: str, is_open: bool) -> None:
    market = read(SESSION, HOLIDAYS, "America/New_York")

    assert market.is_open(at(moment)) is is_open


def test_it_says_when_it_changes_next_across_a_weekend_and_a_clock_change() -> None:
    market = read(SESSION, "", "America/New_York")

    friday, monday = at("2026-10-30T16:00"), at("2026-11-02T09:30")

    assert market.span(friday) == (friday, monday, False)
    assert monday - friday == 66.5 * 3600  # 65.5 by the wall clock: the clocks went back


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin() -> None:
    futures = read(FUTURES, "", "America/Chicago")

    assert not futures.is_open(at("2026-11-22T17:59", "America/Chicago"))
    assert futures.is_open(at("2026-11-23T03:00", "America/Chicago"))
    assert not futures.is_open(at("2026-11-23T17:30", "America/Chicago"))
    assert futures.is_open(at("2026-11-27T16:59", "America/Chicago"))
    assert not futures.is_open(at("2026-11-27T18:30", "America/Chicago"))


def test_spans_of_neighbouring_days_are_one() -> None:
    weekdays = read("mon-fri", "", "Europe/Madrid")

    start, end, is_open = weekdays.span(at("2026-11-25T12:00", "Europe/Madrid"))

    assert is_open
    assert start == at("2026-11-23T00:00", "Europe/Madrid")
    assert end == at("2026-11-28T00:00", "Europe/Madrid")


def test_days_of_the_month_count_from_its_end_too() -> None:
    books = read("day=1:2,-1 month=1:3", "", "UTC")

    said = [books.is_open(datetime(2028, 2, day, tzinfo=UTC).timestamp()) for day in range(1, 30)]

    assert [day for day, is_open in enumerate(said, start=1) if is_open] == [1, 2, 29]
    assert not books.is_open(datetime(2028, 4, 1, tzinfo=UTC).timestamp())


def test_a_calendar_without_lines_is_open_always_and_is_asked_again_some_day() -> None:
    always = read("", "", "UTC")
    now = datetime(2026, 1, 1, tzinfo=UTC).timestamp()

    start, end, is_open = always.span(now)

    assert is_open
    assert start < now - 86_400 * 365
    assert now < end < now + 86_400 * 30


@pytest.mark.parametrize(
    "text",
    ["monday", "25:00-26:00", "09:61-10:00", "2026-02-30", "13-01", "day=0", "day=5:1", "day=32",
     "month=13", "2026-12-26..24", "9:30-16:00", "x" * 300, "mon\n" * 500],
)  # fmt: skip
def test_lines_that_say_nothing_are_refused_with_their_number(text: str) -> None:
    with pytest.raises(Unreadable, match=r"Line 1|At most"):
        read(text, "", "UTC")


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd", "Europe/\x00"])
def test_a_zone_must_exist(zone: str) -> None:
    with pytest.raises(Unreadable, match="time zone"):
        read("", "", zone)


@settings(max_examples=300, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    minutes=st.integers(0, 3 * 366 * 1440),
    opened=st.sampled_from([SESSION, FUTURES, "00:30-02:30", "mon 23:00-01:00", "day=-1", ""]),
    closed=st.sampled_from(["", "sun", "02:00-02:15", "01-01"]),
)
def test_a_span_says_the_same_of_each_of_its_instants(
    zone: str, minutes: int, opened: str, closed: str
) -> None:
    calendar = read(opened, closed, zone)
    moment = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)).timestamp()

    start, end, is_open = calendar.span(moment)

    assert start <= moment < end
    low = max(start, moment - 86_400)
    for place in (low, (low + moment) / 2, (moment + end) / 2, end - 1e-3):
        assert read(opened, closed, zone).is_open(place) is is_open
    was_cut = end - moment > 6 * 86_400
    assert was_cut or read(opened, closed, zone).is_open(end) is not is_open


@settings(max_examples=300, deadline=None)
@given(zone=st.sampled_from(ZONES), minutes=st.integers(0, 3 * 366 * 1440))
def test_a_session_follows_the_clock_on_the_wall(zone: str, minutes: int) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    wall = moment.astimezone(ZoneInfo(zone))

    is_open = read(SESSION, "", zone).is_open(moment.timestamp())

    assert is_open is (wall.weekday() < 5 and (9, 30) <= (wall.hour, wall.minute) < (16, 0))
