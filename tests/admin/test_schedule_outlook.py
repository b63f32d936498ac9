"""The next weeks of a schedule form before it is saved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from alerts import shifts
from alerts.models import Override, Schedule, ScheduleLayer
from tests import factories
from tests.browser import OpenPage, assert_clean, save
from tests.oncall.test_pages import client_of, text

SECONDS = 20_000  # ms: how long an expectation may take on a busy machine


@pytest.fixture
def people(db: None) -> list[User]:
    return [factories.person(name, role="responder") for name in ("ana", "ben", "cleo")]


@pytest.fixture
def desk(people: list[User]) -> Schedule:
    return factories.schedule("Desk", people=people[:2], kind="daily", time_zone="Europe/Madrid")


@pytest.fixture
def dora(db: None) -> Client:
    return client_of(factories.person("dora"))


def form(schedule: Schedule | None = None, **changes: Any) -> dict[str, Any]:
    """What the admin's form sends for one layer of ana and ben."""
    layer = schedule.layers.get() if schedule else None
    first = (timezone.now() - timedelta(days=14)).date().isoformat()
    return {
        "name": "Desk", "time_zone": "Europe/Madrid", "fallback": "",
        "layers-TOTAL_FORMS": 1, "layers-INITIAL_FORMS": 1 if layer else 0,
        "layers-0-id": layer.pk if layer else "",
        "layers-0-schedule": schedule.pk if schedule else "",
        "layers-0-name": "layer", "layers-0-kind": "daily", "layers-0-length": 1,
        "layers-0-people": "ana\nben", "layers-0-days": list(range(7)),
        "layers-0-first_day": first, "layers-0-hand_over_at": "09:00",
        "layers-0-opens": "00:00", "layers-0-closes": "00:00", **changes,
    }  # fmt: skip


def outlook(client: Client, given: dict[str, Any], schedule: Schedule | None = None) -> str:
    path = "/admin/alerts/schedule/outlook/" + (f"?schedule={schedule.pk}" if schedule else "")
    response = client.post(path, given)
    assert response.status_code == 200
    return response.content.decode()


def test_a_new_schedule_shows_its_weeks_and_nothing_is_saved(
    dora: Client, people: list[User]
) -> None:
    page = outlook(dora, form())

    assert "Somebody is on call at every instant." in page
    assert "Ana 336 h, Ben 336 h." in page.replace("Ben 336 h, Ana 336 h.", "Ana 336 h, Ben 336 h.")
    assert "Times in Europe/Madrid." in page
    assert not Schedule.objects.exists()


def test_gaps_are_told_before_they_are_saved(
    dora: Client, desk: Schedule, people: list[User]
) -> None:
    given = form(desk, **{"layers-0-days": [0, 1, 2, 3, 4], "fallback": people[2].pk})

    page = outlook(dora, given, desk)

    assert "Nobody is on call in 4 gaps:" in page or "Nobody is on call in 5 gaps:" in page
    assert "Cleo is told instead." in page
    assert ScheduleLayer.objects.get().weekdays == 127


def test_what_changes_stands_beside_what_is(dora: Client, desk: Schedule) -> None:
    same = outlook(
        dora, form(desk, **{"layers-0-first_day": str(desk.layers.get().first_day)}), desk
    )
    other = outlook(dora, form(desk, **{"layers-0-people": "cleo"}), desk)

    assert "As it is" not in same
    assert "As it is" in other
    assert "Cleo 672 h" in other
    assert [one.user.username for one in desk.layers.get().participants.all()] == ["ana", "ben"]


def test_what_was_agreed_counts_and_a_layer_to_be_removed_does_not(
    dora: Client, desk: Schedule, people: list[User]
) -> None:
    now = timezone.now()
    shifts.take(
        desk, user=people[2], start=now + timedelta(days=2), end=now + timedelta(days=3),
        by=people[2], now=now,
    )  # fmt: skip

    page = outlook(dora, form(desk, **{"layers-0-DELETE": "on"}), desk)

    assert "Cleo 24 h" in page
    assert "nobody 648 h" in page
    assert Override.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"layers-0-people": "nobody-here"}, "Layer 1, People: There is no user nobody-here."),
        ({"time_zone": "Nowhere/Land"}, "is no time zone"),
        ({"layers-0-days": []}, "Layer 1, Weekdays: This field is required."),
        ({"layers-TOTAL_FORMS": "x"}, "Nobody is on call in 1 gap"),
    ],
)
def test_what_is_wrong_is_named(
    dora: Client, people: list[User], change: dict[str, Any], problem: str
) -> None:
    assert problem in outlook(dora, form(**change))


def test_only_who_may_edit_may_ask(people: list[User]) -> None:
    response = client_of(people[0]).post("/admin/alerts/schedule/outlook/", form())

    assert response.status_code == 403


@pytest.mark.browser
@pytest.mark.slow
def test_the_weeks_follow_what_is_typed(open_page: OpenPage) -> None:
    people = [factories.person(name, role="responder") for name in ("ana", "ben", "cleo")]
    desk = factories.schedule("Desk", people=people[:2], kind="daily", time_zone="Europe/Madrid")
    page = open_page(
        f"/admin/alerts/schedule/{desk.pk}/change/", by=factories.person("dora"), look="phone"
    )
    weeks = page.locator("#outlook")
    expect(weeks).to_contain_text("Somebody is on call at every instant.", timeout=SECONDS)

    page.locator("#id_layers-0-people").fill("ana\nben\ncleo")
    expect(weeks).to_contain_text("Cleo 2", timeout=SECONDS)
    page.locator("#id_layers-0-days_6").click()
    expect(weeks).to_contain_text("Nobody is on call in", timeout=SECONDS)

    expect(weeks).to_contain_text("As it is")
    save(page, "admin-outlook-phone")
    assert_clean(page)
    assert desk.layers.get().participants.count() == 2


def test_the_page_offers_it(dora: Client, desk: Schedule) -> None:
    assert "The next four weeks" in text(dora, f"/admin/alerts/schedule/{desk.pk}/change/")
