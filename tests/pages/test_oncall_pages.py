"""The on-call pages in Chromium: clean in every look, a shift taken in few gestures."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from alerts import shifts
from alerts.models import Override, PolicyStep, QuietHours, Schedule, Verification
from tests import factories
from tests.browser import LOOKS, OpenPage, assert_clean, save, tour

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = {
    "on-call": "/on-call/",
    "on-call-plan": "/on-call/plan/",
    "on-call-contacts": "/on-call/contacts/",
    "on-call-import": "/on-call/import/",
    "on-call-alert": "/alerts/{alert}/",
}


def seed() -> User:
    """Three people, days and nights, a gap on Sunday, an address that is still to be proved."""
    now = timezone.now()
    alice, ben, cleo = (
        factories.person(name, role="responder") for name in ("alice", "ben", "cleo")
    )
    desk = Schedule.objects.create(name="Desk", time_zone="Europe/Madrid", fallback=cleo)
    start = date(2026, 1, 5)
    factories.layer(
        desk,
        [ben, cleo],
        name="Nights",
        kind="weekly",
        first_day=start,
        weekdays=0b0111111,
        opens=time(18),
        closes=time(8),
    )
    factories.layer(
        desk,
        [alice, ben, cleo],
        name="Days",
        kind="daily",
        first_day=start,
        hand_over_at=time(8),
        weekdays=0b0111111,
        opens=time(8),
        closes=time(18),
    )
    own = factories.receiver(
        "alice: alice@desk.example", address="alice@desk.example", owner=alice, verified_at=now
    )
    other = factories.receiver("alice: phone", address="alice.phone@desk.example", owner=alice)
    Verification.objects.create(
        receiver=other, digest="0" * 64, sent_at=now, expires_at=now + timedelta(minutes=15)
    )
    factories.receiver(
        "ben: ben@desk.example", address="ben@desk.example", owner=ben, verified_at=now
    )
    factories.personal_rule(alice, own, severity="info")
    factories.personal_rule(
        alice, own, delay_seconds=300, severity="critical", through_quiet_hours=True
    )
    QuietHours.objects.create(user=alice, time_zone="Europe/Madrid", begins=time(22), ends=time(7))
    policy = factories.policy("Desk primary", steps=[(0, [factories.receiver()])], is_default=True)
    PolicyStep.objects.create(
        policy=policy, position=1, kind="schedule", schedule=desk, delay_seconds=300
    )
    last = PolicyStep.objects.create(policy=policy, position=2, kind="users", delay_seconds=600)
    last.users.set([alice, cleo])
    shifts.take(
        desk,
        user=alice,
        start=now + timedelta(days=1),
        end=now + timedelta(days=1, hours=9),
        by=alice,
        reason="Ben is travelling",
        now=now,
    )
    return alice


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_are_clean(open_page: OpenPage, look: str) -> None:
    alice = seed()
    alert = factories.alert(fired_at=timezone.now())
    paths = {name: path.format(alert=alert.pk) for name, path in PAGES.items()}
    for name, page in tour(open_page, paths, by=alice, look=look):
        page.wait_for_selector("#live[data-state=live]")
        save(page, f"{name}-{look}")
        assert_clean(page)


@pytest.mark.parametrize("look", LOOKS)
def test_the_admin_of_schedules_and_policies_is_clean(open_page: OpenPage, look: str) -> None:
    seed()
    dora = factories.person("dora")
    schedule, step = Schedule.objects.get(), PolicyStep.objects.first()
    assert step is not None
    paths = {
        "admin-schedule": f"/admin/alerts/schedule/{schedule.pk}/change/",
        "admin-policy-steps": f"/admin/alerts/policy/{step.policy_id}/change/",
    }
    for name, page in tour(open_page, paths, by=dora, look=look):
        if name == "admin-schedule":
            page.wait_for_selector("#outlook .desk-strip")
        save(page, f"{name}-{look}")
        assert_clean(page)


def test_the_menu_of_a_calendar_opens_beside_its_button(open_page: OpenPage) -> None:
    alice = seed()
    page = open_page("/on-call/", by=alice, look="phone")
    button = page.get_by_role("button", name="Calendar")

    button.click()
    expect(page.get_by_role("button", name="Copy the link")).to_be_visible()
    save(page, "on-call-feed-phone", full=False)
    assert_clean(page)
    page.get_by_role("button", name="Copy the link").click()

    copied = str(page.evaluate("navigator.clipboard.readText()"))
    key = Schedule.objects.get().feed_key
    assert copied.endswith(f"/on-call/schedule/{key}.ics")
    below, menu = button.bounding_box(), page.locator("[data-beside]").bounding_box()
    assert below
    assert menu
    assert 0 <= menu["y"] - below["y"] - below["height"] < 40


def test_a_shift_is_taken_in_the_browser(open_page: OpenPage) -> None:
    alice = seed()
    page = open_page("/on-call/", by=alice)
    start = datetime.now(tz=UTC) + timedelta(days=3)

    page.fill("#id_start", start.strftime("%Y-%m-%dT%H:%M"))
    page.fill("#id_end", (start + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Take it").click()

    expect(page.get_by_text("Alice is on call then.")).to_be_visible()
    assert Override.objects.filter(user=alice).count() == 2
