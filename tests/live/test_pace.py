"""How often a tick leaves, whatever comes, and how much of a list it takes along."""

from __future__ import annotations

import asyncio
import json

import pytest

from analytics.hub import FASTEST_HZ, Hub, Item, Socket
from analytics.live import LISTED

HZ = 20
SECONDS = 0.5


@pytest.mark.parametrize(("urgent", "most_hz"), [(False, HZ), (True, FASTEST_HZ)])
async def test_a_socket_gets_no_more_ticks_than_it_asked_for(urgent: bool, most_hz: int) -> None:
    sent: list[str] = []

    async def send(text: str) -> None:
        sent.append(text)

    hub, socket, clock = Hub(), Socket(send, lambda: None), asyncio.get_running_loop().time
    hub.join(socket, frozenset({"trading"}), HZ)
    pump, began, number = asyncio.create_task(socket.pump()), clock(), 0

    while clock() - began < SECONDS:
        number += 1
        hub.publish(f"{number}-0", [Item("trading", f"pnl:{number}", f"[{number}]", urgent)])
        await asyncio.sleep(0.004)

    most = (clock() - began) * most_hz + 2
    hub.leave(socket)
    await asyncio.sleep(0.01)
    pump.cancel()
    assert 2 <= len(sent) <= most
    assert f"[{number}]" in sent[-1]


@pytest.mark.parametrize("count", [LISTED, LISTED + 3])
async def test_of_a_list_a_tick_takes_the_newest_rows_and_says_so(count: int) -> None:
    sent: list[str] = []

    async def send(text: str) -> None:
        sent.append(text)

    hub, socket = Hub(), Socket(send, lambda: None)
    hub.join(socket, frozenset({"trading"}), HZ)
    pump = asyncio.create_task(socket.pump())
    rows = [Item("trading", f"trade:{n}", wire(f"trade:{n}"), False) for n in range(count)]
    hub.publish("1-0", [Item("trading", "pnl:1", wire("pnl:1"), False), *rows])
    async with asyncio.timeout(10):
        while not sent:
            await asyncio.sleep(0.01)
    pump.cancel()

    keys = [key for _, key, _, _ in json.loads(sent[0])["items"]]
    newest = [f"trade:{n}" for n in range(count - LISTED, count)]
    assert keys == ["pnl:1", *newest, *(["cut"] if count > LISTED else [])]


def wire(key: str) -> str:
    return f'["trading","{key}",1,{{}}]'
