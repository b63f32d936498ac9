"""A real Chromium before a real server on the test database, and what makes a page clean."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol
from weakref import WeakKeyDictionary

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

OUT = Path(__file__).parent / "out"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
CLOSED_NETWORK = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]
SIZES = {"light": (1440, 900), "dark": (1440, 900), "phone": (390, 844)}
LOOKS = tuple(SIZES)
# What axe cannot decide when something lies above the text, and so decides by chance: it counts.
UNSURE = {"link-in-text-block"}
AXE_OPTIONS = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    },
    "resultTypes": ["violations", "incomplete"],  # what passed need not be described: half the time
}
WATCH = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`));
"""
_troubles: WeakKeyDictionary[Page, list[str]] = WeakKeyDictionary()


class OpenPage(Protocol):
    """`open_page("/alerts/", by=alice, look="dark")`; a page closes with its test."""

    def __call__(
        self, path: str, *, by: User | None = None, look: str = "light", scripts: bool = True
    ) -> Page: ...


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def server_environment() -> dict[str, str]:
    """The environment of a process that shares the test's database and Redis."""
    address, _, options = os.environ["DATABASE_URL"].partition("?")
    name = settings.DATABASES["default"]["NAME"]
    base = address.rsplit("/", 1)[0]
    return {
        **os.environ,
        "DATABASE_URL": f"{base}/{name}" + (f"?{options}" if options else ""),
        "INSECURE_HTTP": "1",
        "REQUIRE_MFA": "0",
        "STATIC_HASHED": "0",
    }


@pytest.fixture(scope="session")
def portal_url(django_db_setup: None) -> Iterator[str]:
    """The address of a uvicorn that serves the test database."""
    port = free_port()
    OUT.mkdir(exist_ok=True)
    with (OUT / "server.log").open("wb") as log:
        command = [sys.executable, "-m", "uvicorn", "tests.served:application"]
        command += ["--port", str(port), "--log-level", "warning", "--lifespan", "off"]
        environment = {**server_environment(), "OUTBOUND_ALLOWED_NETS": "127.0.0.0/8"}
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(port, server)
            yield f"http://localhost:{port}"
        finally:
            server.terminate()
            server.wait(20)


def _wait_for(port: int, server: subprocess.Popen[bytes], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"The server did not start:\n{(OUT / 'server.log').read_text()}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[tuple[Browser, AbstractEventLoop]]:
    """One Chromium a worker, and the loop of playwright that waits in this thread for its words.

    Outside of the tests that use it no loop may seem to run: asynchronous tests start their own.
    """
    with sync_playwright() as playwright:
        loop = asyncio.get_running_loop()
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=CLOSED_NETWORK)
        with _running(None):
            yield started, loop
        started.close()


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: browser tests are left out")
    # Playwright's own loop runs in this thread; the ORM calls of a test stay synchronous.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    started, loop = request.getfixturevalue("chromium")
    with _running(loop):
        try:
            yield started
        finally:
            for context in started.contexts:
                context.close()
            connections.close_all()  # the ones of playwright's loop; no test would


@contextmanager
def _running(loop: AbstractEventLoop | None) -> Iterator[None]:
    """Let this loop, or none, count as running in this thread, as playwright does itself."""
    before = asyncio._get_running_loop()
    asyncio._set_running_loop(loop)
    try:
        yield
    finally:
        asyncio._set_running_loop(before)


@pytest.fixture
def open_page(transactional_db: None, browser: Browser, portal_url: str) -> Iterator[OpenPage]:
    with ExitStack() as contexts:

        def open_one(
            path: str, *, by: User | None = None, look: str = "light", scripts: bool = True
        ) -> Page:
            width, height = SIZES[look]
            context = browser.new_context(
                base_url=portal_url,
                viewport={"width": width, "height": height},
                color_scheme="dark" if look == "dark" else "light",
                has_touch=look == "phone",
                java_script_enabled=scripts,
                permissions=["clipboard-read", "clipboard-write"],
            )
            contexts.callback(context.close)
            context.add_init_script(WATCH)
            if by is not None:
                context.add_cookies(
                    [{"name": "sessionid", "value": session(by), "url": portal_url}]
                )
            page = context.new_page()
            watch(page)
            page.goto(path)
            return page

        yield open_one


def tour(
    open_page: OpenPage, paths: Mapping[str, str], *, by: User | None = None, look: str = "light"
) -> Iterator[tuple[str, Page]]:
    """One page at each of the named addresses in turn: a new page would be a new process."""
    names = iter(paths)
    page = open_page(paths[first := next(names)], by=by, look=look)
    yield first, page
    for name in names:
        page.goto(paths[name])
        yield name, page


def session(user: User) -> str:
    """A session of this user, as after the login form."""
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def watch(page: Page) -> None:
    """Write down each console error, CSP violation and uncaught exception of this page."""
    found: list[str] = []
    _troubles[page] = found
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: found.append(f"uncaught: {error}"))


def assert_clean(page: Page, *, expected: Callable[[str], bool] = lambda _: False) -> None:
    """No console error, no CSP violation, nothing for axe (A to 2.2 AA), nothing overflowing."""
    assert_no_trouble(page, expected=expected)
    found = Axe().run(page, options=AXE_OPTIONS)
    unsure = [rule for rule in found.response["incomplete"] if rule["id"] in UNSURE]
    assert not found.response["violations"], f"{page.url}\n{found.generate_report()}"
    assert not unsure, f"{page.url}: {unsure}"
    too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not too_wide, f"{page.url} scrolls sideways"


def assert_no_trouble(page: Page, *, expected: Callable[[str], bool] = lambda _: False) -> None:
    """No console error, no CSP violation and no uncaught exception since the page was opened."""
    troubles = [text for text in _troubles[page] if not expected(text)]
    assert not troubles, f"{page.url}: {troubles}"


def save(page: Page, name: str, *, full: bool = True) -> None:
    """A picture of the page in tests/out for a person to look at: only with PICTURES=1."""
    if os.environ.get("PICTURES") == "1":
        OUT.mkdir(exist_ok=True)
        page.screenshot(path=OUT / f"{name}.png", full_page=full)
