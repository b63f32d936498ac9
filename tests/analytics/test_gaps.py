"""Entries that were trimmed before anybody got them are counted, once."""

from __future__ import annotations

from typing import Any, cast

import pytest
from django.conf import settings
from django.core.management import call_command
from redis import Redis

from alerts.models import Alert
from analytics.gaps import Gaps
from analytics.models import StreamState, Trade
from analytics.streams import publish, waiting_seconds
from tests.analytics import engines
from tests.analytics.entries import execution

STREAM, GROUP = "trade_executions", "ops-portal"


class Reader:
    """A group that reads, with a memory that a restart takes away."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        self.restart()

    def restart(self) -> None:
        self.gaps = Gaps(self.redis, GROUP)

    def write(self, count: int) -> None:
        for number in range(count):
            self.redis.xadd(STREAM, {"number": number})

    def read(self, count: int) -> None:
        self.redis.xreadgroup(GROUP, "reader", {STREAM: ">"}, count=count)

    def trim(self, kept: int) -> None:
        self.redis.xtrim(STREAM, maxlen=kept, approximate=False)

    def lost(self) -> int:
        return self.gaps.look([STREAM]).get(STREAM, 0)

    @property
    def lag(self) -> int:
        [group] = cast("list[Any]", self.redis.xinfo_groups(STREAM))
        return int(group["lag"])


@pytest.fixture
def reader(agent: Redis) -> Reader:
    reader = Reader(agent)
    reader.write(10)
    reader.read(4)
    return reader


def test_what_was_trimmed_unread_is_counted_once_and_as_it_grows(reader: Reader) -> None:
    assert reader.lost() == 0

    reader.trim(5)
    assert [reader.lost(), reader.lost()] == [1, 0]
    reader.trim(2)
    assert [reader.lost(), reader.lost()] == [3, 0]

    reader.read(10)
    assert reader.lost() == 0
    assert reader.lag == 0


@pytest.mark.parametrize("kept", [0, 3])
def test_a_restart_does_not_count_again(reader: Reader, kept: int) -> None:
    reader.trim(kept)
    assert [reader.lost(), reader.lost()] == [6 - kept, 0]

    reader.restart()

    assert reader.lost() == 0
    assert reader.lag == kept


def test_what_was_read_may_be_trimmed(reader: Reader) -> None:
    reader.trim(6)
    assert reader.lost() == 0
    reader.read(10)
    reader.trim(0)
    reader.write(2)
    reader.trim(2)

    assert reader.lost() == 0


def test_history_before_the_first_start_is_not_lost(agent: Redis) -> None:
    reader = Reader(agent)
    reader.write(10)
    reader.trim(2)

    assert reader.lost() == 0


def test_a_counter_that_lies_is_set_right_where_everything_was_read(reader: Reader) -> None:
    reader.read(10)
    newest = reader.redis.xinfo_stream(STREAM)["last-generated-id"]
    reader.redis.xgroup_setid(STREAM, GROUP, newest, entries_read=3)

    assert [reader.lost(), reader.lag] == [0, 0]
    reader.write(2)
    reader.trim(1)
    assert reader.lost() == 1


def test_a_stream_that_vanished_takes_along_what_waited_in_it(reader: Reader) -> None:
    reader.lost()

    reader.redis.flushdb()

    assert [reader.lost(), reader.lost()] == [6, 0]


def newest_of(reader: Reader) -> str:
    return str(reader.redis.xinfo_stream(STREAM)["last-generated-id"])


@pytest.mark.parametrize("written", [0, 3])
def test_a_stream_that_vanished_unseen_is_noticed(reader: Reader, written: int) -> None:
    last = newest_of(reader)
    reader.redis.flushdb()
    reader.write(written)

    assert reader.gaps.began_anew(STREAM, last)


def test_a_stream_that_is_still_there_did_not_begin_anew(reader: Reader) -> None:
    last = newest_of(reader)
    reader.write(2)

    assert not reader.gaps.began_anew(STREAM, last)
    assert not reader.gaps.began_anew(STREAM, "")
    assert not Gaps(reader.redis, "another group").began_anew(STREAM, last)


def test_a_crash_of_redis_that_cost_what_was_stored_is_no_new_beginning(reader: Reader) -> None:
    assert not reader.gaps.began_anew(STREAM, "99999999999999-0")


@pytest.mark.django_db(transaction=True)
def test_a_flush_while_no_engine_runs_is_alerted(agent: Redis) -> None:
    call_command("load_rules")
    publish(agent, STREAM, execution(1))
    with engines.running():
        engines.until(Trade.objects.exists)
    publish(agent, STREAM, execution(2))
    agent.flushdb()
    publish(agent, STREAM, execution(3))

    with engines.running():
        engines.until(Alert.objects.filter(rule_name="data_loss").exists)
        engines.until(lambda: Trade.objects.count() == 2)

    assert Alert.objects.get(rule_name="data_loss").labels["stream"] == STREAM


class Hasty(Redis):
    """Redis of a reader that acknowledges between two questions of ours."""

    def xpending(self, name: Any, groupname: Any) -> Any:
        pending = super().xpending(name, groupname)
        if pending["pending"]:
            self.xack(name, groupname, pending["min"])
        return super().xpending(name, groupname)


def test_an_entry_that_is_acknowledged_meanwhile_does_not_wait(agent: Redis) -> None:
    agent.xadd(STREAM, {"number": 1}, id="1-1")
    agent.xgroup_create(STREAM, GROUP, id="0")
    agent.xreadgroup(GROUP, "reader", {STREAM: ">"})
    hasty = Hasty.from_url(settings.REDIS_URL, decode_responses=True)

    assert waiting_seconds(hasty, STREAM, group=GROUP, now=60.0) == 0.0


@pytest.mark.django_db(transaction=True)
def test_a_loss_is_counted_and_alerted(agent: Redis) -> None:
    call_command("load_rules")
    publish(agent, STREAM, execution(1))
    with engines.running():
        engines.until(Trade.objects.exists)
        engines.until(lambda: agent.xpending(STREAM, GROUP)["pending"] == 0)
    for number in range(2, 102):
        publish(agent, STREAM, execution(number))
    agent.xtrim(STREAM, maxlen=40, approximate=False)

    with engines.running():
        engines.until(Alert.objects.filter(rule_name="data_loss").exists)

    alert = Alert.objects.get(rule_name="data_loss")
    assert (alert.severity, alert.value, alert.labels["stream"]) == ("critical", 60, STREAM)
    assert StreamState.objects.get(stream=STREAM).lost == 60
