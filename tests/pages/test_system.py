"""The system page in Chromium: measured states, live, and silence seen without the server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as configured
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django import DjangoAssertNumQueries, Settings
from redis import Redis

from analytics import live
from analytics.models import DeadLetter, StreamState
from health import board, processes
from health.monitor import Monitor
from tests.analytics.engines import until
from tests.browser import LOOKS, OpenPage, assert_clean, free_port, save
from tests.factories import person
from tests.health.desk import error, failed, report, reported

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 15_000


def desk(*, now: datetime) -> None:
    """Four lanes that report: one well, one degraded, one down, one silent for an hour."""
    states = {
        "market-data-feed": ("ok", 98.0, 0),
        "signal-engine": ("degraded", 61.0, 0),
        "risk-manager": ("down", 0.0, 0),
        "order-executor": ("ok", 100.0, 3600),
    }
    for name, (status, health, silent) in states.items():
        for beat in range(30, 0, -1):
            at = now - timedelta(seconds=silent + beat * 5 + (120 if beat > 12 else 0))
            said = "ok" if beat > 3 else status
            figures = {"cpu_percent": 31.5, "memory_percent": 48.0, "disk_percent": 61.0}
            reported(
                report(name, ts=at, status=said, health=health, data_latency=0.042, **figures),
                now=at,
            )
    for stream, waits in (("trade_executions", 0.0), ("trading_signals", 42.0)):
        StreamState.objects.create(
            stream=stream,
            accepted=120_345,
            duplicates=12,
            rejected={"bad_number": 3} if waits else {},
            last_event_at=now,
            oldest_waiting_seconds=waits,
            owner="engine@desk-1",
            lease_until=now + timedelta(minutes=5),
        )
    for kind in ("live", "engine", "worker"):
        processes.beat(kind, {"sockets": 4} if kind == "live" else {}, now=now)
    failed([error(), error("order 7 rejected: insufficient margin", error_type="OrderRejected")])
    DeadLetter.objects.create(stream="trading_signals", entry_id="1-0", reason_code="x", raw=b"")
    push(now=now)


def push(*, now: datetime) -> None:
    with Redis.from_url(configured.REDIS_URL) as redis:
        live.push(redis, Monitor().tick(now=now))


@pytest.mark.browser
@pytest.mark.parametrize("look", LOOKS)
def test_the_page_is_clean_with_every_state_on_it(open_page: OpenPage, look: str) -> None:
    erin = person("erin", role="", is_superuser=True, is_staff=True)
    desk(now=datetime.now(UTC))

    page = open_page("/system/", by=erin, look=look)

    expect(page.locator("#lanes article")).to_have_count(4)
    save(page, f"system-{look}")
    assert_clean(page)


@pytest.mark.browser
@pytest.mark.parametrize("look", ["light", "phone"])
def test_a_desk_that_never_reported_shows_no_green(open_page: OpenPage, look: str) -> None:
    page = open_page("/system/", by=person("bob"), look=look)

    expect(page.locator("#lanes .chip")).to_have_text(["No data"] * 4)
    save(page, f"system-empty-{look}")
    assert_clean(page)


@pytest.mark.browser
def test_a_report_changes_the_page_without_a_reload(open_page: OpenPage) -> None:
    page = open_page("/system/", by=person("bob"))
    expect(page.locator("#live")).to_have_attribute("data-state", "live", timeout=SECONDS)
    now = datetime.now(UTC)

    reported(report("risk-manager", status="degraded", ts=now), now=now)
    push(now=now)

    row = page.locator("#components tr", has_text="risk-manager")
    expect(row.locator(".chip")).to_have_text("Degraded", timeout=SECONDS)
    lane = page.locator("#lanes article", has_text="Risk management")
    expect(lane.locator(".chip")).to_have_text("Degraded", timeout=SECONDS)


@pytest.mark.browser
def test_silence_is_seen_while_the_engine_is_dead(open_page: OpenPage) -> None:
    now = datetime.now(UTC)
    reported(report("risk-manager", status="ok", ts=now), now=now - timedelta(seconds=58))

    page = open_page("/system/", by=person("bob"))

    chip = page.locator("#components .chip")
    expect(chip).to_have_text("Stale", timeout=SECONDS)


@pytest.mark.browser
def test_frames_on_an_old_page_equal_a_fresh_page(open_page: OpenPage) -> None:
    bob, now = person("bob"), datetime.now(UTC)
    old = open_page("/system/", by=bob)
    expect(old.locator("#live")).to_have_attribute("data-state", "live", timeout=SECONDS)

    desk(now=now)
    fresh = open_page("/system/", by=bob)

    def is_level() -> bool:
        fresh.reload()  # a process of ours may have come or gone since
        told = shown(fresh)
        return bool(told["#components .chip"]) and shown(old) == told

    until(is_level, what="the old page tells something else than a fresh one")


def shown(page: Page) -> dict[str, list[str]]:
    """The names and states in the tables of the page."""
    return {
        f"{part} {cells}": page.locator(f"{part} {cells}").all_text_contents()
        for part in ("#components", "#streams", "#processes")
        for cells in ("tr > th:first-child", ".chip")
    }


def test_the_state_answers_in_a_fixed_number_of_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    desk(now=datetime.now(UTC))

    with django_assert_num_queries(6):
        board.snapshot(now=datetime.now(UTC))


@pytest.mark.parametrize(
    ("name", "status"), [("alice", 200), ("bob", 200), ("charlie", 403), (None, 302)]
)
@pytest.mark.parametrize("path", ["/system/", "/system/state/"])
def test_only_who_may_see_components_sees_the_page(
    path: str, name: str | None, status: int
) -> None:
    client = Client()
    if name:
        client.force_login(person(name))

    assert client.get(path, secure=True).status_code == status


def test_a_redis_that_is_dead_is_told_as_down(client: Client, settings: Settings) -> None:
    client.force_login(person("bob"))
    settings.REDIS_URL = settings.STREAMS_URL = f"redis://127.0.0.1:{free_port()}/0"

    answer = client.get("/system/state/", secure=True).json()

    assert {row["name"]: row["state"] for row in answer["dependencies"]} == {
        "PostgreSQL": "up",
        "Redis": "down",
    }
