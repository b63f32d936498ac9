"""`manage.py desk`: everything of a small desk on one machine, under one supervisor.

It runs before Django is set up, for it makes the servers that the settings point at. Given
DATABASE_URL or REDIS_URL it uses those instead of a server of its own.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from ops_portal import embedded
from ops_portal.kept import Kept
from ops_portal.supervisor import Child, Ending, Log, Supervisor, end_leftovers

BASE = Path(__file__).resolve().parent.parent
FREE_BYTES = 500_000_000
PAGE_SECONDS = 60.0
WORKER = ["worker", "--pool", "threads", "--concurrency", "8", "-l", "WARNING"]
WORKER += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
PROCESSES = ("live", "engine", "worker", "beat", "demo")
DATABASES = {"portal": "0", "portal_demo": "1"}  # name -> number of its Redis database


class CannotStart(Exception):
    """The desk cannot start; the message is one sentence for a person."""


def main() -> int:
    log = Log(["desk", *PROCESSES])
    state = Path(os.environ.get("PORTAL_STATE", BASE / ".portal"))
    try:
        with Ending() as ending:
            return _run(state, log, ending)
    except (CannotStart, embedded.ServerUnavailable) as refusal:
        log.write("desk", str(refusal))
    except OSError as failure:
        if failure.errno != errno.ENOSPC:
            raise
        log.write("desk", f"The disk that holds {state} is full.")
    return 1


def _run(state: Path, log: Log, ending: Ending) -> int:
    port = _port()
    _make_folder(state)
    ending.enter_context(closing(_lock(state, port)))
    end_leftovers(state / "children", mark=str(BASE))
    _refuse_busy(port)
    demo = _wants_demo()
    name = "portal_demo" if demo else "portal"
    kept, urls = _servers(state, name, log, ending)
    environment = _environment(state, port, name, urls | {"DEMO": "1" if demo else "0"})
    children = [Child(name, command) for name, command in _commands(state, port, environment)]
    supervisor = Supervisor(
        children,
        environment=environment,
        record=state / "children",
        log=log,
        ending=ending,
        menders=[server.mend for server in kept],
    )
    supervisor.catch_signals()
    link = _prepare(environment)
    supervisor.start()
    try:
        _await_page(port, supervisor)
        if not supervisor.stopping:
            _announce(log, environment, link)
        supervisor.keep_running()
    finally:
        log.write("desk", "stopping; a second Ctrl-C does not wait")
        supervisor.stop()
    return 0


def _port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isdigit() or not 0 < int(given) < 65536:
        raise CannotStart(f"PORT must be a number from 1 to 65535, not {given!r}.")
    return int(given)


def _make_folder(state: Path) -> None:
    """A folder that only its owner reads (others may pass: PostgreSQL of root runs as another)."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        state.chmod(0o711 if os.geteuid() == 0 else 0o700)
    except PermissionError as refused:
        raise CannotStart(
            f"{state} belongs to another user: remove it, or run as the user who made it."
        ) from refused
    free = shutil.disk_usage(state).free
    if free < FREE_BYTES:
        raise CannotStart(
            f"Only {free // 1_000_000} MB are free on the disk of {state}; "
            f"{FREE_BYTES // 1_000_000} MB are needed."
        )


