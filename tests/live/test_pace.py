"""How often a tick leaves, whatever comes."""

from __future__ import annotations

import asyncio

import pytest

from analytics.hub import FASTEST_HZ, Hub, Item, Socket

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
