"""A rule is edited, replayed, saved with a reason, seen in its history and reverted."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, expect

from alerts.models import Rule
from analytics import series as store
from tests import factories
from tests.browser import LOOKS, OpenPage, assert_clean, save

pytestmark = pytest.mark.browser


@pytest.fixture
def rule(transactional_db: None) -> Rule:
    """A rule, and three days of a drawdown that is deep twice a day."""
    now = timezone.now()
    labels = store.sorted_labels(env="live", strategy="ema")
    readings = [
        store.Reading(
            "current_drawdown",
            labels,
            now - timedelta(minutes=4 * ago),
            -0.03 + 0.03 * math.sin(ago / 29) - 0.008 * math.sin(ago / 5),
            "agent",
        )
        for ago in range(1_000, 0, -1)
    ]
    with connection.cursor() as cursor:
        store.record(cursor, readings, now=now)
    return factories.rule(title="Drawdown", clear_threshold=-0.04)


def replayed(page: Page, threshold: str) -> None:
    page.locator("#id_threshold").fill(threshold)
    page.get_by_role("button", name="Replay 7 days").click()
    expect(page.locator("#replay-result table")).to_be_visible(timeout=60_000)


def test_edited_replayed_saved_and_reverted(open_page: OpenPage, rule: Rule) -> None:
    page = open_page(f"/admin/alerts/rule/{rule.pk}/change/", by=factories.person("dora"))

    replayed(page, "-0.045")
    fired = page.locator("#replay-result tr", has_text="Fired").locator("td").all_inner_texts()
    page.locator("#id_reason").fill("Sooner.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(f"/admin/alerts/rule/{rule.pk}/history/")
    expect(page.get_by_text("“Sooner.”")).to_be_visible()
    page.get_by_role("link", name="Revert to this").last.click()
    page.locator("#reason").fill("Too noisy.")
    page.get_by_role("button", name="Revert").click()
    expect(page.get_by_text("“Revert: Too noisy.”")).to_be_visible()

    rule.refresh_from_db()
    assert (rule.threshold, rule.version) == (-0.05, 3)
    assert int(fired[0].split()[0]) >= int(fired[1].split()[0]) >= 1


@pytest.mark.parametrize("look", LOOKS)
def test_the_replay_looks_right(open_page: OpenPage, rule: Rule, look: str) -> None:
    page = open_page(
        f"/admin/alerts/rule/{rule.pk}/change/", by=factories.person("dora"), look=look
    )

    replayed(page, "-0.045")

    save(page, f"rule-replay-{look}")
    assert_clean(page)
