"""`python -m bench.browsers PORT FILE`: many sockets in one process, as cheap as Python has them.

FILE holds one session key a line: one socket each. Prints one JSON line when all are open, then one
for each line that it reads: what came since the last one.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
import sys
import time
from pathlib import Path
from typing import cast

import msgspec
import uvloop

OPENING_SECONDS = 120
AT_ONCE = 50  # handshakes under way
WATCHED = 10  # every so many sockets, one decodes what it gets
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10

type Item = tuple[str, str, float, msgspec.Raw]


class Batch(msgspec.Struct):
    """What a watching socket reads of a message."""

    type: str = ""
    items: list[Item] = []


_decoder = msgspec.json.Decoder(Batch)


class Seen:
    """What all sockets of this process got since the last report."""

    def __init__(self) -> None:
        self.open = self.closed = self.frames = self.resets = 0
        self.items = self.plain = 0
        self.last = 0.0
        self.ages: list[float] = []
        self.opened = asyncio.Event()

    async def reached(self, wanted: int) -> None:
        """Wait until so many sockets are open."""
        while self.open < wanted:
            self.opened.clear()
            await self.opened.wait()

    def report(self) -> dict[str, object]:
        told = {name: value for name, value in vars(self).items() if name != "opened"}
        self.frames = self.items = self.plain = self.resets = 0
        self.ages = []
        return told


class Browser(asyncio.Protocol):
    """One socket: says hello, counts, answers pings."""

    def __init__(self, seen: Seen, port: int, session: str, *, watching: bool, hz: int) -> None:
        self.seen, self.port, self.session, self.watching = seen, port, session, watching
        self.hello = {"type": "hello", "since": None, "topics": ["trading", "samples"], "hz": hz}
        self.buffer = b""
        self.upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        wire = self.transport = cast("asyncio.Transport", transport)
        key = base64.b64encode(os.urandom(16)).decode()
        host = f"localhost:{self.port}"
        lines = [
            "GET /ws/ HTTP/1.1", f"Host: {host}", f"Origin: http://{host}", "Upgrade: websocket",
            "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}",
            f"Cookie: sessionid={self.session}", "", "",
        ]  # fmt: skip
        wire.write("\r\n".join(lines).encode())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.upgraded:
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            if not found:
                return
            assert b" 101 " in head.split(b"\r\n", 1)[0], head
            self.upgraded, self.buffer = True, rest
            self.seen.open += 1
            self.seen.opened.set()
            self._send(TEXT, json.dumps(self.hello).encode())
        self._frames()

    def connection_lost(self, exc: Exception | None) -> None:
        self.seen.closed += 1

    def _frames(self) -> None:
        buffer, at = self.buffer, 0
        while len(buffer) - at >= 2:
            length, start = buffer[at + 1] & 127, at + 2
            if length == 126:
                if len(buffer) - at < 4:
                    break
                length, start = int.from_bytes(buffer[at + 2 : at + 4]), at + 4
            elif length == 127:
                if len(buffer) - at < 10:
                    break
                length, start = int.from_bytes(buffer[at + 2 : at + 10]), at + 10
            if len(buffer) < start + length:
                break
            self._message(buffer[at] & 15, buffer[start : start + length])
            at = start + length
        self.buffer = buffer[at:]

    def _message(self, kind: int, payload: bytes) -> None:
        if kind == PING:
            self._send(PONG, payload)
        if kind != TEXT:
            return
        seen = self.seen
        seen.frames += 1
        seen.items += payload.count(b'["samples",') + payload.count(b'["trading",')
        seen.plain += payload.startswith(b'{"items"')
        seen.resets += payload.startswith(b'{"type":"reset"')
        seen.last = time.time()
        if self.watching:
            items = _decoder.decode(payload).items
            if items:
                seen.ages.append(seen.last - max(item[2] for item in items))

    def _send(self, kind: int, payload: bytes) -> None:
        """Clients mask; a mask of zeros leaves the bytes as they are."""
        length = len(payload)
        head = (
            bytes([128 | kind, 128 | length])
            if length < 126
            else struct.pack(">BBH", 128 | kind, 254, length)
        )
        self.transport.write(head + bytes(4) + payload)


async def main(port: int, sessions: list[str], hz: int) -> None:
    loop, seen = asyncio.get_running_loop(), Seen()
    async with asyncio.timeout(OPENING_SECONDS):
        for number, session in enumerate(sessions):
            watching = number % WATCHED == 0
            await loop.create_connection(
                lambda session=session, watching=watching: Browser(  # type: ignore[misc]
                    seen, port, session, watching=watching, hz=hz
                ),
                "127.0.0.1",
                port,
            )
            if number - seen.open > AT_ONCE:
                await seen.reached(number - AT_ONCE)
        await seen.reached(len(sessions))
    print(json.dumps({"open": seen.open}), flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(seen.report()), flush=True)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), Path(sys.argv[2]).read_text().split(), int(sys.argv[3])))
