"""Days and hours of the reader's time zone: exact where they can be, else named as UTC."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client

from analytics import localtime
from analytics.scope import Scope
from tests.analytics.entries import execution, one, store
from tests.factories import person

pytestmark = pytest.mark.django_db

SCOPE = Scope("live", "USDT")
BERLIN = ZoneInfo("Europe/Berlin")
AUTUMN = datetime(2025, 10, 26, tzinfo=UTC)  # summer time ends at 01:00 UTC
CUSTOM = "?from=2026-08-01T00:00&to=2026-08-02T00:00"


def traded(*closed: str) -> None:
    """One trade of 1 each at these times, ISO 8601."""
    times = [datetime.fromisoformat(one_of) for one_of in closed]
    entries = [
        execution(number, timestamp=str(int(at.timestamp() * 1000)), pnl="1")
        for number, at in enumerate(times)
    ]
    store("trade_executions", [one("trade_executions", entry) for entry in entries])


@pytest.fixture
def bob(client: Client) -> Client:
    """A viewer."""
    client.force_login(person("bob"))
    return client


def shown(client: Client, page: str, query: str = CUSTOM) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/trading/{page}/state/{query}").json()
    return found


def test_a_trade_before_midnight_in_utc_is_of_the_next_day_in_berlin(bob: Client) -> None:
    traded("2026-08-01T21:30Z", "2026-08-01T22:30Z")
    assert shown(bob, "performance")["calendar"] == [["2026-08-01", 2, 2]]

    bob.cookies["zone"] = "Europe/Berlin"

    state = shown(bob, "performance")
    assert state["zone"] == {"name": "Europe/Berlin", "why": ""}
    assert state["calendar"] == [["2026-08-01", 1, 1], ["2026-08-02", 1, 1]]
    assert "Europe/Berlin), weeks" in bob.get(f"/trading/performance/{CUSTOM}").content.decode()


def test_hours_of_the_week_are_those_of_the_reader(bob: Client) -> None:
    traded("2026-08-01T22:30Z")  # a Saturday

    bob.cookies["zone"] = "Europe/Berlin"

    assert shown(bob, "risk")["hours"] == [[7, 0, 1, 1]]


def test_a_day_of_twenty_five_hours_has_them_all() -> None:
    traded(*((AUTUMN + timedelta(hours=hour - 2, minutes=30)).isoformat() for hour in range(25)))
    zone = localtime.zone_of(BERLIN, AUTUMN, AUTUMN + localtime.DAY)
    start = localtime.midnight(AUTUMN, BERLIN)

    with connection.cursor() as cursor:
        days = localtime.days(cursor, SCOPE, zone, start, start + timedelta(hours=25))
        hours = localtime.hours(cursor, SCOPE, zone, start, start + timedelta(hours=25))

    assert days == [["2025-10-26", 25, 25]]
    assert next(trades for _, hour, _, trades in hours if hour == 2) == 2


@pytest.mark.parametrize("name", [
    "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns",
    "America/New_York", "Europe/Berlin", "Pacific/Kiritimati",
])  # fmt: skip
def test_days_and_hours_are_exact_in_every_zone(name: str) -> None:
    """Lord Howe puts its clocks back by half an hour on 4 April 2026 at 15:00 UTC."""
    zone, dice = ZoneInfo(name), random.Random(4)
    begins = datetime(2026, 4, 2, tzinfo=UTC)
    times = [begins + timedelta(minutes=dice.randrange(6 * 1_440)) for _ in range(200)]
    traded(*(at.isoformat() for at in times))
    start = localtime.midnight(begins, zone)
    end = localtime.midnight(begins + timedelta(days=7), zone)
    found = localtime.zone_of(zone, start, end, by_hour=True)

    with connection.cursor() as cursor:
        days = localtime.days(cursor, SCOPE, found, start, end)
        hours = localtime.hours(cursor, SCOPE, found, start, end)

    local = [at.astimezone(zone) for at in times]
    assert found.name == name
    assert {day: count for day, _, count in days} == Counter(f"{at:%Y-%m-%d}" for at in local)
    assert {(day, hour): count for day, hour, _, count in hours} == Counter(
        (at.isoweekday(), at.hour) for at in local
    )


def test_hours_of_longer_ranges_stay_those_of_utc_there_and_it_says_so(bob: Client) -> None:
    traded("2026-08-01T18:15Z", "2026-08-01T18:45Z")

    bob.cookies["zone"] = "Asia/Kolkata"

    assert shown(bob, "performance")["calendar"] == [["2026-08-01", 1, 1], ["2026-08-02", 1, 1]]
    assert shown(bob, "risk")["hours"] == [[6, 23, 1, 1], [7, 0, 1, 1]]
    longer = "?from=2026-07-01T00:00&to=2026-08-02T00:00"
    assert shown(bob, "risk", longer)["hours"] == [[6, 18, 2, 2]]
    page = bob.get(f"/trading/risk/{longer}").content.decode()
    assert "Asia/Kolkata" in page.partition('id="hours"')[0]


def test_custom_times_are_of_the_zone_that_the_form_names(bob: Client) -> None:
    state = shown(bob, "risk", CUSTOM + "&zone=Europe/Berlin")

    assert state["from"] == datetime(2026, 7, 31, 22, tzinfo=UTC).timestamp() * 1_000
    assert shown(bob, "risk", CUSTOM + "&zone=../etc/passwd")["from"] == (
        datetime(2026, 8, 1, tzinfo=UTC).timestamp() * 1_000
    )
    bob.cookies["zone"] = "Europe/Berlin"
    page = bob.get(f"/trading/risk/{CUSTOM}&zone=Europe/Berlin").content.decode()
    assert 'value="2026-08-01T00:00"' in page
    assert '<input type="hidden" name="zone" value="Europe/Berlin">' in page
