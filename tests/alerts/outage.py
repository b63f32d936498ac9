"""Workers and an engine that are killed, a Redis that goes away, and alerts that fire meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from alerts import transitions
from alerts.births import Episode
from alerts.models import Notification, Policy, PolicyStep, Receiver
from alerts.options import sealed
from ops_portal import embedded
from tests.analytics.engines import BASE, environment
from tests.sinks import WebSink

THREADS = 8
WORKER = ["-m", "celery", "-q", "-A", "ops_portal", "worker", "--pool", "threads"]
WORKER += ["--concurrency", str(THREADS), "-l", "ERROR", "--without-gossip", "--without-mingle"]
WORKER += ["--without-heartbeat"]
ENGINE = [str(BASE / "manage.py"), "run_engine", "--name", "engine"]

Process = subprocess.Popen[bytes]


class Portal:
    """What sends: a worker and an engine, under the settings as shipped."""

    def __init__(self, redis_url: str, only: str = "") -> None:
        self.redis_url = redis_url
        programs = {"engine": ENGINE, "worker": WORKER}
        self.programs = {only: programs[only]} if only else programs
        self.running = {name: self._start(name) for name in self.programs}

    def _start(self, name: str) -> Process:
        program = self.programs[name]
        return subprocess.Popen(
            [
                sys.executable,
                "-W",
                "ignore",
                *program,
                *(["-n", name] if program is WORKER else []),
            ],
            env=environment(
                OUTBOUND_ALLOWED_NETS="127.0.0.0/8",
                ENCRYPTION_KEYS=os.environ.get("ENCRYPTION_KEYS", ""),
                REDIS_URL=self.redis_url,
                STREAMS_URL=self.redis_url,
            ),
            cwd=BASE,
            stdout=subprocess.DEVNULL,
        )

    def kill(self, name: str) -> None:
        """kill -9, and start it again as a supervisor does."""
        self.running[name].send_signal(signal.SIGKILL)
        self.running[name].wait()
        self.running[name] = self._start(name)

    def stop(self) -> float:
        """SIGTERM to all, as when a new version is rolled out; seconds until the last had ended."""
        started = time.monotonic()
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(timeout=90)
        return time.monotonic() - started

    def restart(self) -> None:
        self.running = {name: self._start(name) for name in self.programs}

    def end(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()


@contextmanager
def portal(redis_url: str, *, only: str = "") -> Iterator[Portal]:
    started = Portal(redis_url, only)
    try:
        yield started
    finally:
        started.end()


class Broker:
    """A Redis that can go away and come back under the same address, with what it had written."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.server = embedded.start_valkey(state)
        self.url = self.server.url

    def stop(self) -> None:
        self.server.process.kill()
        self.server.process.wait()

    def start(self) -> None:
        self.server = embedded.start_valkey(self.state, port=urlsplit(self.url).port)


def tell_by_webhook(sink: WebSink, names: list[str]) -> None:
    """A default policy that tells each of these receivers at once."""
    policy = Policy.objects.create(name="default", is_default=True)
    step = PolicyStep.objects.create(policy=policy, position=0)
    for name in names:
        receiver = Receiver.objects.create(
            name=name,
            kind="webhook",
            secret=sealed("webhook", {"webhook": sink.url}),
            per_minute=30_000,
        )
        step.receivers.add(receiver)


def fire(numbers: range) -> None:
    """One alert a number."""
    for number in numbers:
        transitions.fire(
            Episode(
                fingerprint=f"{number:016x}",
                rule_name="high_drawdown",
                title="High drawdown",
                severity="critical",
                labels={"alertname": "high_drawdown", "account": str(number)},
                source="desk",
                value=-0.06,
                threshold=-0.05,
            ),
            via="engine",
            now=datetime.now(UTC),
        )


def until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Wait for it; whether it came true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def made() -> dict[str, float]:
    """When each message was owed, by its key, as the monotonic clock says."""
    shift = time.monotonic() - time.time()
    rows = Notification.objects.filter(channel="webhook").values_list("key", "created_at")
    return {key: at.timestamp() + shift for key, at in rows}


def spread(seconds: Sequence[float]) -> str:
    if not seconds:
        return "-"
    high = seconds[min(len(seconds) - 1, len(seconds) * 99 // 100)]
    return f"{seconds[len(seconds) // 2]:.1f} s (p50), {high:.1f} s (p99)"
