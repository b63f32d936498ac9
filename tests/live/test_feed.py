"""From one stream entry to every browser: in order, newest wins, nothing missed."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from redis import Redis
from websockets.exceptions import ConnectionClosed

from analytics.live import STREAM, Frame, newest_id, push
from tests.live.conftest import PATIENCE, keys_of
from tests.live.process import LiveProcess

pytestmark = pytest.mark.django_db(transaction=True)


def frame(key: str, value: Any = 1, *, topic: str = "trading", urgent: bool = False) -> Frame:
    return Frame(topic, key, 1_700_000_000.5, {"v": value}, urgent)


async def test_a_pushed_frame_reaches_every_page(
    alice: Client, open_page: Any, redis: Redis
) -> None:
    async with open_page(alice) as one, open_page(alice) as two:
        await one.hello("trading")
        await two.hello("trading")

        push(redis, [frame("figures:a", "12.50")])

        for page in (one, two):
            batch = await page.next("batch", key="figures:a")
            assert batch["items"] == [["trading", "figures:a", 1_700_000_000.5, {"v": "12.50"}]]
            assert batch["seq"] == newest_id(redis)
            assert batch["t"] > 1_700_000_000_000


async def test_within_a_tick_the_newest_value_of_a_key_wins(
    alice: Client, open_page: Any, redis: Redis
) -> None:
    async with open_page(alice) as page:
        await page.hello("trading", hz=1)
        push(redis, [frame("figures:first")])
        await page.next("batch", key="figures:first")

        for value in range(50):
            push(redis, [frame("figures:b", value), frame(f"pnl:{value}")])

        batch = await page.next("batch")
        keys = keys_of(batch)
        assert keys.count("figures:b") == 1
        assert len(keys) == 51
        assert ["trading", "figures:b", 1_700_000_000.5, {"v": 49}] in batch["items"]


async def test_an_urgent_frame_does_not_wait_for_the_tick_and_takes_along_what_waits(
    alice: Client, open_page: Any, redis: Redis
) -> None:
    async with open_page(alice) as page:
        await page.hello("trading", "alerts", hz=1)
        push(redis, [frame("figures:c0")])
        first = await page.next("batch")

        push(redis, [frame("figures:c1")])
        push(redis, [frame("7", topic="alerts", urgent=True)])

        batch = await page.next("batch")
        assert keys_of(batch) == ["figures:c1", "7"]
        assert batch["t"] - first["t"] < 900  # the tick of 1 Hz would have been 1,000 ms later


async def test_a_page_gets_what_it_missed_since_it_was_rendered(
    alice: Client, open_page: Any, redis: Redis
) -> None:
    push(redis, [frame("figures:before")])
    rendered = newest_id(redis)
    for value in range(10):
        push(redis, [frame("figures:d", value), frame(f"trade:d{value}")])

    async with open_page(alice) as page:
        await page.say(type="hello", topics=["trading"], since=rendered, hz=5)
        batch = await page.next("batch")

    assert sorted(keys_of(batch)) == ["figures:d", *(f"trade:d{value}" for value in range(10))]
    assert ["trading", "figures:d", 1_700_000_000.5, {"v": 9}] in batch["items"]
    assert batch["seq"] == newest_id(redis)


async def test_nothing_is_missing_or_doubled_over_many_reconnects(
    alice: Client, open_page: Any, redis: Redis
) -> None:
    push(redis, [frame("figures:start")])
    since, seen = newest_id(redis), []

    for part in range(5):
        push(redis, [frame(f"trade:e{part}a")])
        async with open_page(alice) as page:
            await page.say(type="hello", topics=["trading"], since=since, hz=30)
            push(redis, [frame(f"trade:e{part}b")])
            while f"trade:e{part}b" not in seen:
                batch = await page.next("batch")
                seen += keys_of(batch)
                since = batch["seq"]

    assert sorted(seen) == sorted(f"trade:e{part}{half}" for part in range(5) for half in "ab")


@pytest.mark.parametrize("since", ["1-1", "nonsense", "99999999999999-0"])
async def test_a_since_that_nobody_knows_gets_a_reset(
    since: str, alice: Client, open_page: Any, redis: Redis
) -> None:
    push(redis, [frame("figures:f")])

    async with open_page(alice) as page:
        await page.say(type="hello", topics=["trading"], since=since, hz=5)

        assert (await page.next("reset"))["reason"] == "too old"


async def test_a_stream_that_started_anew_resets_every_page_and_is_forgotten(
    alice: Client, open_page: Any, redis: Redis
) -> None:
    push(redis, [frame("figures:g")])
    async with open_page(alice) as page:
        await page.hello("trading")

        redis.delete(STREAM)
        redis.xadd(STREAM, {"f": json.dumps([["trading", "figures:h", 1, {}, False]])}, id="5-1")

        assert (await page.next("reset"))["reason"] == "restarted"
        push(redis, [frame("figures:i")])
        await page.next("batch", key="figures:i")

    # The process knows this stream from its first entry on, and reads on for seconds before it
    # sees that it is gone: a page that found it empty must not be told of it.
    redis.delete(STREAM)
    async with open_page(alice) as page:
        await page.say(type="hello", topics=["trading"], since=newest_id(redis), hz=30)
        assert json.loads(await page.socket.recv())["type"] == "reset"


async def test_entries_that_come_together_after_a_rest_arrive_and_so_does_what_follows(
    alice: Client, open_page: Any, redis: Redis
) -> None:
    async with open_page(alice) as page:
        await page.hello("trading")

        with redis.pipeline() as together:
            for number in range(3):
                push(together, [frame(f"pnl:{number}")])
            together.execute()

        await page.next("batch", key="pnl:2")
        push(redis, [frame("pnl:after")])
        await page.next("batch", key="pnl:after")


async def test_a_page_gets_only_its_topics(alice: Client, open_page: Any, redis: Redis) -> None:
    async with open_page(alice) as page:
        await page.say(type="hello", topics=["trading", "system"], hz=30)
        assert (await page.next("denied"))["topic"] == "system"

        push(redis, [frame("a", topic="alerts"), frame("s", topic="system"), frame("figures:j")])

        assert keys_of(await page.next("batch")) == ["figures:j"]


async def test_an_entry_that_is_not_ours_is_passed_over(
    alice: Client, open_page: Any, redis: Redis
) -> None:
    async with open_page(alice) as page:
        await page.hello("trading")

        redis.xadd(STREAM, {"f": "no json"})
        redis.xadd(STREAM, {"other": "field"})
        push(redis, [frame("figures:k")])

        await page.next("batch", key="figures:k")


async def test_a_reader_that_never_reads_costs_the_others_nothing(
    alice: Client, open_page: Any, redis: Redis, live: LiveProcess
) -> None:
    bulk = "x" * 50_000
    async with open_page(alice) as healthy, open_page(alice) as stuck:
        await healthy.hello("trading")
        await stuck.hello("trading")
        stuck.socket.transport.pause_reading()
        grown = -memory_mb(live.process.pid)

        for number in range(500):
            push(redis, [frame(f"trade:l{number}", bulk)])
            await healthy.next("batch", key=f"trade:l{number}")

        grown += memory_mb(live.process.pid)
        print(f"500 x 50 kB beside a stuck reader: the process grew by {grown:.0f} MB")
        stuck.socket.transport.resume_reading()
        outcome = await asyncio.wait_for(stuck_outcome(stuck), PATIENCE)
        assert outcome in ("reset", 1013, 1006)


async def stuck_outcome(page: Any) -> str | int | None:
    """`reset` or the close code, whichever the page sees first once it reads again."""
    with suppress(ConnectionClosed):
        async for text in page.socket:
            if json.loads(text)["type"] == "reset":
                return "reset"
    code: int | None = page.socket.close_code
    return code


def memory_mb(pid: int) -> float:
    with Path(f"/proc/{pid}/smaps_rollup").open() as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
