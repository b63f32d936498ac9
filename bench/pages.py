"""Page requests a second: lists of twenty rows for a person with a session, as a browser asks.

Beside each rate stands the CPU that a request took of our process and of PostgreSQL, which says
more than the rate on a machine that others use as well.

A page is read again only after a commit (lib/remembered.py). So the pages are asked for on a desk
at rest and on one that commits many times a second, and the same rows as a file, which is read and
written at each request.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread
from typing import NamedTuple

import httpx
import psycopg
from django.conf import settings
from django.db import connection

from bench.cpu import spent
from bench.ground import PYTHON, clear, free_port, listening, live, started, until
from bench.people import alerts, rules, session, sessions
from bench.table import Row, goal, number
from ops_portal.roles import Role

RULES = "/admin/alerts/rule/"
ROWS = 20
CONNECTIONS = 32
COMMITS = 20  # a second, of the desk that is not at rest
WARMING = 24  # requests before the clock runs

type Command = Callable[[int], Sequence[str]]


class NotServed(Exception):
    """A page answered something else than 200."""


class Served(NamedTuple):
    rate: float  # requests a second
    own_ms: float  # CPU of the process that serves, a request
    database_ms: float

    def __str__(self) -> str:
        return f"{number(self.rate)} ({self.own_ms:.2g} + PostgreSQL {self.database_ms:.2g} ms CPU)"


def measure(scale: float) -> list[Row]:
    if not shutil.which("wrk"):
        return [Row("page requests/s", "left out: wrk is not installed")]
    clear()
    alerts(ROWS)
    rules(ROWS)
    viewer, editor = sessions(1)[0], session("bench-editor", Role.EDITOR)
    seconds = max(5, round(8 * scale))
    web = partial(_served, _granian, "pages-web", seconds=seconds)
    ours, admin = web("/alerts/", viewer), web(RULES, editor)
    with committing():
        busy, busy_admin = web("/alerts/", viewer), web(RULES, editor)
    file = web("/alerts/export.csv", viewer)
    one_port = _served(live, "pages-live", "/alerts/", viewer, seconds=seconds)
    plain = partial(_served, _stock, "pages-stock", seconds=seconds)
    stock, stock_admin = plain("/alerts/", viewer), plain(RULES, editor)
    stock_file = plain("/alerts/export.csv", viewer)
    return [
        _row(f"alerts page with {ROWS} rows, web process, requests/s", ours, stock),
        _row(f"the same while {COMMITS} transactions a second commit", busy, stock),
        _row("the same from the live process (one port)", one_port, stock, judged=False),
        _row(f"{ROWS} alerts as CSV, read at each request, requests/s", file, stock_file),
        _row(f"admin's rules with {ROWS} rows, web process, requests/s", admin, stock_admin),
        _row(f"the same while {COMMITS} transactions a second commit", busy_admin, stock_admin),
    ]


@contextmanager
def committing() -> Iterator[None]:
    """A desk at work: something is written and committed, and every snapshot is another."""
    given, over = connection.get_connection_params(), Event()
    wanted = {name: given[name] for name in ("host", "port", "user", "dbname") if given.get(name)}

    def commit() -> None:
        with psycopg.connect(**wanted, autocommit=True) as other:
            while not over.wait(1 / COMMITS):
                other.execute("SELECT pg_current_xact_id()")

    desk = Thread(target=commit, name="desk")
    desk.start()
    try:
        yield
    finally:
        over.set()
        desk.join()


def _row(what: str, ours: Served, stock: Served, *, judged: bool = True) -> Row:
    peer = f"Django under uvicorn {number(stock.rate)}"
    verdict = goal(1_000, ours.rate) if judged else ("", None)
    return Row(what, str(ours), peer, ours.rate / stock.rate, *verdict)


def _granian(port: int) -> Sequence[str]:
    return (
        PYTHON, "-m", "granian", "ops_portal.wsgi:application", "--interface", "wsgi",
        "--port", str(port), "--workers", "2", "--blocking-threads", "4", "--log-level", "error",
    )  # fmt: skip


def _stock(port: int) -> Sequence[str]:
    return live(port, "bench.stock_asgi:application")


def _served(command: Command, name: str, path: str, key: str, *, seconds: int) -> Served:
    port = free_port()
    url = f"http://localhost:{port}{path}"
    with started(*command(port), name=name) as process:
        until(lambda: listening(port), what=f"starting {name}")
        with httpx.Client(cookies={settings.SESSION_COOKIE_NAME: key}, timeout=60) as browser:
            for _ in range(WARMING):  # imports, pools, templates
                _get(browser, url)
            cookies = "; ".join(f"{c.name}={c.value}" for c in browser.cookies.jar)
        before = spent([process.pid])
        rate, requests = _wrk(url, cookies, seconds)
        took = spent([process.pid]).since(before)
    return Served(rate, took.own * 1e3 / requests, took.database * 1e3 / requests)


def _get(browser: httpx.Client, url: str) -> None:
    answer = browser.get(url)
    if answer.status_code != 200:
        raise NotServed(f"{answer.status_code} {answer.text[:200]}")


def _wrk(url: str, cookies: str, seconds: int) -> tuple[float, int]:
    """Requests a second, and how many there were."""
    said = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s",
         "-H", f"Cookie: {cookies}", url],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    requests = re.search(r"(\d+) requests in", said)
    if "Non-2xx" in said or not rate or not requests or not int(requests[1]):
        raise NotServed(said)
    return float(rate[1]), int(requests[1])
