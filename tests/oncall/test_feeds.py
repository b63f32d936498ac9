"""Calendars that others subscribe to: read back, they say what the schedule says."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from icalendar import Calendar

from alerts import feeds, oncall, roster
from alerts.models import PersonalFeed, Schedule
from tests import factories
from tests.oncall.conftest import NOON
from tests.oncall.test_pages import client_of, do

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def events(body: bytes) -> list[Any]:
    return list(Calendar.from_ical(body).walk("VEVENT"))


def span(event: Any) -> tuple[datetime, datetime]:
    return event["dtstart"].dt, event["dtend"].dt


def test_the_feed_says_at_each_hour_what_the_schedule_says(desk: Schedule, cleo: User) -> None:
    factories.layer(desk, [cleo], kind="weekly", weekdays=0b1100000)
    read = [(span(one), str(one["summary"])) for one in events(feeds.of_schedule(desk, now=NOON))]

    for hours in range(0, 90 * 24 - 24, 31):
        moment = NOON + hours * HOUR
        covering = [said for (start, end), said in read if start <= moment < end]
        name = oncall.who(desk, moment).user.first_name  # type: ignore[union-attr]
        assert covering == [f"{name} on call: Desk"], moment


def test_a_day_of_25_hours_is_one_shift_of_25_hours(ana: User, ben: User) -> None:
    rota = factories.schedule(
        people=[ana, ben], kind="daily", first_day=date(2026, 10, 1), time_zone="Europe/Madrid"
    )
    now = datetime(2026, 10, 20, 12, tzinfo=UTC)

    long = [span(one) for one in events(feeds.of_schedule(rota, now=now))]

    assert (datetime(2026, 10, 24, 7, tzinfo=UTC), datetime(2026, 10, 25, 8, tzinfo=UTC)) in long
    assert {end - start for start, end in long} == {DAY, 25 * HOUR}


def test_a_shift_keeps_its_name_from_first_sight_until_it_is_past(desk: Schedule) -> None:
    seen: list[dict[str, tuple[datetime, datetime]]] = []
    for days in (0, 1, 1.5, 40):
        now = NOON + days * DAY
        roster.watch(now=now)
        desk.refresh_from_db()
        seen.append({str(e["uid"]): span(e) for e in events(feeds.of_schedule(desk, now=now))})

    shift = next(uid for uid, (start, _) in seen[0].items() if start > NOON + 30 * DAY)

    assert all(shift in feed and feed[shift] == seen[0][shift] for feed in seen)
    assert all(len(set(feed.values())) == len(feed) for feed in seen)
    assert set(seen[1]) >= {uid for uid, (start, _) in seen[0].items() if start >= NOON}


def test_what_was_is_told_by_the_record_and_not_by_todays_schedule(
    desk: Schedule, cleo: User
) -> None:
    roster.watch(now=NOON)
    roster.watch(now=NOON + 3 * DAY)
    layer = desk.layers.get()
    layer.participants.all().delete()
    layer.participants.create(position=0, user=cleo)
    roster.watch(now=NOON + 3 * DAY + HOUR)
    desk.refresh_from_db()

    found = events(feeds.of_schedule(desk, now=NOON + 3 * DAY + 2 * HOUR))

    names = {str(e["summary"]).split()[0] for e in found if span(e)[1] <= NOON + 3 * DAY}
    assert names == {"Ana", "Ben"}
    ahead = [e for e in found if span(e)[1] > NOON + 4 * DAY]
    assert {str(e["summary"]) for e in ahead} == {"Cleo on call: Desk"}
    assert span(ahead[0])[0] == NOON + 3 * DAY + HOUR


def test_a_gap_is_told_with_who_stands_in(ana: User, cleo: User) -> None:
    office = factories.schedule("Office", people=[ana], weekdays=0b0011111, fallback=cleo)

    said = {str(one["summary"]) for one in events(feeds.of_schedule(office, now=NOON))}

    assert said == {"Ana on call: Office", "Cleo (fallback) on call: Office"}


def test_a_persons_feed_has_their_shifts_of_all_schedules_alone(
    desk: Schedule, ana: User, ben: User
) -> None:
    factories.schedule("Night", people=[ben, ana], kind="weekly")
    key = feeds.own(ana).key

    body = Client().get(f"/on-call/person/{key}.ics").content

    said = {str(one["summary"]) for one in events(body)}
    assert said == {"Ana on call: Desk", "Ana on call: Night"}


def test_who_has_the_feed_already_is_told_that_nothing_changed(desk: Schedule, cleo: User) -> None:
    address, client = f"/on-call/schedule/{desk.feed_key}.ics", Client()
    first = client.get(address)
    same = client.get(address, headers={"If-None-Match": first["ETag"]})
    factories.layer(desk, [cleo])
    other = client.get(address, headers={"If-None-Match": first["ETag"]})

    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    assert (first.status_code, same.status_code, other.status_code) == (200, 304, 200)
    assert same.content == b""


def test_a_new_link_ends_the_old_one(desk: Schedule, ana: User) -> None:
    dora = client_of(factories.person("dora"))
    old = desk.feed_key

    page = do(dora, "/on-call/", "rotate-feed", pk=desk.pk)
    refused = client_of(ana).post("/on-call/", {"do": "rotate-feed", "pk": desk.pk})

    desk.refresh_from_db()
    assert "the old one is dead" in page
    assert refused.status_code == 403
    assert Client().get(f"/on-call/schedule/{old}.ics").status_code == 404
    assert Client().get(f"/on-call/schedule/{desk.feed_key}.ics").status_code == 200


def test_a_persons_own_link_is_made_changed_and_ends_with_the_account(ana: User) -> None:
    client = client_of(ana)
    made = do(client, "/on-call/contacts/", "rotate-feed")
    first = PersonalFeed.objects.get(user=ana).key
    do(client, "/on-call/contacts/", "rotate-feed")
    second = PersonalFeed.objects.get(user=ana).key

    assert f"/on-call/person/{first}.ics" in made
    assert Client().get(f"/on-call/person/{first}.ics").status_code == 404
    assert Client().get(f"/on-call/person/{second}.ics").status_code == 200
    User.objects.filter(pk=ana.pk).update(is_active=False)
    assert Client().get(f"/on-call/person/{second}.ics").status_code == 404
    assert Client().get(f"/on-call/person/{uuid.uuid4()}.ics").status_code == 404
