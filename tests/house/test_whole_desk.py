"""`manage.py desk` from nothing: page, link, data; killed, started again, stopped by Ctrl-C."""

from __future__ import annotations

import http.client
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis

from ops_portal import desk
from ops_portal.survivors import is_running

PATIENCE = 180.0


class RunningDesk:
    """A desk in a folder of its own, its log lines and its servers."""

    def __init__(self, state: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.state = state
        self.log = state.parent / f"desk-{self.port}.log"
        ours = ("DATABASE", "REDIS", "SECRET", "STATIC", "ALLOWED")
        clean = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(desk.BASE / "manage.py"), "desk"],
                env=clean | {"PORTAL_STATE": str(state), "PORT": str(self.port), "DEMO": "0"},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_until_up(self) -> str:
        """The line that says so."""
        eventually(lambda: "is up" in self.log.read_text(), self.log)
        return next(line for line in self.log.read_text().splitlines() if "is up" in line)

    def variables(self) -> dict[str, str]:
        lines = (self.state / "env").read_text().splitlines()
        return dict(shlex.split(line)[1].split("=", 1) for line in lines)

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=30)
        connection.request("GET", path)
        return connection.getresponse().status

    def is_ready(self) -> bool:
        try:
            return self.get("/readyz") == 200
        except OSError:  # a process of the desk starts again
            return False

    def send_signal_event(self, number: int) -> None:
        with redis.Redis.from_url(self.variables()["REDIS_URL"]) as client:
            client.xadd("trading_signals", {"symbol": "BTC/USDT", "signal": "buy", "n": number})

    def stored_signals(self) -> int:
        with psycopg.connect(self.variables()["DATABASE_URL"]) as connection:
            row = connection.execute("SELECT count(*) FROM analytics_signal").fetchone()
        return row[0] if row else 0

    def process_ids(self) -> list[int]:
        kept = [int(line) for line in (self.state / "children").read_text().split()]
        postgres = (self.state / "postgres" / "postmaster.pid").read_text().split()[0]
        valkey = (self.state / "valkey" / "valkey.pid").read_text().strip()
        return [*kept, int(postgres), int(valkey)]


def eventually(condition: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.2)


@pytest.mark.slow
def test_the_desk_comes_up_survives_a_kill_and_stops_without_a_trace(state: Path) -> None:
    first = RunningDesk(state)
    link = re.search(r"http://localhost:\d+(/setup/\S+)", first.wait_until_up())
    assert link
    assert first.get(link[1]) == 200
    assert first.get("/accounts/login/") == 200
    assert (state / "env").stat().st_mode & 0o777 == 0o600
    first.send_signal_event(1)
    eventually(lambda: first.stored_signals() == 1, first.log)

    orphans = first.process_ids()
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    second = RunningDesk(state)
    second.wait_until_up()

    assert not any(map(is_running, orphans))
    second.send_signal_event(2)
    eventually(lambda: second.stored_signals() == 2, second.log)
    for server in second.process_ids()[-2:]:
        os.kill(server, signal.SIGKILL)
    eventually(lambda: second.log.read_text().count("starts again") >= 2, second.log)
    eventually(second.is_ready, second.log)
    second.send_signal_event(3)
    eventually(lambda: second.stored_signals() == 3, second.log)
    children = second.process_ids()
    asked = time.monotonic()
    second.process.send_signal(signal.SIGINT)
    code = second.process.wait(60)
    print(f"\nstopped {time.monotonic() - asked:.1f} s after Ctrl-C")

    assert code == 0
    assert not any(map(is_running, children))
