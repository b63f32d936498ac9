"""From one stream entry to an acknowledged alert: the main job, on real parts."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Page, expect
from redis import Redis

from alerts.models import Alert, Attempt, Escalation, Notification, Policy
from ops_portal.lib import secrets
from tests import factories
from tests.analytics import engines
from tests.browser import OpenPage, assert_clean, save
from tests.sinks import MailSink, WebSink, mail_sink, web_sink

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.needs("redis-cli")]
SECONDS = 30_000  # ms: how long an expectation may take on a busy machine
STEP_2_SECONDS, STEP_3_SECONDS = 4, 600
AGENTS_FIELDS = {"id", "timestamp", "severity", "title", "message", "source", "metrics"}


@dataclass(frozen=True)
class Outside:
    """What the portal talks to."""

    mails: MailSink
    slack: WebSink


@pytest.fixture
def outside(transactional_db: None) -> Iterator[Outside]:
    """A running engine with the rules that every desk starts with, and a policy of three steps."""
    with Redis.from_url(settings.REDIS_URL) as redis, mail_sink() as mails, web_sink() as slack:
        redis.flushdb()
        call_command("load_rules")
        Policy.objects.all().delete()
        sealed = secrets.encrypt(slack.url)
        desk = factories.receiver("Desk mail", address="desk@example.org")
        chat = factories.receiver("Desk chat", kind="slack", address="", secret=sealed)
        second = factories.receiver("Second line", address="second@example.org")
        steps = [(0, [desk, chat]), (STEP_2_SECONDS, [second]), (STEP_3_SECONDS, [second])]
        factories.policy("Desk", steps=steps, is_default=True)
        more = {"EMAIL_URL": mails.url, "OUTBOUND_ALLOWED_NETS": "127.0.0.0/8"}
        with engines.running(**more, INSECURE_HTTP="1"):
            yield Outside(mails, slack)
        redis.flushdb()


def redis_cli(*words: str) -> str:
    """What an engineer types."""
    command = ["redis-cli", "-u", settings.REDIS_URL, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout


def live(page: Page) -> Page:
    expect(page.locator("#live")).to_have_attribute("data-state", "live", timeout=SECONDS)
    return page


def test_an_entry_becomes_an_alert_that_somebody_takes(
    open_page: OpenPage, outside: Outside
) -> None:
    alice, dora = factories.person("alice"), factories.person("dora")
    page = live(open_page("/alerts/", by=alice))

    redis_cli(
        *("XADD", "performance_metrics", "*", "strategy", "btc-1", "source", "agent"),
        *("current_drawdown", "-0.06", "total_trades", "42", "win_rate", "61.0"),
    )

    expect(page.locator("#rows tr")).to_have_count(1, timeout=SECONDS)
    page.locator("#rows .title a").click()
    late = open_page(page.url, by=dora, scripts=False)
    escalates(page, outside)
    takes(live(page), outside)
    comes_second(late)
    tells_one_story()
    save(page, "journey")
    assert_clean(page)


def escalates(page: Page, outside: Outside) -> None:
    """Step 1 tells the desk at once, step 2 the second line after its delay."""
    engines.until(lambda: len(outside.mails.mails) >= 2, what="no mail of step 2")
    engines.until(lambda: len(outside.slack.posts) >= 1, what="nothing posted")
    alert = Alert.objects.get()
    first, second = alert.escalation_steps.order_by("at")

    assert [mail["To"] for mail in outside.mails.mails] == [
        "desk@example.org",
        "second@example.org",
    ]
    assert "-6" in str(outside.mails.mails[0]["Subject"]) or "btc-1" in alert.title
    assert outside.slack.posts[0].json["blocks"]
    assert (second.at - first.at).total_seconds() >= STEP_2_SECONDS
    expect(page.locator("#timeline")).to_contain_text("Step 2: Second line", timeout=SECONDS)


def takes(page: Page, outside: Outside) -> None:
    """One note, one key: the escalation is over."""
    page.keyboard.press("a")
    page.keyboard.type("closing half of the position")
    page.keyboard.press("Enter")

    expect(page.locator("#verdict")).to_contain_text("Acknowledged by Alice", timeout=SECONDS)
    expect(page.locator("#timeline")).to_contain_text("closing half of the position")
    run = Escalation.objects.get()
    assert (run.state, run.next_at, run.step) == (Escalation.State.STOPPED, None, 2)


def comes_second(page: Page) -> None:
    """Whose page is old and knows no scripts still learns who was first, and when."""
    page.get_by_role("button", name="Acknowledge").click()

    expect(page.locator(".toast")).to_contain_text("Alice was first: acknowledged #")
    assert Alert.objects.get().acknowledgments.count() == 1


def tells_one_story() -> None:
    """Transitions, deliveries and the stream `alerts` agree."""
    alert = Alert.objects.get()
    story = list(alert.transitions.values_list("action", flat=True))
    assert story == ["fired", "escalated", "acknowledged"]
    engines.until(lambda: published() == ["firing", "firing", "acknowledged"], what="not published")
    engines.until(
        lambda: not Notification.objects.filter(state__in=["pending", "sending"]).exists(),
        what="a message still waits",
    )
    sent = Notification.objects.exclude(channel="stream").filter(state="sent")
    assert set(sent.filter(reason="fired").values_list("receiver_name", flat=True)) == {
        "Desk mail",
        "Desk chat",
    }
    assert sent.filter(reason="escalated").get().receiver_name == "Second line"
    assert Attempt.objects.filter(ok=False).count() == 0
    told = redis_cli("XRANGE", "alerts", "-", "+").splitlines()
    assert set(told) >= AGENTS_FIELDS
    assert {"high_drawdown", "critical", str(alert.uid)} <= set(told)


def published() -> list[str]:
    """The status of each entry of the stream `alerts`, oldest first."""
    with Redis.from_url(settings.STREAMS_URL, decode_responses=True) as redis:
        entries = redis.xrange("alerts")
    return [fields["status"] for _, fields in entries]
