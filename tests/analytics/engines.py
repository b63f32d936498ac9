"""Real engine processes over the test's database and Redis."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

BASE = Path(__file__).resolve().parent.parent.parent


def environment(**more: str) -> dict[str, str]:
    """The environment of a child process that uses the test database."""
    database = connection.settings_dict
    base, _, query = os.environ["DATABASE_URL"].partition("?")
    url = f"{base.rsplit('/', 1)[0]}/{database['NAME']}"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "ops_portal.settings",
        "DATABASE_URL": f"{url}?{query}" if query else url,
        "REDIS_URL": settings.REDIS_URL,
        **more,
    }


def start(name: str = "engine", **more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(BASE / "manage.py"), "run_engine", "--name", name],
        env=environment(**more),
        cwd=BASE,
    )


def stop(process: subprocess.Popen[bytes], number: int = signal.SIGKILL) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.send_signal(number)
    process.wait(timeout=30)


@contextmanager
def running(name: str = "engine", **more: str) -> Iterator[subprocess.Popen[bytes]]:
    process = start(name, **more)
    try:
        yield process
    finally:
        stop(process)


def until(condition: Callable[[], bool], *, seconds: float = 60.0, what: str = "") -> None:
    """Wait for a condition; a generous deadline, no busy loop."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what or "the condition never came true"
        time.sleep(0.1)
