"""The calendars page: lines checked at their field, and what they come to."""

from __future__ import annotations

import pytest
from django.test import Client
from time_machine import TimeMachineFixture

from alerts.models import Calendar
from tests import factories
from tests.alerts.conftest import NOON

pytestmark = pytest.mark.django_db

ADD = "/admin/alerts/calendar/add/"


@pytest.fixture
def dora() -> Client:
    client = Client()
    client.force_login(factories.person("dora"))
    return client


def form(**fields: str) -> dict[str, str]:
    return {
        "name": "NYSE",
        "zone": "America/New_York",
        "opened": "mon-fri 09:30-16:00",
        "closed": "12-25 # Christmas",
        **fields,
    }


def test_a_calendar_is_made_of_lines(dora: Client) -> None:
    dora.post(ADD, form())

    assert Calendar.objects.get(name="NYSE").closed == "12-25 # Christmas"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"opened": "mon-fri 09:30"}, "Line 1: “09:30” is no weekday"),
        ({"closed": "12-25\n2026-13-01"}, "Line 2: "),
        ({"zone": "Mars/Olympus"}, "is no time zone"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(
    dora: Client, fields: dict[str, str], problem: str
) -> None:
    answer = dora.post(ADD, form(**fields))

    assert problem in answer.content.decode()
    assert not Calendar.objects.exists()


def test_the_page_says_when_it_is_open_in_the_next_days(
    dora: Client, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(NOON, tick=False)  # a Monday, before the opening
    row = factories.calendar(closed="2026-11-26\n2026-11-27 13:00-24:00")

    page = dora.get(f"/admin/alerts/calendar/{row.pk}/change/").content.decode()

    assert "Mon 23 Nov 09:30 to Mon 23 Nov 16:00" in page
    assert "Thu 26 Nov" not in page
    assert "Fri 27 Nov 09:30 to Fri 27 Nov 13:00" in page


def test_the_list_says_who_uses_it_in_the_same_queries_however_many(
    dora: Client, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    for number in range(9):
        factories.rule(f"rule-{number}", calendar=factories.calendar(f"calendar {number}"))

    with django_assert_max_num_queries(12):  # type: ignore[operator]
        page = dora.get("/admin/alerts/calendar/").content.decode()

    assert page.count("1 rules, 0 routes") == 9


def test_a_calendar_in_use_is_not_deleted() -> None:
    admin = Client()
    admin.force_login(factories.person("erin"))
    row = factories.calendar()
    factories.rule(calendar=row)

    admin.post(f"/admin/alerts/calendar/{row.pk}/delete/", {"post": "yes"})

    assert Calendar.objects.filter(pk=row.pk).exists()
