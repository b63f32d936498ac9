"""The alerts pages while things happen: frames patch them, half-written notes are safe."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect
from redis import Redis

from alerts import actions
from alerts.models import Alert
from alerts.summary import frame
from analytics import live
from tests.browser import OpenPage, assert_clean
from tests.factories import alert, person, rule

pytestmark = pytest.mark.browser
SECONDS = 15_000  # ms: how long an expectation may take on a busy machine
READ = """
rows => rows.map(row => [...row.querySelectorAll("td:not(.since)")]
  .map(cell => cell.innerText.replace(/[0-9]+:[0-9]+/, "_")).join(" | "))
"""


@pytest.fixture
def alice(transactional_db: None) -> User:
    return person("alice")


def push(*changed: Alert) -> None:
    """What the engine does after its commit."""
    with Redis.from_url(settings.REDIS_URL) as redis:
        live.push(redis, [frame(one, now=timezone.now()) for one in changed])


def opened(open_page: OpenPage, path: str, by: User) -> Page:
    page = open_page(path, by=by)
    page.set_default_timeout(SECONDS)
    expect(page.locator("#live")).to_have_attribute("data-state", "live", timeout=SECONDS)
    return page


def rows(page: Page) -> list[str]:
    """The rows as a person reads them, but for what ticks."""
    return list(page.eval_on_selector_all("#rows tr", READ))


def test_frames_make_the_page_that_a_reload_would_show(open_page: OpenPage, alice: User) -> None:
    now = timezone.now()
    old = alert(fired_at=now - timedelta(hours=1))
    page = opened(open_page, "/alerts/", alice)
    slow = rule("slow", severity="warning", metric="execution_latency_seconds", threshold=5.0)
    push(alert(rule=slow, value=6.25, title="Slow"), alert(title="<b>New & bold</b>"))
    old.value = -0.07
    old.save()
    push(old)

    expect(page.locator("#rows tr")).to_have_count(3, timeout=SECONDS)
    expect(page.locator("#rows")).to_contain_text("−7.00", timeout=SECONDS)
    patched = rows(page)
    page.reload()

    assert patched == rows(page)
    assert "<b>New & bold</b>" in patched[0]
    assert_clean(page)


def test_new_alerts_wait_while_a_row_has_the_focus(open_page: OpenPage, alice: User) -> None:
    alert(title="first")
    page = opened(open_page, "/alerts/", alice)
    page.keyboard.press("j")

    push(alert(title="second"))
    page.get_by_role("button", name="1 new – show").click()

    expect(page.locator("#rows tr")).to_have_count(2)


def test_what_comes_never_disturbs_an_open_form(open_page: OpenPage, alice: User) -> None:
    mine, other = alert(title="mine"), alert(title="other")
    page = opened(open_page, "/alerts/", alice)
    note = page.locator("#ack-note")
    page.locator(f'#rows tr[data-id="{mine.pk}"]').get_by_role("link", name="Ack").click()
    page.keyboard.type("half a sen")
    before = page.locator("#ack").bounding_box()

    actions.resolve(other.pk, by=alice, now=timezone.now())
    mine.value = -0.07
    mine.save()
    push(alert(title="new"), mine, Alert.objects.get(pk=other.pk))
    expect(page.locator("#rows")).to_contain_text("−7.00", timeout=SECONDS)
    expect(page.get_by_role("button", name="1 new – show")).to_be_visible()
    page.keyboard.type("tence")

    expect(note).to_have_value("half a sentence")
    expect(note).to_be_focused()
    assert page.locator("#ack").bounding_box() == before
    page.keyboard.press("Enter")
    expect(page.locator(".toast").last).to_contain_text("Acknowledged", timeout=SECONDS)
    expect(page.locator("#rows")).to_contain_text("new", timeout=SECONDS)
    assert mine.acknowledgments.get().note == "half a sentence"


def test_j_and_a_and_enter_acknowledge_with_a_note(open_page: OpenPage, alice: User) -> None:
    made = alert()
    page = opened(open_page, "/alerts/", alice)

    page.keyboard.press("j")
    page.keyboard.press("a")
    page.keyboard.type("looking at it")
    page.keyboard.press("Enter")

    expect(page.locator(".toast")).to_contain_text("Acknowledged", timeout=SECONDS)
    expect(page.locator('[data-tab="acknowledged"] .count')).to_have_text("1", timeout=SECONDS)
    assert made.acknowledgments.get().note == "looking at it"


def test_selected_alerts_are_acknowledged_with_one_note(open_page: OpenPage, alice: User) -> None:
    for _ in range(3):
        alert()
    page = opened(open_page, "/alerts/", alice)

    for box in page.locator("#rows input[type=checkbox]").all()[:2]:
        box.check()
    page.locator("#bulk input[name=note]").fill("exchange is down")
    page.locator("#bulk button.primary").click()

    expect(page.locator(".toast")).to_contain_text("2 of 2 acknowledged", timeout=SECONDS)
    expect(page.locator("#bulk")).to_be_hidden()
    expect(page.locator("#rows tr")).to_have_count(1, timeout=SECONDS)
    assert Alert.objects.filter(state=Alert.State.ACKNOWLEDGED).count() == 2


def test_the_title_the_tab_and_the_icon_count_what_fires(open_page: OpenPage, alice: User) -> None:
    page = opened(open_page, "/alerts/", alice)

    push(alert(), alert())

    expect(page.locator("#nav-alerts")).to_contain_text("2", timeout=SECONDS)
    expect(page).to_have_title("(2) Alerts · Ops Portal", timeout=SECONDS)
    assert "n=2&severity=critical" in str(page.get_attribute("#favicon", "href"))


def test_a_half_written_note_survives_fifty_changes(open_page: OpenPage, alice: User) -> None:
    made = alert()
    page = opened(open_page, f"/alerts/{made.pk}/", alice)
    page.locator("#note").fill("half a sen")

    for number in range(50):
        actions.comment(made.pk, by=alice, note=f"comment {number}", now=timezone.now())
    expect(page.locator("#timeline")).to_contain_text("comment 49", timeout=SECONDS)

    expect(page.locator("#note")).to_have_value("half a sen")


def test_an_alert_is_acknowledged_and_resolved_by_keyboard_alone(
    open_page: OpenPage, alice: User
) -> None:
    made = alert()
    page = opened(open_page, f"/alerts/{made.pk}/", alice)

    page.keyboard.press("a")
    page.keyboard.type("mine")
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_contain_text("Acknowledged by Alice", timeout=SECONDS)
    page.locator("#note").blur()
    page.keyboard.press("r")
    page.keyboard.press("Enter")

    expect(page.locator("#verdict")).to_contain_text("Resolved by Alice", timeout=SECONDS)


def test_shortcuts_are_silent_in_fields_and_can_be_turned_off(
    open_page: OpenPage, alice: User
) -> None:
    page = opened(open_page, "/alerts/", alice)

    page.keyboard.press("/")
    page.keyboard.type("g o ?")
    expect(page.locator("#search")).to_have_value("g o ?")
    page.locator("#search").blur()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert_clean(page)
    page.locator("#keys-on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")

    expect(page.locator("#keys")).to_be_hidden()


def test_the_theme_switches_and_stays(open_page: OpenPage, alice: User) -> None:
    page = opened(open_page, "/alerts/", alice)
    background = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(background)

    page.locator("#theme").click()
    dark = page.evaluate(background)
    page.reload()

    assert dark == page.evaluate(background) == "rgb(13, 17, 23)" != light


def test_times_are_told_in_utc_or_in_the_persons_own_zone(open_page: OpenPage, alice: User) -> None:
    made = alert(fired_at=timezone.now().replace(hour=0, minute=30))
    page = opened(open_page, f"/alerts/{made.pk}/", alice)
    since = page.locator("#figures time").first

    assert "UTC" in str(since.get_attribute("title"))
    assert "00:30" in since.inner_text()
