"""Messages a second to a thousand sockets: the hub against stock channel-layer groups."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable

from django.conf import settings
from redis import Redis

from analytics import live
from bench.crowd import Crowd, Seen, crowd
from bench.ground import PYTHON, ROOT, clear, free_port, listening, started, until
from bench.ground import live as live_process
from bench.people import sessions
from bench.table import Row, number

RATES = (250, 500, 1_000, 1_500)  # messages a second; the highest that arrives whole counts
SECONDS = 4.0
BURST = 30  # messages to the group
FRAME = {"value": 12.5, "note": "x" * 120}


def measure(scale: float) -> list[Row]:
    sockets = max(20, int(1_000 * scale))
    ours, share = _hub(sockets, max(1.0, SECONDS * min(1, scale)))
    peers = {
        layer: _groups(layer, sockets, max(5, int(BURST * scale))) for layer in ("core", "pubsub")
    }
    best = max(peers.values())
    told = ", ".join(f"{layer} {number(rate)}" for layer, rate in peers.items())
    return [
        Row(
            f"messages/s to {sockets:,} sockets ({share:.0%} arrived)",
            number(ours),
            f"Channels groups {told}",
            ours / best,
            ">= 100x",
            ours >= 100 * best,
        )
    ]


def _hub(sockets: int, seconds: float) -> tuple[float, float]:
    """The best rate at which every message reached every socket, and the share that did."""
    clear()
    port, best, share = free_port(), 0.0, 0.0
    with started(*live_process(port), name="fanout-live"):
        until(lambda: listening(port), what="starting the live process")
        with crowd(port, sockets, sessions(sockets // 15 + 1)) as people:
            for rate in RATES:
                arrived, reached = _paced(people, rate, seconds, sockets)
                if arrived < 0.999 and best:
                    break
                if reached > best:
                    best, share = reached, arrived
    return best, share


def _paced(people: Crowd, rate: int, seconds: float, sockets: int) -> tuple[float, float]:
    """Send distinct keys at `rate`, ten an entry; the share that came and deliveries a second."""
    people.look()
    sent, began = 0, time.time()
    with Redis.from_url(settings.REDIS_URL) as redis:
        while sent < rate * seconds:
            ts = time.time()
            live.push(redis, [live.Frame("samples", f"{sent + n}:1", ts, FRAME) for n in range(10)])
            sent += 10
            time.sleep(max(0.0, began + sent / rate - time.time()))
    came, last = _settled(people, lambda seen: seen.items, sent * sockets)
    return came / (sent * sockets), came / max(last - began, 1e-3)


def _groups(layer: str, sockets: int, burst: int) -> float:
    """Deliveries a second of a burst of group_send."""
    clear()
    port = free_port()
    with started(
        *live_process(port, "bench.stock_groups:application"),
        name=f"fanout-{layer}",
        environment={"BENCH_LAYER": layer},
    ):
        until(lambda: listening(port), what=f"starting {layer}")
        with crowd(port, sockets, ["none"]) as people:
            people.look()
            began = time.time()
            subprocess.run(
                [PYTHON, "-m", "bench.stock_groups", str(burst)],
                cwd=ROOT, env={**os.environ, "BENCH_LAYER": layer}, check=True,
            )  # fmt: skip
            came, last = _settled(people, lambda seen: seen.plain, burst * sockets)
    return came / max(last - began, 1e-3)


def _settled(people: Crowd, count: Callable[[Seen], int], wanted: int) -> tuple[int, float]:
    """Look until everything came or nothing more comes; how many, and when the last one did."""
    came, last, idle = 0, 0.0, 0
    while came < wanted and idle < 10:
        time.sleep(0.3)
        seen = people.look()
        came, last = came + count(seen), max(last, seen.last)
        idle = 0 if count(seen) else idle + 1
    return came, last


def group_latency(layer: str, sockets: int, *, messages: int) -> list[float]:
    """Seconds from group_send to each socket, five messages a second."""
    clear()
    port = free_port()
    environment = {"BENCH_LAYER": layer}
    application = live_process(port, "bench.stock_groups:application")
    with started(*application, name=f"latency-{layer}", environment=environment):
        until(lambda: listening(port), what=f"starting {layer}")
        with crowd(port, sockets, ["none"]) as people:
            people.look()
            subprocess.run(
                [PYTHON, "-m", "bench.stock_groups", str(messages), "0.2"],
                cwd=ROOT, env={**os.environ, **environment}, check=True,
            )  # fmt: skip
            time.sleep(2)
            return people.look().ages
