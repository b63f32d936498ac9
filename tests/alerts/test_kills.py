"""Worker and engine die again and again, Redis is away for a while: no notification is lost."""

from __future__ import annotations

import os
import time
from collections import Counter
from functools import partial
from itertools import cycle
from pathlib import Path

import pytest

from alerts.models import Notification
from tests.alerts import outage
from tests.alerts.outage import Broker, Portal, portal
from tests.sinks import WebSink, web_sink

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SOAK = "SOAK" in os.environ
KILLS, ALERTS, RECEIVERS = 20, 10, 3  # ten alerts, each told to three, then somebody dies
OWED = KILLS * ALERTS * RECEIVERS
DEPARTS = KILLS // 3  # the kill before which Redis goes
AWAY_SECONDS = 120.0 if SOAK else 20.0


def test_twenty_kills_and_an_outage_of_redis_lose_no_notification(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    with web_sink(delay=0.05) as sink, portal(broker.url) as desk:
        outage.tell_by_webhook(sink, [f"hook-{number}" for number in range(RECEIVERS)])
        away = kill_and_fire(desk, broker, sink)
        last_kill = time.monotonic()
        outage.until(lambda: len(firsts(sink)) == OWED, seconds=180)
        outage.until(lambda: in_state("sent") == OWED, seconds=60)
    broker.stop()

    repeats = tell(sink, away, last_kill)
    assert (len(firsts(sink)), in_state("sent")) == (OWED, OWED)
    assert not Notification.objects.filter(state="failed").exists()
    assert repeats <= KILLS * outage.THREADS


def kill_and_fire(desk: Portal, broker: Broker, sink: WebSink) -> tuple[float, float]:
    """Redis goes before one of the kills; from when to when it was away."""
    victims = cycle(desk.programs)
    left = back = 0.0
    for kill in range(KILLS):
        if kill == DEPARTS:
            broker.stop()
            left = time.monotonic()
        if left and not back and (time.monotonic() - left > AWAY_SECONDS or kill == KILLS - 1):
            time.sleep(max(0.0, left + AWAY_SECONDS - time.monotonic()))
            broker.start()
            back = time.monotonic()
        before = len(sink.posts)
        outage.fire(range(kill * ALERTS, (kill + 1) * ALERTS))
        outage.until(partial(beyond, sink, before + ALERTS), seconds=10)
        desk.kill(next(victims))
    return left, back


def beyond(sink: WebSink, count: int) -> bool:
    return len(sink.posts) > count


def firsts(sink: WebSink) -> dict[str, float]:
    """When each message came first, by its key."""
    return {post.headers["Idempotency-Key"]: post.at for post in reversed(sink.posts)}


def in_state(state: str) -> int:
    return Notification.objects.filter(channel="webhook", state=state).count()


def tell(sink: WebSink, away: tuple[float, float], last_kill: float) -> int:
    """Print the figures; how many messages came again."""
    posts = Counter(post.headers["Idempotency-Key"] for post in sink.posts)
    repeats = sum(posts.values()) - len(posts)
    owed, came = outage.made(), firsts(sink)
    late = sorted(came[key] - owed[key] for key in came)
    meanwhile = sorted(came[key] - owed[key] for key in came if away[0] < owed[key] < away[1])
    print(
        f"\n{KILLS} kills of worker and engine, Redis away for {away[1] - away[0]:.0f} s,", end=""
    )
    print(f" {OWED} notifications: {OWED - len(posts)} lost, {repeats} repeats under their keys;")
    print(f"late by {outage.spread(late)}; ", end="")
    print(f"of those made without Redis by {outage.spread(meanwhile)}; ", end="")
    print(f"all there {max(came.values()) - last_kill:.1f} s after the last kill")
    return repeats
