"""From XADD to the socket: the age of the newest event when a batch reaches a browser."""

from __future__ import annotations

from bench.crowd import crowd
from bench.fanout import group_latency
from bench.ground import clear, engine, free_port, listening, live, started, until
from bench.people import sessions
from bench.table import Row, milliseconds, quantile
from bench.writer import prepared, write

CASES = ((1_000, 100, 0.050), (10_000, 1_000, 0.100))  # events/s, sockets, goal p99 in seconds
SECONDS, WARMING = 8.0, 2.0


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
            some = prepared(int(rate * (WARMING + seconds)))
            first = int(rate * WARMING)  # they make partitions, series and rollups
            write(some[:first], rate=rate)
            people.look()
            write(some[first:], rate=rate)
            return people.look().ages
