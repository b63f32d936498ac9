"""Real PostgreSQL and Valkey for the test run, started before Django reads its settings."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest

from ops_portal import embedded

DURABILITY_OFF = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start the servers once; xdist workers inherit their URLs and take a Redis database each."""
    os.environ.setdefault("SECRET_KEY", "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz")
    os.environ.setdefault("DATABASE_POOL", "24")  # tests race in many threads of one process
    os.environ.setdefault("ALLOWED_HOSTS", "localhost,127.0.0.1,testserver")
    os.environ.setdefault("STATIC_HASHED", "0")
    os.environ.setdefault("INSECURE_HTTP", "1")
    os.environ.setdefault("REQUIRE_MFA", "0")  # tests/security turns it on where it is tested
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        os.environ["REDIS_URL"] = (
            f"{os.environ['REDIS_URL'].rsplit('/', 1)[0]}/{int(worker[2:]) + 1}"
        )
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # atexit stops the servers
    state = Path(tempfile.mkdtemp(prefix="portal-test-"))
    state.chmod(0o711)
    atexit.register(shutil.rmtree, state, ignore_errors=True)
    if "DATABASE_URL" not in os.environ:
        database = embedded.start_postgres(state, options=DURABILITY_OFF)
        atexit.register(database.stop)
        os.environ["DATABASE_URL"] = database.url
    if "REDIS_URL" not in os.environ:
        cache = embedded.start_valkey(state)
        atexit.register(cache.stop)
        os.environ["REDIS_URL"] = cache.url
