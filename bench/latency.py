"""From XADD to the socket: the age of the newest event when a batch reaches a browser."""

from __future__ import annotations

import random
import time

from django.conf import settings
from redis import Redis

from bench.crowd import crowd
from bench.events import execution
from bench.fanout import group_latency
from bench.ground import clear, engine, free_port, listening, live, started, until
from bench.people import sessions
from bench.table import Row, milliseconds, quantile

CASES = ((1_000, 100, 0.050), (10_000, 1_000, 0.100))  # events/s, sockets, goal p99 in seconds
SECONDS = 8.0


def measure(scale: float) -> list[Row]:
    rows = []
    for rate, sockets, most in CASES:
        crowded, paced = max(10, int(sockets * scale)), max(20, int(rate * scale))
        seconds = max(2.0, SECONDS * min(1, scale))
        ages = _ages(paced, crowded, seconds)
        late = quantile(ages, 0.99)
        peer = group_latency("pubsub", crowded, messages=max(5, int(40 * scale)))
        rows.append(
            Row(
                f"XADD -> socket, {paced:,} events/s, {crowded:,} sockets at 10 Hz",
                milliseconds(ages),
                f"PubSub groups at 5 messages/s {milliseconds(peer)}",
                quantile(peer, 0.99) / late,
                f"p99 < {most * 1e3:.0f} ms",
                late < most,
            )
        )
    return rows


def _ages(rate: int, sockets: int, seconds: float) -> list[float]:
    clear()
    port = free_port()
    with started(*live(port), name="latency-live"), started(*engine(), name="latency-engine"):
        until(lambda: listening(port), what="starting the live process")
        with crowd(port, sockets, sessions(sockets // 15 + 1), hz=10) as people:
            _write(rate, 2.0)  # the first events make partitions, series and rollups
            people.look()
            _write(rate, seconds)
            return people.look().ages


def _write(rate: int, seconds: float) -> None:
    """Write executions at an even rate, each with the moment of its XADD, in small pipelines."""
    rng, sent, began = random.Random(5), 0, time.time()
    base = int(began * 1e6)
    with Redis.from_url(settings.REDIS_URL) as redis:
        while (now := time.time()) - began < seconds:
            due = int((now - began) * rate) - sent
            pipe = redis.pipeline(transaction=False)
            for _ in range(due):
                fields = execution(base + sent, at_ms=int(time.time() * 1e3), rng=rng)
                pipe.xadd("trade_executions", fields)
                sent += 1
            pipe.execute()
            time.sleep(0.002)
