"""Page requests a second: a list of twenty alerts, read by the ORM, for a person with a session."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence

import httpx
from django.conf import settings

from bench.ground import PYTHON, clear, free_port, listening, live, started, until
from bench.people import alerts, sessions
from bench.table import Row, goal, number

PATH = "/alerts/"
ROWS = 20
CONNECTIONS = 32
WARMING = 12  # requests before the clock runs


class NotServed(Exception):
    """A page answered something else than 200."""


def measure(scale: float) -> list[Row]:
    if not shutil.which("wrk"):
        return [Row("page requests/s", "left out: wrk is not installed")]
    clear()
    alerts(ROWS)
    cookie = f"{settings.SESSION_COOKIE_NAME}={sessions(1)[0]}"
    seconds = max(5, round(8 * scale))
    ours = _served(_granian, "pages-web", cookie, seconds)
    one_port = _served(live, "pages-live", cookie, seconds)
    stock = _served(_stock, "pages-stock", cookie, seconds)
    return [
        Row(
            f"alerts page with {ROWS} rows, web process, requests/s",
            number(ours),
            f"Django under uvicorn {number(stock)}",
            ours / stock,
            *goal(1_000, ours),
        ),
        Row(
            "the same from the live process (one port)",
            number(one_port),
            f"Django under uvicorn {number(stock)}",
            one_port / stock,
        ),
    ]


def _granian(port: int) -> Sequence[str]:
    return (
        PYTHON, "-m", "granian", "ops_portal.wsgi:application", "--interface", "wsgi",
        "--port", str(port), "--workers", "2", "--blocking-threads", "4", "--log-level", "error",
    )  # fmt: skip


def _stock(port: int) -> Sequence[str]:
    return live(port, "bench.stock_asgi:application")


def _served(command: Callable[[int], Sequence[str]], name: str, cookie: str, seconds: int) -> float:
    port = free_port()
    with started(*command(port), name=name):
        until(lambda: listening(port), what=f"starting {name}")
        for _ in range(WARMING):  # imports, pools, templates
            _get(port, cookie)
        return _wrk(port, cookie, seconds)


def _get(port: int, cookie: str) -> None:
    answer = httpx.get(f"http://localhost:{port}{PATH}", headers={"Cookie": cookie}, timeout=60)
    if answer.status_code != 200:
        raise NotServed(f"{answer.status_code} {answer.text[:200]}")


def _wrk(port: int, cookie: str, seconds: int) -> float:
    said = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s",
         "-H", f"Cookie: {cookie}", f"http://localhost:{port}{PATH}"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    if "Non-2xx" in said:
        raise NotServed(said)
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if not found or not float(found[1]):
        raise NotServed(said)
    return float(found[1])
