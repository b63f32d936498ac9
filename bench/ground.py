"""Real servers with their usual durability, the portal's tables in them, and its processes."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ops_portal import embedded

ROOT = Path(__file__).resolve().parent.parent
OUT = Path(__file__).parent / "out"
PYTHON = sys.executable
MANAGE = str(ROOT / "manage.py")
KEPT = (
    *("django_", "auth_", "ops_portal_", "account_", "mfa_", "usersessions_", "pghistory_"),
    *("alerts_rule", "alerts_policy", "alerts_receiver", "alerts_route", "alerts_routing"),
    *("alerts_schedule", "alerts_team", "alerts_participant", "alerts_notificationrule"),
)  # beginnings of the names of tables that `clear` leaves alone, with all they refer to
REFERENCES = """
SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'
"""
PATIENCE = 120.0  # seconds that anything may take before the run is given up


class TooSlow(Exception):
    """What was waited for did not happen."""


@contextmanager
def ground(scale: float) -> Iterator[None]:
    """Start PostgreSQL and Valkey, set the environment, prepare the database, set Django up."""
    OUT.mkdir(exist_ok=True)
    state = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    state.chmod(0o711)
    postgres = embedded.start_postgres(
        state, options=["max_connections=200", "shared_buffers=512MB"]
    )
    valkey = embedded.start_valkey(state)
    os.environ |= {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ENCRYPTION_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "DATABASE_URL": postgres.url,
        "REDIS_URL": valkey.url,
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "INSECURE_HTTP": "1",
        "REQUIRE_MFA": "0",
        "STATIC_ROOT": str(state / "static"),
        "LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "ops_portal.settings",
        "BENCH_SCALE": str(scale),
    }
    try:
        subprocess.run([PYTHON, MANAGE, "prepare"], check=True, cwd=ROOT, capture_output=True)
        yield
    finally:
        valkey.stop()
        postgres.stop()
        shutil.rmtree(state, ignore_errors=True)


def clear() -> None:
    """Empty what events and alerts left behind: tables, streams, histograms."""
    from django.conf import settings
    from django.db import connection
    from redis import Redis

    with connection.cursor() as cursor:
        cursor.execute(REFERENCES)
        tables = _cleared(connection.introspection.table_names(), cursor.fetchall())
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"TRUNCATE {', '.join(tables)}")
        cursor.execute("SET session_replication_role = DEFAULT")
    with Redis.from_url(settings.REDIS_URL) as redis:
        redis.flushall()


def _cleared(tables: Iterable[str], references: Sequence[tuple[str, str]]) -> list[str]:
    """All but those that are kept and those that a kept one refers to."""
    kept = {name for name in tables if name.startswith(KEPT)}
    while more := {to for of, to in references if of in kept} - kept:
        kept |= more
    return sorted(set(tables) - kept)


@contextmanager
def started(
    *command: str, name: str, environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process of the portal; its output goes to `out/<name>.log`."""
    with (OUT / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def engine(name: str = "engine") -> Sequence[str]:
    return (PYTHON, MANAGE, "run_engine", "--name", name)


def live(port: int, application: str = "ops_portal.asgi:application") -> Sequence[str]:
    """The command of the live process, or of any ASGI application, on one worker."""
    return (
        PYTHON, "-m", "uvicorn", application, "--app-dir", str(ROOT), "--port", str(port),
        "--log-level", "warning", "--no-access-log", "--ws-per-message-deflate", "false",
    )  # fmt: skip


def celery(*arguments: str) -> Sequence[str]:
    return (PYTHON, "-m", "celery", "-q", "-A", "ops_portal", *arguments)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def until(
    reached: Callable[[], bool], *, what: str, pause: float = 0.02, patience: float = PATIENCE
) -> float:
    """Wait for something; returns the monotonic time at which it was seen."""
    deadline = time.monotonic() + patience
    while not reached():
        if time.monotonic() > deadline:
            raise TooSlow(f"{what} took longer than {patience:.0f} s")
        time.sleep(pause)
    return time.monotonic()


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
