"""The engine's loop: read, store, acknowledge, push; and the clock, whoever else is dead."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event

from django.db import connection
from redis import Redis
from redis.exceptions import RedisError

from analytics import live
from analytics.live import Frame
from analytics.streams import Entry, StreamReader
from ops_portal.engine.batch import Batch, Storing
from ops_portal.engine.causes import TRANSIENT
from ops_portal.engine.clock import Clock
from ops_portal.engine.leases import LeaseLost
from ops_portal.lib import clock

logger = logging.getLogger(__name__)

COUNT = 5_000  # entries a batch holds at most, about
BUSY = 50  # a batch of so many tells that more will have come by its commit
AHEAD_EVERY = 0.004  # seconds between two reads beside a transaction
BLOCK_MS = 200  # how long a read waits, and so how late the clock may be
LONGEST_PAUSE = 5.0  # seconds between attempts at a dead server
RECLAIM_EVERY = 5.0
FEED_RESTS = 2.0  # seconds that a feed which failed is left alone
LOOK_EVERY = 1.0  # for entries that were trimmed before they were read


class Engine:
    """One engine process.

    Numbered: 1. the clock's duties that are due; 2. a batch, unless one is still to be stored, and
    on the same way to Redis XACK of the one before; 3. its transaction, while a thread reads and
    decodes what comes meanwhile if there is much to do; 4. the frames. A dead Redis leaves the
    clock running; a dead PostgreSQL leaves the batch waiting, unacknowledged.
    """

    def __init__(
        self, *, reader: StreamReader, storing: Storing, clock: Clock, feed: Redis
    ) -> None:
        self.reader = reader
        self.storing = storing
        self.clock = clock
        self.feed = feed
        self.stopping = False
        self._ahead = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead")
        self._next: Future[Batch] | None = None
        self._enough = Event()  # of reading ahead: the transaction has ended
        self._batch: Batch | None = None
        self._stored: list[Entry] = []  # to be acknowledged
        self._lost: dict[str, int] = {}
        self._pause = 0.0
        self._resume = 0.0
        self._reclaim_at = 0.0
        self._look_at = 0.0
        self._push_at = 0.0
        self._owned: set[str] = set()

    def run(self) -> None:
        """Work until `stopping` is set; the batch in hand is finished first."""
        while not self.stopping:
            self.step()
        self._ahead.shutdown()
        self._finish()

    def step(self) -> None:
        """One turn."""
        now = clock.now()
        self._push(self.clock.tick(monotonic=time.monotonic(), now=now))
        if time.monotonic() < self._resume:
            time.sleep(min(0.05, self._pause))
        elif self._batch is not None or self._fetch():
            self._store()

    def _fetch(self) -> bool:
        """Take the next batch; False when there is none or Redis is away."""
        try:
            coming, self._next = self._next, None
            batch = coming.result() if coming is not None else None
            self._follow_leases()
            if time.monotonic() >= self._look_at:
                self._look_at = time.monotonic() + LOOK_EVERY
                self.reader.look_for_gaps()
            if batch is None or not batch.entries:
                batch = self._read(BLOCK_MS)
            if not batch.entries and time.monotonic() >= self._reclaim_at:
                self._reclaim_at = time.monotonic() + RECLAIM_EVERY
                batch = Batch(self.reader.reclaim(count=COUNT), now=clock.now())
        except RedisError as error:
            self._back_off("Redis", error)
            return False
        for stream, count in self.reader.take_lost().items():
            self._lost[stream] = self._lost.get(stream, 0) + count
        self._pause = 0.0
        if batch.entries or self._lost:
            self._batch = batch
        return self._batch is not None

    def _follow_leases(self) -> None:
        owned = self.storing.leases.owned
        if owned != self._owned:
            self.reader.own(owned, self.storing.leases.newest)
            self._owned = set(owned)
            self._reclaim_at = self._look_at = 0.0
        if not owned:
            time.sleep(0.05)

    def _take_stored(self) -> list[Entry]:
        stored, self._stored = self._stored, []
        return stored

    def _read_ahead(self) -> Batch:
        """What comes during a transaction, and what came by its end; about COUNT at most."""
        parts, room, ended = list[Batch](), COUNT, False
        while room > 0 and not ended:
            ended = bool(parts) and self._enough.wait(AHEAD_EVERY)
            parts.append(self._read(None))
            room -= len(parts[-1].entries)
        return Batch.joined(parts, now=clock.now())

    def _read(self, block_ms: int | None) -> Batch:
        """The next batch; what was stored is acknowledged on the same way."""
        stored = self._take_stored()
        entries = self.reader.read(count=COUNT, block_ms=block_ms, stored=stored)
        return Batch(entries, now=clock.now())

    def _store(self) -> None:
        batch = self._batch or Batch([], now=clock.now())
        if self._next is None and len(batch.entries) >= BUSY:
            self._enough.clear()
            self._next = self._ahead.submit(self._read_ahead)
        try:
            frames = self.storing.store(batch, lost=self._lost, now=clock.now())
            self._stored = batch.entries
        except TRANSIENT as error:
            self._back_off("PostgreSQL", error)
            connection.close()
            return
        except LeaseLost:
            logger.warning("another engine owns a stream of the batch; giving it up")
            self._give_up()
            return
        finally:
            self._enough.set()
        self._pause = 0.0
        self._batch, self._lost = None, {}
        self._push(frames)

    def _finish(self) -> None:
        try:
            self.reader.ack(self._take_stored())
        except RedisError as error:  # they come again and are recognised by their event ids
            self._back_off("Redis", error)

    def _give_up(self) -> None:
        self._batch, self._lost = None, {}
        self.storing.leases.owned = set()
        self._start_over()

    def _start_over(self) -> None:
        """Read again what is pending; what was read ahead is among it."""
        if self._next is not None:
            self._enough.set()
            wait([self._next])
            self._next = None
        self.reader.restart()

    def _back_off(self, server: str, error: Exception) -> None:
        if not self._pause:
            logger.warning(
                "a server is away; trying again", extra={"server": server, "error": str(error)}
            )
        if server == "Redis":
            self._start_over()
        self._pause = min(LONGEST_PAUSE, self._pause * 2 or 0.05)
        self._resume = time.monotonic() + self._pause

    def _push(self, frames: Sequence[Frame]) -> None:
        if not frames or time.monotonic() < self._push_at:
            return
        try:
            live.push(self.feed, frames)
        except RedisError as error:  # rows are what counts; pages fetch them again
            self._push_at = time.monotonic() + FEED_RESTS  # the clock must not wait for it
            logger.info("frames could not be pushed", extra={"error": str(error)})
