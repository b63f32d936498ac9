"""What a browser makes of the charts: frames while a dozen are fed, and the first one drawn.

Headless Chromium draws without a graphics card, on the cores that serve it: a person's browser does
better. The peer is Chart.js as it comes, an update for each value.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright

from analytics.models import Portfolio
from bench.ground import clear, free_port, listening, live, started, until
from bench.people import sessions
from bench.table import Row, number, quantile

CHARTS, POINTS, HZ = 12, 1_200, 10
SIZE = {"width": 1600, "height": 900}
OPENED = 12  # times
MODULE = "/static/analytics/js/charts.js"
SCRIPT = Path(__file__).with_suffix(".js")
# Since the page was asked for, until it has drawn its charts and the browser has shown them.
DRAWN = """
new MutationObserver(() => requestAnimationFrame(() => requestAnimationFrame(() => {
  window.drawnAfter ??= performance.now();
}))).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-ready"] });
"""
ROLL = """
INSERT INTO analytics_traderollup (unit, bucket, env, strategy, symbol, currency, source, trades,
  wins, losses, breakeven, gross_profit, gross_loss, pnl, fees)
SELECT unit, date_trunc(word, at, 'UTC'), 'live', 's' || i %% 5, 'BTC/USDT', 'USDT', 'bench',
  count(*), 0, 0, count(*), 0, 0, sum((random() * 20 - 9.98)::numeric(38, 18)), 0
FROM (SELECT i, %(now)s - i * interval '30 s' AS at FROM generate_series(0, %(rows)s - 1) AS i),
  (VALUES ('m', 'minute'), ('h', 'hour'), ('d', 'day')) AS u(unit, word) GROUP BY 1, 2, 4
"""
TRADES = """
INSERT INTO analytics_trade (env, source, trade_key, strategy, symbol, currency, side, closed_at,
  quantity, notional, price, pnl, fees, fills, exit_reason)
SELECT 'live', 'bench', 'order:' || i, 's' || i %% 5, 'BTC/USDT', 'USDT', 'sell',
  %(now)s - i * interval '30 s', 0.01, 630, 63000, (random() * 20 - 9.98)::numeric(38, 18), 0.3,
  1, ''
FROM generate_series(0, %(rows)s - 1) AS i
"""


def measure(scale: float) -> list[Row]:
    if not (chromium := shutil.which("chromium")):
        return [Row("charts in a browser", "left out: Chromium is not installed")]
    clear()
    rows = _fill(max(3_000, int(2e5 * scale)))
    key = sessions(1)[0]
    seconds = max(2.0, 10 * scale)
    with _served() as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            page = _opened(browser, port, key)
            ours = _frames(page, seconds=seconds, stock=False)
            peer = _frames(page, seconds=seconds, stock=True)
            drawn = [_drawn(browser, port, key) for _ in range(OPENED)]
        finally:
            browser.close()
    return [_of_frames(ours, peer), _of_drawing(drawn, rows)]


def _of_frames(ours: dict[str, float], peer: dict[str, float]) -> Row:
    return Row(
        f"{CHARTS} charts of {POINTS:,} points fed at {HZ} Hz, frames/s",
        f"{ours['fps']:.1f}, {ours['dropped']:.1%} dropped",
        f"Chart.js as it comes {peer['fps']:.1f}, {peer['dropped']:.1%} dropped",
        ours["fps"] / peer["fps"],
        ">= 55, < 5% dropped",
        ours["fps"] >= 55 and ours["dropped"] < 0.05,
    )


def _of_drawing(seconds: list[float], trades: int) -> Row:
    middle, late = quantile(seconds, 0.5), max(seconds)
    return Row(
        f"trading page of a day over {number(trades)} trades -> its charts are shown",
        f"p50 {middle * 1e3:.0f}, longest of {OPENED} {late * 1e3:.0f} ms",
        goal="<= 1 s",
        met=late <= 1,
    )


def _fill(trades: int) -> int:
    Portfolio.objects.create(env="live", currency="USDT", starting_capital=100_000)
    now = timezone.now() - timedelta(seconds=30)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(ROLL, {"now": now, "rows": trades})
        cursor.execute(TRADES, {"now": now, "rows": trades})
        cursor.execute("ANALYZE analytics_trade, analytics_traderollup")
        cursor.execute("RESET statement_timeout")
    return trades


@contextmanager
def _served() -> Iterator[int]:
    port = free_port()
    with started(*live(port), name="frames", environment={"STATIC_HASHED": "0"}):
        until(lambda: listening(port), what="starting the live process")
        yield port


def _opened(browser: Browser, port: int, key: str) -> Page:
    """A page of the portal without a chart of its own, under its Content-Security-Policy."""
    page = _page(browser, port, key)
    page.goto("/trading/formulas/")
    return page


def _page(browser: Browser, port: int, key: str) -> Page:
    url = f"http://localhost:{port}"
    context = browser.new_context(base_url=url, viewport=SIZE)  # type: ignore[arg-type]
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": key, "url": url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    return context.new_page()


def _frames(page: Page, *, seconds: float, stock: bool) -> dict[str, float]:
    told = {"module": MODULE, "count": CHARTS, "points": POINTS, "hz": HZ}
    found: dict[str, Any] = page.evaluate(
        SCRIPT.read_text(), told | {"seconds": seconds, "stock": stock}
    )
    return found


def _drawn(browser: Browser, port: int, key: str) -> float:
    """Seconds of one visit with nothing cached."""
    page = _page(browser, port, key)
    page.add_init_script(DRAWN)
    page.goto("/trading/")
    shown = page.wait_for_function("() => window.drawnAfter", timeout=30_000)
    seconds = float(shown.json_value()) / 1e3
    page.context.close()
    return seconds
