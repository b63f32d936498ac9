"""Shifts and absences from a calendar: shown, then agreed, all or none."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django import Settings

from alerts import feeds, oncall, shifts
from alerts.models import Override, Schedule
from tests import factories
from tests.browser import OpenPage, assert_clean, save
from tests.oncall.test_icalendars import calendar
from tests.oncall.test_pages import client_of
from tests.sinks import WebSink, says, web_sink

pytestmark = pytest.mark.django_db
PAGE = "/on-call/import/"
DAY = timedelta(days=1)


@pytest.fixture
def web(settings: Settings) -> Iterator[WebSink]:
    settings.OUTBOUND_ALLOWED_NETS = ["127.0.0.0/8"]
    with web_sink() as sink:
        yield sink


def noon(days: int) -> datetime:
    return timezone.now().replace(hour=12, minute=0, second=0, microsecond=0) + days * DAY


def event(start: datetime, end: datetime, **lines: str) -> str:
    more = "".join(f"|{name.upper()}:{value}" for name, value in lines.items())
    return f"DTSTART:{start:%Y%m%dT%H%M%SZ}|DTEND:{end:%Y%m%dT%H%M%SZ}{more}"


def look(client: Client, schedule: Schedule, body: bytes = b"", **given: Any) -> str:
    upload = {"file": SimpleUploadedFile("a.ics", body)} if body else {}
    answer = client.post(PAGE, {"schedule": schedule.pk, "meaning": "shifts", **upload, **given})
    assert answer.status_code == 200
    return unescape(re.sub(r"\s+", " ", answer.content.decode()))


def agree(client: Client, page: str) -> str:
    shown = re.findall(r'name="shown" value="([^"]+)"', page)[0]
    return client.post(PAGE, {"shown": shown}, follow=True).content.decode()


def test_events_that_name_people_become_shifts_after_a_look(
    desk: Schedule, ana: User, cleo: User
) -> None:
    body = calendar(
        event(noon(2), noon(3), summary="cleo"),
        event(noon(5), noon(6), summary="Cover", attendee=f"mailto:{cleo.email.upper()}"),
        event(noon(8), noon(9), summary="dentist"),
    )

    page = look(client_of(ana), desk, body)
    before = Override.objects.count()
    after = agree(client_of(ana), page)

    assert page.count("Ready") == 2
    assert "It names nobody that the portal knows." in page
    assert before == 0
    assert "2 shifts agreed in Desk." in after
    assert oncall.who(desk, noon(2)).user == oncall.who(desk, noon(5)).user == cleo
    assert Override.objects.first().made_by == ana  # type: ignore[union-attr]


def test_a_feed_of_one_schedule_makes_another_the_same(ana: User, ben: User, cleo: User) -> None:
    first = factories.schedule(
        "First", people=[ana, ben, cleo], kind="weekly", time_zone="Europe/Madrid",
        first_day=date(2026, 1, 5),
    )  # fmt: skip
    second = factories.schedule("Second", people=[ana])
    now = timezone.now()

    page = look(client_of(ana), second, feeds.of_schedule(first, now=now))
    agree(client_of(ana), page)

    assert "Nothing to change: they have it already." in page
    for hours in range(1, 90 * 24 - 24, 59):
        moment = now + timedelta(hours=hours)
        assert oncall.who(second, moment).user == oncall.who(first, moment).user


def test_an_absence_gives_the_shifts_of_that_time_to_another(
    desk: Schedule, ana: User, ben: User, cleo: User
) -> None:
    body = calendar(event(noon(2), noon(6), summary="Holiday"))

    page = look(client_of(ana), desk, body, meaning="absences", absent=ana.pk, cover=cleo.pk)
    agree(client_of(ana), page)

    held = {one.user for one in oncall.shifts(desk, noon(2), noon(6))}
    assert held == {ben, cleo}
    assert {one.replaces for one in Override.objects.all()} == {ana}
    assert "Cleo" in page
    assert "for Ana" in page


def test_what_is_taken_meanwhile_leaves_everything_as_it_was(
    desk: Schedule, ana: User, ben: User, cleo: User
) -> None:
    body = calendar(
        event(noon(2), noon(3), summary="cleo"), event(noon(5), noon(6), summary="cleo")
    )
    page = look(client_of(ana), desk, body)
    shifts.take(desk, user=ben, start=noon(5), end=noon(6), by=ben, now=timezone.now())

    after = agree(client_of(ana), page)

    assert "ben has agreed to take a part of this time already." in after
    assert Override.objects.count() == 1


def test_conflicts_and_overlaps_are_told_before(desk: Schedule, ben: User, cleo: User) -> None:
    shifts.take(desk, user=ben, start=noon(2), end=noon(3), by=ben, now=timezone.now())
    bob = factories.person("bob")
    body = calendar(
        event(noon(2), noon(3), summary="cleo"),
        event(noon(5), noon(7), summary="cleo"),
        event(noon(6), noon(8), summary="cleo"),
        event(noon(9), noon(10), summary=bob.username),
        event(noon(11), noon(12), attendee=f"mailto:{ben.email}|ATTENDEE:mailto:{cleo.email}"),
        event(noon(-9), noon(-8), summary="cleo"),
    )

    page = look(client_of(ben), desk, body)

    assert "Ben has agreed to take a part of it already." in page
    assert "It overlaps the one before." in page
    assert "may not acknowledge alerts" in page
    assert "It names several people." in page
    assert page.count("<tr>") == 1 + 5
    assert "Agree to 1 shift<" in page


def test_only_what_was_shown_to_that_person_is_agreed(
    desk: Schedule, ana: User, ben: User, cleo: User
) -> None:
    page = look(client_of(ana), desk, calendar(event(noon(2), noon(3), summary="cleo")))

    other = agree(client_of(ben), page)
    forged = client_of(ana).post(PAGE, {"shown": "x:y:z"}, follow=True).content.decode()

    assert "somebody else was shown this" in other
    assert "What was shown is too old." in forged
    assert not Override.objects.exists()


def test_the_address_of_a_calendar_is_fetched(web: WebSink, desk: Schedule, cleo: User) -> None:
    body = calendar(*[event(noon(day), noon(day + 1), summary="cleo") for day in range(2, 90)])
    web.plan = deque([says(200, body)])

    page = look(client_of(cleo), desk, address=web.url)

    assert len(body) > 8_192
    assert page.count("Ready") == 88
    assert web.posts[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("http://169.254.169.254/latest", "which may not be reached"),
        ("file:///etc/passwd", "Only http and https addresses are allowed."),
        ("http://user:secret@desk.example/a.ics", "without a user or password"),
    ],
)
def test_an_address_that_must_not_be_reached_is_not(
    desk: Schedule, ana: User, address: str, problem: str
) -> None:
    assert problem in look(client_of(ana), desk, address=address)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (says(302, Location="http://127.0.0.1/"), "the other side answered 302"),
        (says(404), "the other side answered 404"),
        (says(200, b"<html>"), "That is no calendar file"),
    ],
)
def test_an_answer_that_is_no_calendar_is_told(
    web: WebSink, desk: Schedule, ana: User, answer: Any, problem: str
) -> None:
    web.plan = deque([answer])

    assert problem in look(client_of(ana), desk, address=web.url)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "A file or an address."),
        ({"meaning": "absences", "address": "https://x.example"}, "An absence needs both people."),
    ],
)
def test_a_form_that_lacks_something_says_what(
    desk: Schedule, ana: User, given: dict[str, Any], problem: str
) -> None:
    assert problem in look(client_of(ana), desk, **given)


@pytest.mark.browser
@pytest.mark.slow
def test_a_calendar_is_taken_over_in_the_browser(open_page: OpenPage) -> None:
    alice, cleo = factories.person("alice"), factories.person("cleo", role="responder")
    desk = factories.schedule("Desk", people=[alice])
    at = datetime.now(tz=UTC).replace(microsecond=0) + DAY
    body = calendar(
        event(at, at + DAY, summary="Cleo"), event(at + 2 * DAY, at + 3 * DAY, summary="dentist")
    )
    page = open_page(PAGE, by=alice, look="phone")

    page.set_input_files("#id_file", {"name": "a.ics", "mimeType": "text/calendar", "buffer": body})
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("Ready", exact=True)).to_be_visible()
    save(page, "on-call-import-found")
    assert_clean(page)
    page.get_by_role("button", name="Agree to 1 shift").click()

    expect(page.get_by_text("1 shift agreed in Desk.")).to_be_visible()
    assert Override.objects.get(schedule=desk).user == cleo
