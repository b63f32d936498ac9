"""What the everyday tasks cost: presses of the mouse from where one is, counted in the browser.

Typing and choosing from a list are not counted; each press of a button or a link is, over every
page that it leads to.
"""

from __future__ import annotations

import math
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, expect

from alerts.models import Receiver, Silence
from analytics import series as store
from tests import factories
from tests.browser import OpenPage
from tests.sinks import web_sink

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SECONDS = 20_000  # ms: how long an expectation may take on a busy machine
PARTS = "/static/ops_portal/js/parts.js"
COUNT = """
addEventListener("mousedown", (event) => {
  const typed = event.target.closest("select, input:not([type=checkbox]), textarea");
  if (!event.isTrusted || typed) return;
  sessionStorage.setItem("presses", Number(sessionStorage.getItem("presses") ?? 0) + 1);
}, true);
"""


@pytest.fixture
def alice(transactional_db: None) -> User:
    return factories.person("alice")


@pytest.fixture
def dora(transactional_db: None) -> User:
    return factories.person("dora")


def opened(open_page: OpenPage, path: str, by: User, look: str = "light") -> Page:
    page = open_page(path, by=by, look=look)
    page.set_default_timeout(SECONDS)
    page.context.add_init_script(COUNT)
    page.evaluate("sessionStorage.removeItem('presses')")
    page.reload()
    return page


def presses(page: Page) -> int:
    return int(page.evaluate("Number(sessionStorage.getItem('presses') ?? 0)"))


def button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def link(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).first.click()


def test_an_alert_is_opened_and_says_why_in_one(open_page: OpenPage, alice: User) -> None:
    factories.alert(title="Drawdown on BTC", description="Below the limit.")
    page = opened(open_page, "/", alice)

    link(page, "Drawdown on BTC")

    expect(page.locator("main")).to_contain_text("Rule when it fired")
    expect(page.locator("main")).to_contain_text("Below the limit.")
    assert presses(page) == 1


def test_what_is_drawn_anew_keeps_the_focus(open_page: OpenPage, alice: User) -> None:
    factories.alert(title="Drawdown on BTC")
    page = opened(open_page, "/", alice)
    named = page.locator("#attention").get_by_role("link", name="Drawdown on BTC")
    named.focus()

    factories.alert(title="Drawdown on ETH")
    page.evaluate(f"import('{PARTS}').then((parts) => parts.refetchParts(['attention']))")

    expect(page.locator("#attention")).to_contain_text("Drawdown on ETH")
    expect(named).to_be_focused()


def test_an_alert_is_acknowledged_with_a_note_in_one(open_page: OpenPage, alice: User) -> None:
    made = factories.alert()
    page = opened(open_page, f"/alerts/{made.pk}/", alice)

    page.locator("#note").fill("on it")
    button(page, "Acknowledge")

    expect(page.locator("#verdict")).to_contain_text("Acknowledged by Alice")
    assert presses(page) == 1
    assert made.acknowledgments.get().note == "on it"


def test_an_alert_is_acknowledged_from_the_list_with_a_note_in_two(
    open_page: OpenPage, alice: User
) -> None:
    made = factories.alert()
    page = opened(open_page, "/alerts/", alice)

    link(page, "Ack")
    page.keyboard.type("on it")
    page.locator("#ack").get_by_role("button", name="Acknowledge").click()

    expect(page.locator(".toast")).to_contain_text("Acknowledged")
    assert presses(page) == 2
    assert made.acknowledgments.get().note == "on it"


def test_an_alert_is_silenced_after_a_preview_in_two(open_page: OpenPage, alice: User) -> None:
    made = factories.alert(title="Slow gateway")
    page = opened(open_page, f"/alerts/{made.pk}/", alice)

    link(page, "Silence this")
    expect(page.locator("#preview")).to_contain_text("Slow gateway")
    page.get_by_label("Reason").fill("gateway is replaced")
    button(page, "Silence")

    expect(page.locator(".silences")).to_contain_text("gateway is replaced")
    assert presses(page) == 2


