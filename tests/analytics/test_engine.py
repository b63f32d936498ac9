"""A real engine process over real streams."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from threading import Event

import pytest
from redis import Redis

from analytics.models import DeadLetter, EventKey, StreamState, Trade
from analytics.streams import publish
from ops_portal import supervisor
from ops_portal.engine.courier import Courier
from ops_portal.management.commands import run_engine
from tests.analytics import engines
from tests.analytics.entries import execution

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_entry_becomes_a_trade_and_is_acknowledged(agent: Redis) -> None:
    publish(agent, "trade_executions", execution())

    with engines.running():
        engines.until(Trade.objects.exists)
        engines.until(lambda: agent.xpending("trade_executions", "ops-portal")["pending"] == 0)

    assert StreamState.objects.get(stream="trade_executions").accepted == 1


def test_a_bad_entry_becomes_a_dead_letter_and_the_next_one_a_trade(agent: Redis) -> None:
    publish(agent, "trade_executions", {"symbol": "BTC/USDT", "side": "sideways"})
    publish(agent, "trade_executions", execution())

    with engines.running():
        engines.until(Trade.objects.exists)

    assert DeadLetter.objects.get().reason_code == "bad_enum"
    assert StreamState.objects.get(stream="trade_executions").rejected == {"bad_enum": 1}


def test_a_deleted_stream_is_read_again_from_its_start(agent: Redis) -> None:
    with engines.running():
        publish(agent, "trade_executions", execution(1))
        engines.until(lambda: EventKey.objects.count() == 1)
        agent.flushdb()
        publish(agent, "trade_executions", execution(2))
        engines.until(lambda: EventKey.objects.count() == 2)


def test_sigterm_ends_the_engine_and_frees_its_streams(agent: Redis) -> None:
    with engines.running() as engine:
        engines.until(lambda: StreamState.objects.exclude(owner="").exists())
        engine.send_signal(signal.SIGTERM)

        assert engine.wait(timeout=30) == 0

    assert not StreamState.objects.exclude(owner="").exists()


@pytest.fixture
def answer() -> Iterator[Event]:
    """What a receiver that hangs waits for."""
    answer = Event()
    yield answer
    answer.set()


def test_an_engine_that_ends_waits_for_no_message_that_hangs(answer: Event) -> None:
    taken = Event()

    def hang(**_when: object) -> int:
        taken.set()
        answer.wait()
        return 0

    courier = Courier(hang)
    courier.start()
    taken.wait()

    courier.stopping.set()
    run_engine.await_end([courier], seconds=0.1)

    assert courier.is_alive()
    assert 0 < run_engine.PATIENCE_SECONDS < supervisor.GRACE_SECONDS
