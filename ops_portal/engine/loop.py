"""The engine's loop: read, store, acknowledge, push; and the clock, whoever else is dead."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import connection
from redis import Redis
from redis.exceptions import RedisError

from analytics import live
from analytics.live import Frame
from analytics.streams import Entry, StreamReader
from ops_portal.engine.batch import TRANSIENT, Storing
from ops_portal.engine.clock import Clock
from ops_portal.engine.leases import LeaseLost

logger = logging.getLogger(__name__)

COUNT = 2_000  # entries a batch holds at most, about
BLOCK_MS = 200  # how long a read waits, and so how late the clock may be
LONGEST_PAUSE = 5.0  # seconds between attempts at a dead server
RECLAIM_EVERY = 5.0


class Engine:
    """One engine process.

    Numbered: 1. the clock's duties that are due; 2. a batch, unless one is still to be stored;
    3. its transaction; 4. XACK after the commit; 5. the frames. A dead Redis leaves the clock
    running; a dead PostgreSQL leaves the batch waiting, unacknowledged.
    """

    def __init__(
        self, *, reader: StreamReader, storing: Storing, clock: Clock, feed: Redis
    ) -> None:
        self.reader = reader
        self.storing = storing
        self.clock = clock
        self.feed = feed
        self.stopping = False
        self._entries: list[Entry] = []
        self._lost: dict[str, int] = {}
        self._pause = 0.0
        self._resume = 0.0
        self._reclaim_at = 0.0
        self._owned: set[str] = set()

    def run(self) -> None:
        """Work until `stopping` is set; the batch in hand is finished first."""
        while not self.stopping:
            self.step()

    def step(self) -> None:
        """One turn."""
        now = datetime.now(UTC)
        self._push(self.clock.tick(monotonic=time.monotonic(), now=now))
        if time.monotonic() < self._resume:
            time.sleep(min(0.05, self._pause))
            return
        if not self._entries and not self._read():
            return
        self._store()

    def _read(self) -> bool:
        """Fill the batch; False when there is nothing or Redis is away."""
        try:
            owned = self.storing.leases.owned
            if owned != self._owned:
                self.reader.own(owned)
                self._owned = set(owned)
                self._reclaim_at = 0.0
            if not owned:
                time.sleep(0.05)
                return False
            self._entries = self.reader.read(count=COUNT, block_ms=BLOCK_MS)
            if not self._entries and time.monotonic() >= self._reclaim_at:
                self._reclaim_at = time.monotonic() + RECLAIM_EVERY
                self._entries = self.reader.reclaim(count=COUNT)
        except RedisError as error:
            self._back_off("Redis", error)
            return False
        for stream, count in self.reader.take_lost().items():
            self._lost[stream] = self._lost.get(stream, 0) + count
        self._pause = 0.0
        return bool(self._entries or self._lost)

    def _store(self) -> None:
        try:
            frames = self.storing.store(self._entries, lost=self._lost, now=datetime.now(UTC))
        except TRANSIENT as error:
            self._back_off("PostgreSQL", error)
            connection.close()
            return
        except LeaseLost:
            logger.warning("another engine owns a stream of the batch; giving it up")
            self._give_up()
            return
        self._pause = 0.0
        done, self._entries, self._lost = self._entries, [], {}
        try:
            self.reader.ack(done)
        except RedisError as error:  # they come again and are recognised by their event ids
            self._back_off("Redis", error)
            self.reader.restart()
        self._push(frames)

    def _give_up(self) -> None:
        self._entries, self._lost = [], {}
        self.storing.leases.owned = set()
        self.reader.restart()

    def _back_off(self, server: str, error: Exception) -> None:
        if not self._pause:
            logger.warning(
                "a server is away; trying again", extra={"server": server, "error": str(error)}
            )
        if server == "Redis":
            self.reader.restart()
        self._pause = min(LONGEST_PAUSE, self._pause * 2 or 0.05)
        self._resume = time.monotonic() + self._pause

    def _push(self, frames: Sequence[Frame]) -> None:
        if not frames:
            return
        try:
            live.push(self.feed, frames)
        except RedisError as error:  # rows are what counts; pages fetch them again
            logger.info("frames could not be pushed", extra={"error": str(error)})