def test_weekly_maintenance_is_planned_in_three(open_page: OpenPage, alice: User) -> None:
    page = opened(open_page, "/silences/", alice)

    link(page, "New silence")
    page.get_by_label("Alerts with").fill("env=live")
    page.get_by_label("Reason").fill("venue upgrade")
    page.get_by_text("Later, again, or as maintenance").click()
    page.get_by_label("Comes again").select_option("FREQ=WEEKLY")
    page.get_by_label("Kind").select_option("maintenance")
    button(page, "Silence")

    expect(page.locator(".silences")).to_contain_text("venue upgrade")
    assert presses(page) == 3
    assert Silence.objects.get().kind == "maintenance"


def test_who_is_on_call_is_seen_on_every_page_in_none(open_page: OpenPage, alice: User) -> None:
    ben = factories.person("ben", role="responder")
    factories.schedule("Desk", people=[alice, ben], kind="daily")
    page = opened(open_page, "/", alice)

    for path in ("/", "/alerts/", "/trading/", "/system/", "/silences/"):
        page.goto(path)
        said = re.compile(r"On call: (you|Ben) until .*\d:\d\d")
        expect(page.locator("#duty")).to_have_text(said)

    assert presses(page) == 0


def test_a_changed_rule_shows_its_last_week_in_two(open_page: OpenPage, dora: User) -> None:
    now = timezone.now()
    labels = store.sorted_labels(env="live", strategy="ema")
    readings = [
        store.Reading(
            "current_drawdown",
            labels,
            now - timedelta(minutes=4 * ago),
            -0.03 + 0.03 * math.sin(ago / 29),
            "agent",
        )
        for ago in range(400, 0, -1)
    ]
    with connection.cursor() as cursor:
        store.record(cursor, readings, now=now)
    factories.rule(title="Drawdown")
    page = opened(open_page, "/admin/alerts/rule/", dora)

    link(page, "Drawdown")
    page.locator("#id_threshold").fill("-0.045")
    button(page, "Replay 7 days")

    expect(page.locator("#replay-result table")).to_be_visible(timeout=3 * SECONDS)
    assert presses(page) == 2


def test_a_chat_is_added_and_tested_before_it_is_saved_in_three(
    open_page: OpenPage, dora: User
) -> None:
    page = opened(open_page, "/admin/alerts/receiver/", dora)

    with web_sink() as sink:
        page.locator('a[href="/admin/alerts/receiver/add/"]').first.click()
        page.locator("#id_name").fill("Desk chat")
        page.locator("#id_kind").select_option("slack")
        page.locator("#id_webhook").fill(sink.url)
        button(page, "Send a test message")
        expect(page.locator("#tested")).to_contain_text("The message was taken.")
        button(page, "Save")
        expect(page.get_by_text("was added successfully")).to_be_visible()

        assert len(sink.posts) == 1
    assert presses(page) == 3
    assert Receiver.objects.get(name="Desk chat").kind == "slack"


def test_who_changed_a_threshold_is_seen_in_one_and_undone_in_two_more(
    open_page: OpenPage, dora: User
) -> None:
    made = factories.rule(title="Drawdown")
    made.threshold = -0.04
    made.save()
    page = opened(open_page, f"/admin/alerts/rule/{made.pk}/change/", dora)

    page.get_by_role("link", name="History").click()
    expect(page.locator(".desk-history")).to_contain_text("-0.04")
    seen = presses(page)
    page.get_by_role("link", name="Revert to this").last.click()
    page.locator("#reason").fill("Too noisy.")
    button(page, "Revert")
    expect(page.get_by_text("“Revert: Too noisy.”")).to_be_visible()

    made.refresh_from_db()
    assert (seen, presses(page), made.threshold) == (1, 3, -0.05)


def test_the_keys_of_the_list_lead_everywhere_and_are_all_listed(
    open_page: OpenPage, alice: User
) -> None:
    page = opened(open_page, "/alerts/", alice)
    expect(page.locator("#live")).to_have_attribute("data-state", "live")

    page.keyboard.press("?")
    listed = page.locator("#keys-list dd").all_inner_texts()
    page.keyboard.press("Escape")
    for key, path in {"c": "/on-call/", "t": "/trading/", "s": "/system/", "o": "/"}.items():
        page.keyboard.press("g")
        page.keyboard.press(key)
        page.wait_for_url(f"**{path}")
        expect(page.locator("#live")).to_have_attribute("data-state", "live")

    assert {"Go to On call", "Go to Alerts", "Search", "This list", "Next alert"} <= set(listed)
    assert len(listed) == len(set(listed)) >= 14
    assert presses(page) == 0
