"""A storm on the whole desk: 100,000 series fire within a minute, a critical one among them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from aiosmtpd.controller import Controller
from django.conf import settings
from redis import Redis

from alerts.models import Alert, Policy, PolicyStep, Receiver, Route, Rule
from bench.ground import PYTHON, celery, clear, engine, free_port, listening, started, until
from bench.people import sessions
from bench.table import Row, quantile

STORM, RISING, WINDOW = 100_000, 60.0, 300.0  # alerts; seconds
LOOKS = 30
PEOPLE, CHAT = "people@desk.example", "chat@desk.example"


@dataclass
class Mailbox:
    """How many mails each address got, and when the first that tells of the critical alert came."""

    counts: Counter[str] = field(default_factory=Counter)
    grave_at: float | None = None

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:  # noqa: N802 - aiosmtpd's name
        content = bytes(getattr(envelope, "original_content", b""))
        for address in getattr(envelope, "rcpt_tos", ()):
            self.counts[address] += 1
        if b"Book is stuck" in content and self.grave_at is None:
            self.grave_at = time.time()
        return "250 OK"


def measure(scale: float) -> list[Row]:
    size = max(100, int(STORM * scale))
    rising, window = max(2.0, RISING * min(1, scale)), max(15.0, WINDOW * min(1, scale))
    clear()
    with _sink() as (mailbox, url), _desk(), _engine(url):
        began = time.time()
        grave_at = _rise(size, rising)
        until(
            lambda: Alert.objects.count() > size, what="storing the storm", pause=0.5, patience=900
        )
        stored = time.time() - began
        looks = _looks()
        time.sleep(max(0.0, began + window - time.time()))
        most = max(mailbox.counts.values(), default=0)
    late = (mailbox.grave_at or float("inf")) - grave_at
    slow = quantile(looks, 0.95)
    return [
        Row(
            f"{size:,} series fire within {rising:.0f} s: all alerts stored after",
            f"{stored:.3g} s ({size / stored:,.0f} alerts/s)",
        ),
        Row(
            f"messages to the channel that got most, {window:.0f} s from the start",
            f"{most}",
            goal="<= 20",
            met=0 < most <= 20,
        ),
        Row(
            "XADD -> mail of a critical alert in the midst",
            f"{late:.3g} s",
            goal="<= 10 s",
            met=late <= 10,
        ),
        Row(
            f"alerts page with {size:,} firing, {LOOKS} times",
            f"p95 {slow:.3g} s",
            goal="<= 1 s",
            met=slow <= 1,
        ),
    ]


def _rise(size: int, seconds: float) -> float:
    """Breach the rule on one series after another; when the critical entry was written."""
    sent, began, grave_at = 0, time.time(), 0.0
    with Redis.from_url(settings.REDIS_URL) as redis:
        while sent < size:
            due = min(size, int((time.time() - began) / seconds * size))
            pipe = redis.pipeline(transaction=False)
            for number in range(sent, due):
                fields = {"source": "bench", "strategy": f"s{number}", "bench_figure": "9"}
                pipe.xadd("performance_metrics", fields)
            pipe.execute()
            sent = due
            if not grave_at and sent >= size // 2:
                grave_at = time.time()
                grave = {"source": "bench", "strategy": "book", "bench_gap": "9"}
                redis.xadd("performance_metrics", grave)
            time.sleep(0.02)
    return grave_at


def _looks() -> list[float]:
    """Seconds of each look at the list."""
    port, key = free_port(), sessions(1)[0]
    command = (
        PYTHON, "-m", "granian", "ops_portal.wsgi:application", "--interface", "wsgi",
        "--port", str(port), "--log-level", "error",
    )  # fmt: skip
    taken = []
    with started(*command, name="storm-web"):
        until(lambda: listening(port), what="starting the web process")
        cookies = {settings.SESSION_COOKIE_NAME: key}
        with httpx.Client(cookies=cookies, timeout=60) as browser:
            for _ in range(LOOKS):
                began = time.perf_counter()
                browser.get(f"http://localhost:{port}/alerts/").raise_for_status()
                taken.append(time.perf_counter() - began)
    return taken[1:]


@contextmanager
def _sink() -> Iterator[tuple[Mailbox, str]]:
    mailbox = Mailbox()
    sink = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    sink.start()
    try:
        yield mailbox, f"smtp://127.0.0.1:{sink.port}"
    finally:
        sink.stop()


@contextmanager
def _engine(mail: str) -> Iterator[None]:
    worker = celery("worker", "--pool", "threads", "--concurrency", "8", "-l", "WARNING")
    with (
        started(*engine(), name="storm-engine", environment={"EMAIL_URL": mail}),
        started(*worker, name="storm-worker", environment={"EMAIL_URL": mail}),
    ):
        yield


@contextmanager
def _desk() -> Iterator[None]:
    """Rules of both severities; people are told by a policy, a channel in groups of one alert."""
    made = [_receiver("bench-people", PEOPLE), _receiver("bench-chat", CHAT)]
    policy = Policy.objects.create(name="bench-storm")
    PolicyStep.objects.create(policy=policy, position=0).receivers.add(made[0])
    root, _ = Route.objects.get_or_create(parent=None, defaults={"name": "Everything"})
    root.receivers.add(made[1])
    Route.objects.filter(pk=root.pk).update(group_by=["strategy"])
    rules = [_rule("bench-storm", "bench_figure", "Slow {{strategy}}", "warning", policy),
             _rule("bench-grave", "bench_gap", "Book is stuck", "critical", policy)]  # fmt: skip
    try:
        yield
    finally:
        clear()
        for row in (*rules, policy):
            row.delete()
        root.receivers.clear()
        Route.objects.filter(pk=root.pk).update(group_by=None)
        for receiver in made:
            receiver.delete()


def _receiver(name: str, address: str) -> Receiver:
    return Receiver.objects.create(name=name, kind="email", address=address)


def _rule(name: str, metric: str, title: str, severity: str, policy: Policy) -> Rule:
    return Rule.objects.create(
        name=name, title=title, metric=metric, aggregate="last", comparison=">", threshold=5,
        severity=severity, policy=policy, no_data_seconds=0,
    )  # fmt: skip
