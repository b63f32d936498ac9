"""A real engine process over real streams."""

from __future__ import annotations

import signal

import pytest
from redis import Redis

from analytics.models import DeadLetter, EventKey, StreamState, Trade
from analytics.streams import publish
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
