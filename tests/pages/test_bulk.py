"""Several alerts in one gesture: each on its own, and the answer names whom it left out and why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from alerts import actions, handover
from alerts.models import Alert
from tests.browser import OpenPage, assert_clean, save
from tests.factories import alert, person

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}
SECONDS = 15_000  # ms: how long an expectation may take on a busy machine


@pytest.fixture
def alice() -> User:
    return person("alice")


def post(user: User, verb: str, **given: object) -> dict[str, object]:
    client = Client()
    client.force_login(user)
    answer = client.post(f"/alerts/{verb}/", given, headers=JSON)
    return {"status": answer.status_code, **answer.json()}


def test_all_that_are_free_are_snoozed_and_the_others_are_named(alice: User) -> None:
    free, own, taken, over = alert(), alert(), alert(), alert()
    dora, now = person("dora"), timezone.now()
    actions.acknowledge(own.pk, by=alice, now=now)
    actions.acknowledge(taken.pk, by=dora, now=now)
    actions.resolve(over.pk, by=dora, now=now)

    answer = post(
        alice, "snooze", ids=[free.pk, own.pk, taken.pk, over.pk, 2**40], until="240", note="lunch"
    )

    text = str(answer["text"])
    assert text.startswith("2 of 5 snoozed until ")
    assert f"Dora was first: #{taken.pk} at " in text
    assert text.endswith(f"Resolved already: #{over.pk}. Not known here: #{2**40}.")
    assert answer["skipped"] == [
        {"id": taken.pk, "why": "Dora was first"},
        {"id": over.pk, "why": "Resolved already"},
        {"id": 2**40, "why": "Not known here"},
    ]
    free.refresh_from_db()
    assert free.acknowledged_at is not None
    assert free.acknowledged_until == free.acknowledged_at + timedelta(hours=4)
    assert free.transitions.get(action="snoozed").note == "lunch"


def test_all_are_assigned_but_those_that_went_to_another_meanwhile(alice: User) -> None:
    dora, erin = person("dora"), person("erin")
    free, given, held = alert(), alert(), alert()
    handover.assign(given.pk, to=erin, expected=None, by=erin, now=timezone.now())
    handover.assign(held.pk, to=alice, expected=None, by=alice, now=timezone.now())
    seen = f"{free.pk}: {given.pk}: {held.pk}:{alice.pk}"

    answer = post(alice, "assign", ids=[free.pk, given.pk, held.pk], to=dora.pk, seen=seen)

    assert answer["text"] == f"2 of 3 assigned to Dora. Assigned to Erin meanwhile: #{given.pk}."
    assert answer["won"] is False
    holders = dict(Alert.objects.values_list("pk", "assignee"))
    assert holders == {free.pk: dora.pk, given.pk: erin.pk, held.pk: dora.pk}


@pytest.mark.parametrize(
    ("verb", "given", "text"),
    [
        ("snooze", {"ids": [1], "until": "7"}, "Choose until when."),
        ("snooze", {"ids": [1]}, "Choose until when."),
        ("snooze", {"until": "60"}, "Choose at least one alert."),
        ("assign", {"ids": [1], "to": "99"}, "Choose somebody who is there."),
        ("assign", {"ids": [1], "seen": "1:x"}, "Enter a valid value."),
        ("resolve", {}, "Choose at least one alert."),
    ],
)
def test_what_cannot_be_read_changes_nothing(
    alice: User, verb: str, given: dict[str, object], text: str
) -> None:
    made = alert()

    answer = post(alice, verb, **given)

    made.refresh_from_db()
    assert (answer["status"], answer["text"]) == (400, text)
    assert (made.version, made.state) == (1, "firing")


def test_whoever_may_not_acknowledge_is_given_none_of_them(alice: User) -> None:
    made, bob = alert(), person("bob")

    answer = post(alice, "assign", ids=[made.pk], to=bob.pk)

    assert (answer["status"], answer["text"]) == (400, "Bob may not acknowledge alerts.")


def test_a_long_list_of_reasons_is_counted(alice: User) -> None:
    over = [alert() for _ in range(10)]
    for made in over:
        actions.resolve(made.pk, by=alice, now=timezone.now())

    answer = post(alice, "acknowledge", ids=[made.pk for made in over])

    assert str(answer["text"]).endswith(f"#{over[7].pk} and 2 more.")
    assert len(answer["skipped"]) == 10  # type: ignore[arg-type]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_selected_alerts_are_assigned_then_snoozed_by_keys(open_page: OpenPage) -> None:
    alice, dora = person("alice"), person("dora")
    made = [alert(), alert()]
    page = open_page("/alerts/", by=alice)
    page.set_default_timeout(SECONDS)
    expect(page.locator("#live")).to_have_attribute("data-state", "live", timeout=SECONDS)

    for box in page.locator("#rows input").all():
        box.click()
    page.keyboard.press("w")
    page.get_by_label("Who works on them").select_option("Dora")
    save(page, "alerts-bulk-assign")
    page.locator("#bulk-assign").get_by_role("button", name="Assign").click()
    expect(page.locator(".toast").last).to_contain_text("2 of 2 assigned to Dora.")
    expect(page.locator("#rows")).to_contain_text("Assigned to Dora")
    for key in ("j", "x", "s", "Enter"):
        page.keyboard.press(key)

    expect(page.locator(".toast").last).to_contain_text("1 of 1 snoozed until")
    assert set(Alert.objects.values_list("assignee", flat=True)) == {dora.pk}
    assert Alert.objects.filter(acknowledged_until__isnull=False).count() == 1
    assert made[0].transitions.filter(action="assigned").count() == 1
    assert_clean(page)
