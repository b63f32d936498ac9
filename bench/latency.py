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
ROUNDS = 3  # one after the other; the middle one counts, for a pause of the machine spoils one


def measure(scale: float) -> list[Row]:
    rows = []
    for rate, sockets, most in CASES:
        crowded, paced = max(10, int(sockets * scale)), max(20, int(rate * scale))
        seconds = max(2.0, SECONDS * min(1, scale))
        rounds = sorted(_rounds(paced, crowded, seconds), key=_late)
        ages, late = rounds[ROUNDS // 2], _late(rounds[ROUNDS // 2])
        peer = group_latency("pubsub", crowded, messages=max(5, int(40 * scale)))
        rows.append(
            Row(
                f"XADD -> socket, {paced:,} events/s, {crowded:,} sockets at 10 Hz",
                f"{milliseconds(ages)} (rounds {_told(rounds[0])} to {_told(rounds[-1])})",
                f"PubSub groups at 5 messages/s {milliseconds(peer)}",
                quantile(peer, 0.99) / late,
                f"p99 < {most * 1e3:.0f} ms",
                late < most,
            )
        )
    return rows


def _late(ages: list[float]) -> float:
    return quantile(ages, 0.99)


def _told(ages: list[float]) -> str:
    return f"{_late(ages) * 1e3:.3g}"


def _rounds(rate: int, sockets: int, seconds: float) -> list[list[float]]:
    """The ages of each round, in the same processes."""
    clear()
    port = free_port()
    with started(*live(port), name="latency-live"), started(*engine(), name="latency-engine"):
        until(lambda: listening(port), what="starting the live process")
        with crowd(port, sockets, sessions(sockets // 15 + 1), hz=10) as people:
            write(prepared(int(rate * WARMING)), rate=rate)  # makes partitions, series, rollups
            found = []
            for _ in range(ROUNDS):
                some = prepared(int(rate * seconds))
                people.look()
                write(some, rate=rate)
                found.append(people.look().ages)
            return found
