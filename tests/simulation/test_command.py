"""`manage.py simulate_desk`: a day of history at once, nothing twice, an end on request."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings
from redis import Redis

from analytics.models import Portfolio
from tests.analytics.engines import BASE, environment, until

STREAMS = ("trading_signals", "trade_executions", "performance_metrics")
PAST = ("--start", "2026-03-02T09:00:00", "--duration", "600s")


@pytest.fixture
def agent(db: None) -> Iterator[Redis]:
    with Redis.from_url(settings.REDIS_URL, decode_responses=True) as redis:
        redis.flushdb()
        yield redis
        redis.flushdb()


def lengths(redis: Redis) -> list[int]:
    return [redis.xlen(stream) for stream in STREAMS]


def test_it_refuses_to_mix_with_the_real_desk(agent: Redis, settings: Settings) -> None:
    settings.DEMO = False

    with pytest.raises(CommandError, match="--env paper"):
        call_command("simulate_desk", *PAST)

    assert lengths(agent) == [0, 0, 0]


def test_a_past_span_is_told_at_once_and_only_once(agent: Redis) -> None:
    call_command("simulate_desk", *PAST, "--env", "paper")
    told = lengths(agent)
    call_command("simulate_desk", *PAST, "--env", "paper")

    assert lengths(agent) == told
    assert min(told) > 5
    assert oldest(agent).isoformat()[:14] == "2026-03-02T09:"


def test_the_account_gets_a_starting_capital_but_keeps_the_one_it_has(agent: Redis) -> None:
    Portfolio.objects.create(env="backtest", currency="USDT", starting_capital=7)

    call_command("simulate_desk", *PAST, "--env", "paper")
    call_command("simulate_desk", *PAST, "--env", "backtest")

    capital = dict(Portfolio.objects.values_list("env", "starting_capital"))
    assert capital == {"paper": 50_000, "backtest": 7}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_history_comes_first_then_it_goes_on_until_it_is_told_to_stop(agent: Redis) -> None:
    command = [sys.executable, str(BASE / "manage.py"), "simulate_desk"]
    process = subprocess.Popen(
        [*command, "--env", "paper", "--rate", "50", "--backfill", "20m"],
        env=environment() | {"SECRET_KEY": os.environ["SECRET_KEY"]},
        stdout=subprocess.DEVNULL,
    )
    try:
        until(lambda: newest(agent) > timezone.now() - timedelta(seconds=10), what="no present")
        told = lengths(agent)
        until(lambda: lengths(agent)[0] > told[0], what="it does not go on")
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        print(f"simulate_desk ended {time.monotonic() - asked:.1f} s after SIGTERM")
    finally:
        process.kill()

    assert process.returncode == 0
    assert oldest(agent) < timezone.now() - timedelta(minutes=15)


def oldest(redis: Redis) -> datetime:
    return told_at(redis.xrange("trading_signals", count=1))


def newest(redis: Redis) -> datetime:
    return told_at(redis.xrevrange("trading_signals", count=1))


def told_at(entries: Any) -> datetime:
    """The producer's time of the only entry; the epoch when there is none."""
    milliseconds = int(entries[0][1]["timestamp"]) if entries else 0
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
