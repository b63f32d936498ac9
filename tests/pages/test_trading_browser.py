"""The trading page follows the desk: from `redis-cli XADD` to the pixel, and across a cut."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page
from redis import Redis

from analytics.models import Portfolio
from tests.analytics import engines
from tests.analytics.engines import until
from tests.browser import LOOKS, OpenPage, assert_clean, save, session, tour
from tests.factories import person
from tests.live.conftest import database_url
from tests.live.process import LiveProcess

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

TILES = ("pnl", "win", "trades", "signals")
CUT_SECONDS = 20
BURST = 80  # trades at once, more than a batch has frames of
ADDRESSES = {
    "trading": "/trading/",
    "trading-live": "/trading/?range=live",
    "trading-none": "/trading/?env=paper",
    "trading-older": "/trading/?before=2026-01-01T00:00:00~1",
}
# A tiny recorder in the page: when the figure last changed, by the clock that XADD is timed with.
WATCH_TILES = """
() => {
  window.changedAt = {};
  for (const name of ["pnl", "win", "trades", "signals"]) {
    const figure = document.querySelector(`#tile-${name} [data-figure]`);
    new MutationObserver(() => { window.changedAt[name] = Date.now(); })
      .observe(figure, { childList: true, characterData: true, subtree: true });
  }
}
"""


def redis_cli(stream: str, **fields: str) -> None:
    """Write an entry exactly as a person with a shell would."""
    at = urlsplit(settings.REDIS_URL)
    command = ["redis-cli", "-h", str(at.hostname), "-p", str(at.port), "-n", at.path.lstrip("/")]
    password = {"REDISCLI_AUTH": at.password} if at.password else {}
    pairs = [part for pair in fields.items() for part in pair]
    subprocess.run(
        [*command, "XADD", stream, "*", *pairs],
        env=os.environ | password, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def fill(number: int, pnl: str) -> None:
    redis_cli(
        "trade_executions",
        execution_id=f"x{number}", symbol="BTC/USDT", side="sell", status="FILLED",
        quantity="0.01", price="63125", execution_time="0.42", pnl=pnl, strategy="ema_cross",
    )  # fmt: skip


def buy_signal(number: int) -> None:
    redis_cli(
        "trading_signals",
        signal_id=f"s{number}", symbol="BTC/USDT", signal_type="buy", strength="0.82",
        confidence="0.61", price="63120.5", strategy="ema_cross",
    )  # fmt: skip


@pytest.fixture
def engine(transactional_db: None, redis: Redis) -> Iterator[None]:
    redis.flushdb()
    Portfolio.objects.create(env="live", currency="USDT", starting_capital=10_000)
    with engines.running("engine"):
        fill(0, "10")
        buy_signal(0)
        until(lambda: bool(redis.xlen("ops:live")), what="the engine never pushed")
        yield
    redis.flushdb()


@pytest.fixture
def redis() -> Iterator[Redis]:
    with Redis.from_url(settings.REDIS_URL) as client:
        yield client


def figures(page: Page) -> dict[str, str]:
    return {name: page.inner_text(f"#tile-{name} [data-figure]") for name in TILES}


def wait_for(page: Page, name: str, text: str) -> None:
    page.wait_for_function(
        "([n, text]) => document.querySelector(`#tile-${n} [data-figure]`).textContent === text",
        arg=[name, text],
        timeout=30_000,
    )


def summary(page: Page, chart: str) -> str:
    return page.get_attribute(f"#{chart}", "aria-label") or ""


@pytest.mark.needs("redis-cli")
def test_an_xadd_moves_the_chart_and_the_four_figures_without_a_reload(
    engine: None, open_page: OpenPage
) -> None:
    page = open_page("/trading/?range=1h", by=person("bob"))
    wait_for(page, "trades", "1")
    page.wait_for_selector("#live[data-state=live]")
    page.evaluate("window.sameDocument = true")
    page.evaluate(WATCH_TILES)
    drawn = summary(page, "equity-chart")
    written = time.time()

    fill(1, "-4.5")
    buy_signal(1)

    wait_for(page, "pnl", "+5.50")
    wait_for(page, "signals", "2")
    assert figures(page) == {"pnl": "+5.50", "win": "50.0\u202f%", "trades": "2", "signals": "2"}
    page.wait_for_function(
        "(drawn) => document.getElementById('equity-chart').ariaLabel !== drawn", arg=drawn
    )
    assert "last 10,005.50" in summary(page, "equity-chart")
    assert page.locator("#trades tr").count() == 2
    assert page.evaluate("window.sameDocument")
    changed = page.evaluate("window.changedAt")
    took = {name: f"{at - 1000 * written:.0f} ms" for name, at in changed.items()}
    print(f"redis-cli XADD -> figure on the page: {took}")


def test_trades_beyond_those_that_frames_tell_of_are_fetched_when_it_is_quiet(
    engine: None, open_page: OpenPage, redis: Redis
) -> None:
    page = open_page("/trading/?range=1h", by=person("bob"))
    wait_for(page, "trades", "1")
    page.wait_for_selector("#live[data-state=live]")
    with redis.pipeline() as pipe:
        for number in range(1, BURST):
            pipe.xadd("trade_executions", {
                "execution_id": f"x{number}", "symbol": "BTC/USDT", "side": "sell", "pnl": "2",
                "status": "FILLED", "quantity": "0.01", "price": "63125", "execution_time": "0.4",
            })  # fmt: skip
        pipe.execute()

    wait_for(page, "trades", str(BURST))

    marks = page.locator("#equity-legend").get_by_text(f"{BURST} won")
    assert marks.count() == 0, "frames told of the newest only"
    marks.wait_for(timeout=30_000)
    assert page.locator("#trades tr").count() == 25


def state_of(page: Page) -> dict[str, Any]:
    """What the page shows, without ages."""
    page.bring_to_front()  # a hidden page does not draw
    charts = ("equity-chart", "pnl-bars", "signals-chart")
    for chart in charts:  # nor does a chart out of sight
        page.locator(f"#{chart}").scroll_into_view_if_needed()
        page.wait_for_timeout(1_000)  # charts are drawn at most four times a second
    rows = page.locator("#trades tr").all_inner_texts()
    return {
        "figures": figures(page),
        "notes": page.locator(".tile [data-note]").all_inner_texts(),
        "trades": rows,
        "charts": [summary(page, chart) for chart in charts],
    }


@pytest.mark.needs("redis-cli")
def test_after_a_cut_of_twenty_seconds_nothing_is_missing_or_doubled(
    engine: None, browser: Browser
) -> None:
    process = LiveProcess(database_url=database_url(), redis_url=settings.REDIS_URL)
    try:
        context = browser.new_context(base_url=f"http://{process.host}")
        cookie = {"name": "sessionid", "value": session(person("bob"))}
        context.add_cookies([{**cookie, "url": f"http://{process.host}"}])  # type: ignore[typeddict-item]
        page = context.new_page()
        page.goto("/trading/?range=6h")
        wait_for(page, "trades", "1")
        page.wait_for_selector("#live[data-state=live]")

        process.stop()
        begun = time.monotonic()
        page.wait_for_selector("#live[data-state=stale]", timeout=10_000)
        stale_after = time.monotonic() - begun
        for number in range(1, 11):
            fill(number, "1")
            buy_signal(number)
            time.sleep(CUT_SECONDS / 10)
        process.start()
        back = time.monotonic()
        wait_for(page, "pnl", "+20.00")
        wait_for(page, "signals", "11")
        whole_after = time.monotonic() - back
        print(f"stale after {stale_after:.1f} s; whole {whole_after:.1f} s after the restart")

        fresh = context.new_page()
        fresh.goto("/trading/?range=6h")
        wait_for(fresh, "pnl", "+20.00")
        assert figures(page)["trades"] == "11"
        assert state_of(page) == state_of(fresh)
        context.close()
    finally:
        process.stop()


def test_frames_that_were_never_read_are_fetched_after_a_reset(
    engine: None, open_page: OpenPage, redis: Redis
) -> None:
    page = open_page("/trading/?range=1h", by=person("bob"))
    wait_for(page, "trades", "1")
    page.wait_for_selector("#live[data-state=live]")
    seen = redis.xrevrange("ops:live", count=1)[0][0]  # type: ignore[index]

    redis.delete("ops:live")
    fill(1, "30")

    wait_for(page, "pnl", "+40.00")
    assert redis.xrevrange("ops:live", count=1)[0][0] != seen  # type: ignore[index]


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_is_clean_in_every_look(engine: None, open_page: OpenPage, look: str) -> None:
    bob = person("bob")
    for name, page in tour(open_page, ADDRESSES, by=bob, look=look):
        page.wait_for_selector("#trading[data-ready]")
        page.wait_for_selector("#live[data-state=live]")
        page.locator("summary").first.click()

        save(page, f"{name}-{look}")
        assert_clean(page)


PIXELS = """
() => {
  const canvas = document.getElementById("signals-chart");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] === 255) colours.add([...data.slice(at, at + 3)].join(","));
  }
  const style = getComputedStyle(document.documentElement);
  const hex = style.getPropertyValue("--series-3").trim();
  return colours.has([1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)).join(","));
}
"""


@pytest.mark.parametrize("look", LOOKS)
def test_the_first_paint_has_the_colours_of_the_legend(
    engine: None, open_page: OpenPage, look: str
) -> None:
    page = open_page("/trading/?range=live", by=person("bob"), look=look)

    page.wait_for_selector("#trading[data-ready]")

    assert page.evaluate(PIXELS), "even below the fold the bars are drawn, in their colour"


HOSTILE = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>"


def test_hostile_text_from_the_streams_stays_text(engine: None, open_page: OpenPage) -> None:
    redis_cli(
        "trade_executions",
        execution_id=HOSTILE, symbol=HOSTILE, side="buy", status="FILLED", quantity="1",
        price="1", pnl="1", strategy=HOSTILE, correlation_id=HOSTILE, source=HOSTILE,
    )  # fmt: skip
    page = open_page("/trading/", by=person("bob"))
    wait_for(page, "trades", "2")

    fill(3, "1")
    redis_cli(
        "trade_executions",
        execution_id="x4", symbol=HOSTILE, side="buy", status="FILLED", quantity="1",
        price="1", pnl="1", strategy=HOSTILE,
    )  # fmt: skip

    wait_for(page, "trades", "4")
    assert "owned" not in page.title()
    assert page.locator("img[src=x]").count() == 0
    assert "onerror" in page.inner_text("#trades")
    assert_clean(page)


def test_a_logged_out_page_leaves_by_itself(engine: None, open_page: OpenPage) -> None:
    bob = person("bob")
    page = open_page("/trading/", by=bob)
    page.wait_for_selector("#live[data-state=live]")

    leaving = Client()
    leaving.cookies[settings.SESSION_COOKIE_NAME] = page.context.cookies()[0]["value"]
    leaving.post("/accounts/logout/")

    page.wait_for_url("**/accounts/login/**", timeout=45_000)

    assert page.locator("#trades").count() == 0
