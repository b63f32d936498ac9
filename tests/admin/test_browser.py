"""The admin in a real browser: nothing the policy forbids, nothing axe finds."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FloatRect, Page, expect

from alerts.models import PolicyStep
from tests import factories
from tests.browser import LOOKS, OpenPage, assert_clean, save, tour

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def desk(transactional_db: None) -> dict[str, str]:
    """Records to look at; returns the paths of the admin's pages by name."""
    mail, slack = factories.receiver(), factories.receiver("Desk chat", kind="slack", address="")
    policy = factories.policy(steps=[(0, [mail]), (300, [mail, slack])], is_default=True)
    routed = factories.route("Live desk", 'env=live, strategy=~"btc-.*"', receivers=[slack])
    factories.route("Venues", 'venue!=""', under=routed, policy=policy, continues=True)
    rule = factories.rule(policy=policy, labels={"team": "desk"})
    rule.threshold = -0.04
    rule.save()
    alert = factories.alert(rule=rule)
    return {
        "index": "/admin/",
        "rules": "/admin/alerts/rule/",
        "rule": f"/admin/alerts/rule/{rule.pk}/change/",
        "rule-add": "/admin/alerts/rule/add/",
        "rule-history": f"/admin/alerts/rule/{rule.pk}/history/",
        "policy": f"/admin/alerts/policy/{policy.pk}/change/",
        "routes": "/admin/alerts/route/?labels=env%3Dlive%0Astrategy%3Dbtc-1",
        "route": f"/admin/alerts/route/{routed.pk}/change/",
        "receiver": f"/admin/alerts/receiver/{slack.pk}/change/",
        "alerts": "/admin/alerts/alert/",
        "alert": f"/admin/alerts/alert/{alert.pk}/change/",
        "dead-letters": "/admin/analytics/deadletter/",
        "invitation-add": "/admin/ops_portal/invitation/add/",
        "users": "/admin/auth/user/",
        "empty": "/admin/alerts/calendar/",
        "series": "/admin/analytics/series/",
    }


@pytest.mark.parametrize("look", LOOKS)
def test_each_page_is_clean(desk: dict[str, str], open_page: OpenPage, look: str) -> None:
    erin = factories.person("erin")

    for name, page in tour(open_page, desk, by=erin, look=look):
        page.wait_for_load_state("load")
        if name == "rules":  # on a phone a row is a card, with the names of its values
            told = page.locator("td.field-condition").first
            expect(told).to_have_attribute("data-label", "Condition")
        save(page, f"admin-{name}-{look}")
        assert_clean(page)


def test_the_command_palette_finds_a_rule(desk: dict[str, str], open_page: OpenPage) -> None:
    page = open_page(desk["index"], by=factories.person("erin"))

    page.keyboard.press("Control+k")
    page.get_by_placeholder("Search").last.press_sequentially("drawdown")
    expect(page.locator("#command-results-list")).to_contain_text("high_drawdown")
    assert_clean(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/admin/alerts/(rule|alert)/\d+/change/"))


def test_steps_are_put_in_order_by_dragging(desk: dict[str, str], open_page: OpenPage) -> None:
    page = open_page(desk["policy"], by=factories.person("erin"))
    handles = page.locator("#steps-data .material-symbols-outlined", has_text="drag_indicator")

    _drag(page, handles.nth(1).bounding_box(), handles.nth(0).bounding_box())
    positions = page.locator("input[name$='-position']:not([name*='__prefix__'])")
    expect(positions.nth(0)).to_have_attribute("name", "steps-1-position")
    expect(positions.nth(0)).to_have_value("0")
    assert_clean(page)
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page).to_have_url(re.compile(r"/admin/alerts/policy/$"))
    steps = PolicyStep.objects.order_by("position")
    assert list(steps.values_list("delay_seconds", flat=True)) == [300, 0]


def test_menus_drawers_and_themes_open_without_complaint(
    desk: dict[str, str], open_page: OpenPage
) -> None:
    page = open_page(desk["rules"], by=factories.person("erin"))

    page.get_by_text("erin@example.org").click()
    page.get_by_text("Dark", exact=True).click()
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    kept = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert kept["theme"] == "dark"
    page.keyboard.press("Escape")
    page.goto(desk["rules"])
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    page.keyboard.press("f")
    expect(page.get_by_role("button", name="Apply filters")).to_be_visible()
    assert_clean(page)


def test_the_tabs_of_a_rule_change_what_is_shown(desk: dict[str, str], open_page: OpenPage) -> None:
    page = open_page(desk["rule"], by=factories.person("erin"))

    expect(page.get_by_label("Threshold")).to_be_visible()
    page.get_by_text("Notification", exact=True).click()

    expect(page.get_by_label("Severity")).to_be_visible()
    expect(page.get_by_label("Threshold")).to_be_hidden()
    assert_clean(page)


def _drag(page: Page, start: FloatRect | None, end: FloatRect | None) -> None:
    """Move the pointer as a hand does: pressed, in small steps, a little beyond the target."""
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(end["x"] + 8, end["y"] - 20, steps=25)
    page.mouse.up()
