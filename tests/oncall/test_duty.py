"""Who is on call, on every page: right at once after an edit, and dear only then."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from alerts import duty, listing, shifts
from alerts.models import Schedule
from tests import factories
from tests.oncall.conftest import NOON
from tests.oncall.test_pages import client_of

pytestmark = pytest.mark.django_db


def bar(client: Client) -> str:
    """What the bar of a page says of who is on call."""
    page = client.get("/system/").content.decode()
    found = re.search(r'id="duty".*?</a>', page, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[0].partition(">")[2]) if found else ""


@pytest.fixture
def always(ana: User) -> Schedule:
    return factories.schedule("Desk", people=[ana])


def test_every_page_says_who_is_on_call_and_to_that_person_you(
    always: Schedule, ana: User, ben: User
) -> None:
    assert bar(client_of(ben)) == "On call: Ana"  # for ever: nobody follows
    assert bar(client_of(ana)) == "On call: you"


def test_the_next_hand_over_is_named(desk: Schedule, cleo: User) -> None:
    assert re.match(r"On call: (Ana|Ben) until \w{3} 08:00$", bar(client_of(cleo)))


def test_what_was_agreed_shows_on_the_next_page(always: Schedule, ana: User, ben: User) -> None:
    reader, now = client_of(factories.person("bob")), timezone.now()
    seen = [bar(reader)]
    taken = shifts.take(always, user=ben, start=now, end=now + timedelta(hours=1), by=ben, now=now)
    seen.append(bar(reader))
    shifts.drop(taken, by=ben, now=timezone.now())
    seen.append(bar(reader))
    always.layers.get().participants.update(user=ben)
    seen.append(bar(reader))
    always.layers.all().delete()
    seen.append(bar(reader))
    Schedule.objects.all().delete()
    seen.append(bar(reader))

    names = [text.removeprefix("On call: ").partition(" ")[0] for text in seen]
    assert names == ["Ana", "Ben", "Ana", "Ben", "nobody", ""]


def test_ones_own_duty_comes_first_and_a_hole_before_that_of_others(ana: User, ben: User) -> None:
    factories.schedule("A desk", people=[ben])
    factories.schedule("Both", people=[])
    factories.schedule("Nights", people=[ana])

    assert bar(client_of(ana)).startswith("On call: you")
    assert bar(client_of(ben)).startswith("On call: you")
    assert bar(client_of(factories.person("bob"))).startswith("On call: nobody")


def test_it_is_worked_out_once_and_again_at_the_hand_over(
    desk: Schedule, django_assert_num_queries: Any
) -> None:
    edition = listing.desk().schedules
    first = duty.now_on(edition, now=NOON)
    with django_assert_num_queries(0):
        again = duty.now_on(edition, now=NOON + timedelta(seconds=59))
    later = duty.now_on(edition, now=first[0].until or NOON)

    assert first == again
    assert [one.name for one in (*first, *later)] == ["Ana", "Ben"]


def test_a_page_costs_no_query_more_for_it(
    always: Schedule, django_assert_num_queries: Any
) -> None:
    duty.now_on(listing.desk().schedules, now=timezone.now())

    with django_assert_num_queries(1):
        state = listing.desk()
        assert duty.now_on(state.schedules, now=timezone.now())


def test_who_may_not_see_alerts_is_not_told(always: Schedule) -> None:
    client = client_of(factories.person("charlie"))

    assert "Ana" not in client.get("/accounts/password/change/").content.decode()
