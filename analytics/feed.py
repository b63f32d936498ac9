"""The process's one reader of `ops:live`, and what it remembers for pages that reconnect."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Sequence
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from analytics.hub import TICK_LIMIT, Hub, Item, Key, Socket, batch
from analytics.live import KEPT, STREAM

logger = logging.getLogger(__name__)

BLOCK_MS = 5_000
# A blocking read answers within BLOCK_MS; redis-py's default of 5 s would cut it off.
SOCKET_SECONDS = 20
PAGE = 500
MEMORY_BYTES = 16 * 2**20
SLOWEST_RETRY = 5.0

_entry = msgspec.json.Decoder(list[tuple[str, str, float, msgspec.Raw, bool]])


class Feed:
    """Reads the stream by its own offset, remembers it, and passes it to the hub."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(redis_url, socket_timeout=SOCKET_SECONDS)
        self._history: deque[tuple[str, Sequence[Item], int]] = deque()
        self._bytes = 0
        self._whole = False  # the memory reaches back to the stream's very first entry
        self._advanced = asyncio.Event()
        self.hub = Hub()
        self.ready = asyncio.Event()

    async def read(self) -> None:
        """Follow the stream for ever; an unreachable Redis is tried again with back-off."""
        pause = 0.1
        while True:
            try:
                await self._resume()
                pause = 0.1
                await self._follow()
            except (RedisError, OSError) as error:
                logger.warning(
                    "live feed cannot read", extra={"stream": STREAM, "error": str(error)}
                )
                await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
                pause = min(pause * 2, SLOWEST_RETRY)

    async def beat(self) -> None:
        """Watch over the sockets once a second."""
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(1)
            self.hub.beat(clock())

    async def wait_until_ready(self, *, seconds: float = 5.0) -> bool:
        try:
            await asyncio.wait_for(self.ready.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def join(
        self, socket: Socket, topics: frozenset[str], hz: int, since: str | None
    ) -> None:
        """Begin: what the page missed since `since`, or `reset` when nobody knows; then live."""
        missed: dict[Key, str] | None = {}
        if since is not None:
            await self._catch_up(since)
            missed = self.since(since) if await self._is_same_stream(since) else None
        self.hub.join(socket, topics, hz)
        if missed is None:
            socket.reset("too old", self.hub.head)
        else:
            seen = {key: wire for key, wire in missed.items() if key[0] in topics}
            if seen:
                socket.offer(batch(self.hub.head, seen))
        socket.ping(self.hub.head)

    async def _is_same_stream(self, since: str) -> bool:
        """Whether a page that found the stream empty found the one that is remembered here.

        It may have begun anew a moment ago, unnoticed by the blocking read: what is remembered
        then is older than the page's state.
        """
        try:
            return since != "0-0" or await self._holds(self.hub.head)
        except (RedisError, OSError):
            return False

    async def _holds(self, head: str) -> bool:
        return head == "0-0" or bool(await self._redis.xrange(STREAM, head, head))

    async def _catch_up(self, seq: str, *, seconds: float = 2.0) -> None:
        """Wait until the reader has passed `seq`, which a page may have seen a moment before us."""
        try:
            async with asyncio.timeout(seconds):
                while _order(self.hub.head) < _order(seq):
                    self._advanced.clear()
                    await self._advanced.wait()
        except TimeoutError:
            return

    def since(self, seq: str) -> dict[Key, str] | None:
        """The newest item per key after `seq`; None when that is no longer known."""
        newest: dict[Key, str] = {}
        for entry_id, items, _ in reversed(self._history):
            if entry_id == seq:
                return _oldest_first(newest)
            for item in reversed(items):
                newest.setdefault((item.topic, item.key), item.wire)
            if len(newest) > TICK_LIMIT:
                return None
        return _oldest_first(newest) if self._whole and seq == "0-0" else None

    async def _follow(self) -> None:
        while True:
            reply: Any = await self._redis.xread(
                {STREAM: self.hub.head}, count=PAGE, block=BLOCK_MS
            )
            if not reply:
                await self._resume()
                continue
            for entry_id, fields in _entries(reply):
                self._take(entry_id, fields)
            # The sockets get their turn even when the stream never runs dry.
            await asyncio.sleep(0)

    async def _resume(self) -> None:
        """Check that the stream still holds what we read last: else it started anew."""
        head = self.hub.head
        if self.ready.is_set() and await self._holds(head):
            return
        restarted = self.ready.is_set()
        self._history.clear()
        self._bytes, self.hub.head = 0, "0-0"
        self._whole = await self._never_trimmed()
        await self._load()
        if restarted:
            logger.warning("live feed started anew", extra={"stream": STREAM, "lost": head})
            self.hub.reset("restarted", self.hub.head)
        self.ready.set()

    async def _never_trimmed(self) -> bool:
        try:
            stream: Any = await self._redis.xinfo_stream(STREAM)
        except ResponseError:  # no such key
            return True
        return bool(stream["entries-added"] == stream["length"])

    async def _load(self) -> None:
        while True:
            page: Any = await self._redis.xrange(STREAM, f"({self.hub.head}", "+", count=PAGE)
            if not page:
                return
            for entry_id, fields in page:
                self._remember(entry_id.decode(), _items(fields))

    def _take(self, entry_id: bytes, fields: dict[bytes, bytes]) -> None:
        items = _items(fields)
        self._remember(entry_id.decode(), items)
        self.hub.publish(entry_id.decode(), items)
        self._advanced.set()

    def _remember(self, entry_id: str, items: Sequence[Item]) -> None:
        size = sum(len(item.wire) for item in items)
        self._history.append((entry_id, items, size))
        self._bytes += size
        self.hub.head = entry_id
        while len(self._history) > KEPT or self._bytes > MEMORY_BYTES:
            self._bytes -= self._history.popleft()[2]
            self._whole = False


def _entries(reply: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """The entries of our one stream, in either shape redis-py may use (RESP3, RESP2)."""
    entries: list[tuple[bytes, dict[bytes, bytes]]]
    entries = reply[STREAM.encode()][0] if isinstance(reply, dict) else reply[0][1]
    return entries


def _items(fields: dict[bytes, bytes]) -> list[Item]:
    try:
        decoded = _entry.decode(fields[b"f"])
    except (KeyError, msgspec.MsgspecError):
        logger.warning("live feed holds an entry that is not ours", extra={"stream": STREAM})
        return []
    return [
        Item(topic, key, f"[{_text(topic)},{_text(key)},{ts},{bytes(raw).decode()}]", urgent)
        for topic, key, ts, raw, urgent in decoded
    ]


def _text(value: str) -> str:
    return msgspec.json.encode(value).decode()


def _order(entry_id: str) -> tuple[int, int]:
    """A stream id as a pair that sorts; what is no stream id sorts first and is never found."""
    milliseconds, _, number = entry_id.partition("-")
    if not (
        milliseconds.isascii() and milliseconds.isdigit() and number.isascii() and number.isdigit()
    ):
        return (-1, 0)
    return int(milliseconds), int(number)


def _oldest_first(newest: dict[Key, str]) -> dict[Key, str]:
    return dict(reversed(newest.items()))
