"""Engines that die, hang and share: nothing lost, nothing doubled."""

from __future__ import annotations

import random
import signal
import time
from functools import partial

import pytest
from redis import Redis

from tests.analytics import engines, load

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
EVENTS, KILLS = 300_000, 20


def test_killed_twenty_times_nothing_is_lost_or_doubled(
    agent: Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    entries, truth = load.events(EVENTS)
    load.publish(agent, entries)
    dice, started, at_kill = random.Random(5), time.monotonic(), list[int]()
    for _ in range(KILLS):
        before = load.accepted()
        with engines.running():
            engines.until(partial(beyond, before), what="no progress")
            time.sleep(dice.uniform(0, 0.3))
        at_kill.append(load.accepted())
    with engines.running():
        engines.until(lambda: load.accepted() >= truth.events, seconds=120)
        engines.until(lambda: load.waiting(agent, "trade_executions") == 0)

    found = load.stored()

    with capsys.disabled():
        print(
            f"\n{KILLS} x kill -9 during {EVENTS} events: {truth.events - found['keys']} lost, "
            f"{found['counted'] - truth.events} doubled, {len({*at_kill} - {truth.events})} kills "
            f"under load, {time.monotonic() - started:.0f} s"
        )
    assert found == truth.figures
    assert at_kill[-1] < truth.events, "the last kill came too late to prove anything"


def test_two_engines_share_the_streams(agent: Redis) -> None:
    entries, truth = load.events(10_000, seed=2)
    with engines.running("one"), engines.running("two"):
        engines.until(lambda: len(owners()) == 2, what="the second engine got no stream")
        load.publish(agent, entries)
        engines.until(lambda: load.accepted() >= truth.events)

        assert len(owners()) == 2

    assert load.stored() == truth.figures


def owners() -> set[str]:
    """Who owns a stream."""
    found = load.rows("SELECT DISTINCT owner FROM analytics_streamstate WHERE owner <> ''")
    return {owner for (owner,) in found}


def test_an_engine_that_slept_wakes_up_fenced(agent: Redis) -> None:
    entries, truth = load.events(20_000, seed=3)
    with engines.running("sleeper") as sleeper:
        load.publish(agent, entries)
        engines.until(lambda: load.accepted() > 0)
        sleeper.send_signal(signal.SIGSTOP)
        with engines.running("heir"):
            engines.until(lambda: load.accepted() >= truth.events, seconds=90)
            sleeper.send_signal(signal.SIGCONT)
            engines.until(lambda: load.waiting(agent, "trade_executions") == 0, seconds=60)

    assert load.stored() == truth.figures


def beyond(count: int) -> bool:
    return load.accepted() > count