def _lock(state: Path, port: int) -> IO[str]:
    """Held while the desk runs; the system frees it when the desk is killed."""
    lock = (state / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        lock.seek(0)
        raise CannotStart(
            f"The desk already runs at {lock.read().strip()}: stop it there with Ctrl-C first."
        ) from taken
    lock.truncate(0)
    lock.write(f"http://localhost:{port} (process {os.getpid()})")
    lock.flush()
    return lock


def _refuse_busy(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as refused:
            raise CannotStart(f"Port {port} needs root: choose one above 1023.") from refused
        except OSError as taken:
            raise CannotStart(
                f"Port {port} is in use: choose another, for example `make run PORT={port + 1}`."
            ) from taken


def _wants_demo() -> bool:
    usual = "0" if "DATABASE_URL" in os.environ else "1"
    return os.environ.get("DEMO", usual).lower() in {"1", "true", "on"}


def _environment(state: Path, port: int, name: str, made: dict[str, str]) -> dict[str, str]:
    """What the children get: the given environment, completed; also written to `state`/env."""
    given = dict(os.environ)
    made = made | {
        "SECRET_KEY_FILE": _secret(state, "SECRET_KEY", secrets.token_urlsafe(50)),
        "ENCRYPTION_KEYS_FILE": _secret(
            state, "ENCRYPTION_KEYS", urlsafe_b64encode(secrets.token_bytes(32)).decode()
        ),
        "PORTAL_URL": f"http://localhost:{port}",
        "STATIC_ROOT": str(state / "static"),
        "AUDIT_ANCHORS": str(state / f"{name}-anchors.jsonl"),
    }
    comfort = {"INSECURE_HTTP": "1", "REQUIRE_MFA": "0", "PYTHONUNBUFFERED": "1"}
    missing = {key: value for key, value in made.items() if not _given(given, key)}
    settings = missing | {k: v for k, v in comfort.items() if not _given(given, k)}
    _write_env(state / "env", settings)
    return given | settings | {"DEMO": made["DEMO"]}


def _given(environment: Mapping[str, str], name: str) -> bool:
    plain = name.removesuffix("_FILE")
    return plain in environment or f"{plain}_FILE" in environment


def _servers(state: Path, name: str, log: Log, ending: Ending) -> tuple[list[Kept], dict[str, str]]:
    """Start what is not given; PostgreSQL is stopped last."""
    kept, urls = [], {}
    if not _given(os.environ, "DATABASE_URL"):
        log.write("desk", "starting PostgreSQL")
        start = partial(embedded.start_postgres, state)
        postgres = Kept("PostgreSQL", start, log=log, ending=ending)
        kept.append(postgres)
        _make_database(postgres.server.url, name)
        owner = urlsplit(postgres.server.url)._replace(path=f"/{name}")
        urls["MIGRATE_DATABASE_URL"] = urlunsplit(owner)
        app = owner._replace(netloc=owner.netloc.replace("portal_owner@", "portal@"))
        urls["DATABASE_URL"] = urlunsplit(app)
    if not _given(os.environ, "REDIS_URL"):
        log.write("desk", "starting Valkey")
        password = Path(_secret(state, "VALKEY_PASSWORD", secrets.token_urlsafe(24))).read_text()
        port = embedded.free_port()
        start = partial(embedded.start_valkey, state, password=password, port=port)
        valkey = Kept("Valkey", start, log=log, ending=ending)
        kept.append(valkey)
        urls["REDIS_URL"] = f"{valkey.server.url.rsplit('/', 1)[0]}/{DATABASES[name]}"
    return kept, urls


def _make_database(url: str, name: str) -> None:
    """The database `name` of portal_owner and the role `portal` that the processes run under."""
    with psycopg.connect(url, autocommit=True) as connection:
        known = "SELECT 1 FROM pg_roles WHERE rolname = 'portal'"
        if connection.execute(known).fetchone() is None:
            connection.execute("CREATE ROLE portal LOGIN")
        known = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(known, [name]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _secret(state: Path, name: str, fresh: str) -> str:
    """The path of a file with the secret; written once."""
    folder = state / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    if not path.exists() or not path.read_text():
        path.touch(mode=0o600)
        path.write_text(fresh)
    return str(path)


def _write_env(path: Path, settings: dict[str, str]) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    lines = [f"export {name}='{value}'\n" for name, value in sorted(settings.items())]
    path.write_text("".join(lines))


def _commands(state: Path, port: int, environment: dict[str, str]) -> list[tuple[str, list[str]]]:
    python, manage = sys.executable, str(BASE / "manage.py")
    quiet = ["-W", "ignore::UserWarning:celery.platforms"]  # root is no surprise here
    celery = [python, *quiet, "-m", "celery", "-q", "--workdir", str(BASE), "-A", "ops_portal"]
    live = [python, "-m", "uvicorn", "ops_portal.asgi:application", "--app-dir", str(BASE)]
    live += ["--host", "127.0.0.1", "--port", str(port), "--no-access-log", "--no-server-header"]
    live += ["--ws-max-size", "16384", "--ws-per-message-deflate", "false"]
    live += ["--timeout-graceful-shutdown", "3", "--log-level", "warning"]
    commands = [
        ("live", live),
        ("engine", [python, manage, "run_engine"]),
        ("worker", [*celery, *WORKER]),
        ("beat", [*celery, "beat", "-s", str(state / "beat"), "-l", "WARNING"]),
    ]
    if environment["DEMO"] == "1":
        commands.append(("demo", [python, manage, "simulate_desk"]))
    return commands


def _prepare(environment: dict[str, str]) -> str:
    """Run `manage.py prepare`; it prints the first administrator's link, or nothing."""
    command = [sys.executable, str(BASE / "manage.py"), "prepare", "--link"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise CannotStart("The database could not be prepared; the reason stands above.")
    return done.stdout.strip()


def _await_page(port: int, supervisor: Supervisor) -> None:
    deadline = time.monotonic() + PAGE_SECONDS
    while time.monotonic() < deadline and not supervisor.stopping:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)


def _announce(log: Log, environment: dict[str, str], link: str) -> None:
    line = f"Ops Portal is up: {environment['PORTAL_URL']}"
    if link:
        line += f"  First administrator (once, within 1 h): {link}"
    log.write("desk", line)
