"""Taking alerts by mouse, by keyboard, by mail link and on a phone, the clicks counted."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from alerts import delivery
from alerts.models import Alert
from tests.alerts.conftest import mails
from tests.browser import OpenPage, assert_clean, save
from tests.factories import alert, person, policy, receiver
from tests.sinks import MailSink

__all__ = ["mails"]

pytestmark = pytest.mark.browser
SECONDS = 15_000  # ms: how long an expectation may take on a busy machine
COUNT = """
window.clicks = 0;
const count = (event) => { if (event.isTrusted && event.detail) window.clicks += 1; };
addEventListener("click", count, true);
"""


@pytest.fixture
def alice(transactional_db: None) -> User:
    return person("alice")


def opened(open_page: OpenPage, path: str, by: User, look: str = "light") -> Page:
    page = open_page(path, by=by, look=look)
    page.set_default_timeout(SECONDS)
    expect(page.locator("#live")).to_have_attribute("data-state", "live", timeout=SECONDS)
    page.evaluate(COUNT)
    return page


def clicks(page: Page) -> int:
    return int(page.evaluate("window.clicks"))


def test_keys_alone_acknowledge_with_a_note(open_page: OpenPage, alice: User) -> None:
    made = alert()
    page = opened(open_page, "/alerts/", alice)

    for key in ("j", "a"):
        page.keyboard.press(key)
    page.keyboard.type("on it")
    page.keyboard.press("Enter")

    expect(page.locator(".toast")).to_contain_text("Acknowledged")
    made.refresh_from_db()
    assert (made.state, made.acknowledgments.get().note) == ("acknowledged", "on it")
    assert clicks(page) == 0


def test_keys_alone_snooze_for_an_hour(open_page: OpenPage, alice: User) -> None:
    made = alert()
    page = opened(open_page, "/alerts/", alice)

    page.keyboard.press("j")
    page.keyboard.press("s")
    page.keyboard.press("Enter")

    expect(page.locator(".toast")).to_contain_text("Snoozed until")
    made.refresh_from_db()
    assert made.acknowledged_at is not None
    assert made.acknowledged_until == made.acknowledged_at + timedelta(hours=1)


def test_two_clicks_snooze_until_tomorrow(open_page: OpenPage, alice: User) -> None:
    made = alert()
    page = opened(open_page, f"/alerts/{made.pk}/", alice)

    page.get_by_role("button", name="Snooze").click()
    page.get_by_role("button", name="Tomorrow 9:00").click()

    expect(page.locator("#verdict")).to_contain_text("Then it fires again")
    assert clicks(page) == 2
    assert_clean(page)


def test_all_selected_are_resolved_with_one_note(open_page: OpenPage, alice: User) -> None:
    made = [alert(), alert()]
    page = opened(open_page, "/alerts/", alice)

    for box in page.locator("#rows input").all():
        box.click()
    page.locator("#bulk input[name=note]").fill("the feed was down")
    page.locator("#bulk [data-resolve]").click()

    expect(page.locator(".toast")).to_contain_text("2 of 2 resolved.")
    assert set(Alert.objects.values_list("state", flat=True)) == {"resolved"}
    assert made[0].transitions.get(action="resolved").note == "the feed was down"


def test_a_mail_link_takes_the_alert_in_one_click_more(
    open_page: OpenPage, alice: User, mails: MailSink
) -> None:
    own = receiver("Alice", address=alice.email)
    policy(steps=[(0, [own])], is_default=True)
    made = alert(title="Drawdown on BTC")
    delivery.deliver_due(now=timezone.now(), waited=0.0)
    body = mails.mails[-1].get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    link = re.search(r"/take/[\w-]+/", body)
    assert link is not None

    page = open_page(link[0], look="phone")
    assert_clean(page)
    page.get_by_role("button", name="Acknowledge as Alice").click()

    expect(page.get_by_role("status").first).to_contain_text("Nobody else is called")
    made.refresh_from_db()
    assert (made.state, made.acknowledged_by) == ("acknowledged", alice)


def test_a_phone_acknowledges(open_page: OpenPage, alice: User) -> None:
    made = alert()
    page = opened(open_page, "/alerts/", alice, look="phone")

    page.get_by_role("link", name="Ack", exact=True).tap()
    page.keyboard.type("from the train")
    save(page, "take-list-phone")
    assert_clean(page)
    page.locator("#ack").get_by_role("button", name="Acknowledge").tap()

    expect(page.locator(".toast")).to_contain_text("Acknowledged")
    made.refresh_from_db()
    assert made.state == "acknowledged"
