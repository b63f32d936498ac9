"""From XADD to the first attempt of a notification, idle and while two thousand events/s come."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from django.conf import settings
from redis import Redis

from alerts.models import Attempt, Policy, PolicyStep, Receiver, Rule
from bench.events import execution
from bench.ground import celery, clear, engine, free_port, started, until
from bench.table import Row, milliseconds, quantile

FIRINGS = 60
LOAD = 2_000  # events a second
PAUSE = 0.1


def measure(scale: float) -> list[Row]:
    firings, load = max(5, int(FIRINGS * scale)), int(LOAD * min(1, scale))
    rows = []
    for words, rate, most in (("idle", 0, 0.2), (f"at {load:,} events/s", load, 0.5)):
        seconds = _fired(firings, rate)
        late = quantile(seconds, 0.95)
        rows.append(
            Row(
                f"XADD -> first attempt, {words}",
                f"{milliseconds(seconds)}, p95 {late * 1e3:.3g}",
                "",
                None,
                f"p95 <= {most * 1e3:.0f} ms",
                late <= most,
            )
        )
    return rows


def _fired(firings: int, rate: int) -> list[float]:
    """Seconds from the entry to the start of the first attempt, one per firing."""
    clear()
    with _sink() as port, _rule():
        mail = {"EMAIL_URL": f"smtp://127.0.0.1:{port}"}
        worker = celery("worker", "--pool", "threads", "--concurrency", "8", "-l", "WARNING")
        with (
            started(*engine(), name="firing-engine", environment=mail),
            started(*worker, name="firing-worker", environment=mail),
            _loaded(rate),
        ):
            _fire(1, "warm")
            until(Attempt.objects.exists, what="the first attempt")
            time.sleep(1)
            sent = _fire(firings, "s")
            until(lambda: len(_attempted("s")) >= firings, what="all attempts", pause=0.2)
            found = _attempted("s")
    return [found[strategy] - at for strategy, at in sent.items()]


def _fire(count: int, prefix: str) -> dict[str, float]:
    """Breach the rule once per strategy; when each entry was written."""
    sent = {}
    with Redis.from_url(settings.REDIS_URL) as redis:
        for number in range(count):
            strategy = f"{prefix}{number}"
            fields = {"source": "bench", "strategy": strategy, "bench_figure": "9"}
            sent[strategy] = time.time()
            redis.xadd("performance_metrics", fields)
            time.sleep(PAUSE)
    return sent


def _attempted(prefix: str) -> dict[str, float]:
    tried = Attempt.objects.filter(
        n=1, notification__channel="email", notification__alert__labels__strategy__startswith=prefix
    )
    rows = tried.values_list("notification__alert__labels__strategy", "started_at")
    return {strategy: at.timestamp() for strategy, at in rows}


class _Mailbox:
    async def handle_DATA(self, *_: object) -> str:  # noqa: N802 - aiosmtpd's name
        return "250 OK"


@contextmanager
def _sink() -> Iterator[int]:
    sink = Controller(_Mailbox(), hostname="127.0.0.1", port=free_port())
    sink.start()
    try:
        yield sink.port
    finally:
        sink.stop()


@contextmanager
def _rule() -> Iterator[None]:
    receiver = Receiver.objects.create(
        name="bench", kind="email", address="desk@example.org",
        per_minute=6_000,  # the way is measured, not the allowance
    )  # fmt: skip
    policy = Policy.objects.create(name="bench")
    step = PolicyStep.objects.create(policy=policy, position=0, delay_seconds=0)
    step.receivers.add(receiver)
    rule = Rule.objects.create(
        name="bench-firing", title="Bench", metric="bench_figure", aggregate="last",
        comparison=">", threshold=5, severity="critical", policy=policy,
    )  # fmt: skip
    try:
        yield
    finally:
        clear()
        rule.delete()
        policy.delete()
        receiver.delete()


@contextmanager
def _loaded(rate: int) -> Iterator[None]:
    """Other events at `rate` while the block runs."""
    done = threading.Event()
    thread = threading.Thread(target=_load, args=(rate, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _load(rate: int, done: threading.Event) -> None:
    rng, sent, began = random.Random(os.getpid()), 0, time.time()
    with Redis.from_url(settings.REDIS_URL) as redis:
        while rate and not done.wait(0.005):
            pipe = redis.pipeline(transaction=False)
            while sent < (time.time() - began) * rate:
                pipe.xadd(
                    "trade_executions",
                    execution(sent, at_ms=int(time.time() * 1e3), rng=rng),
                )
                sent += 1
            pipe.execute()
