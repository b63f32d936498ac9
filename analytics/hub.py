"""Fan-out of the live feed inside one process: a frame is encoded once and sent to every socket.

Sockets that want the same topics at the same pace share a `Cohort`: it collects the newest value
per (topic, key) and gives all its sockets one text a tick. A socket that is still busy with the
last text keeps its own newest values until it can be written again, so a slow reader costs the
others nothing and holds a bounded amount of memory.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from analytics.live import CUT, LISTED

FASTEST_HZ = 30
WAITING_LIMIT = 256  # keys a busy socket may hold before it is told to start again
TICK_LIMIT = 2_000  # keys of one tick; more than that is cheaper to fetch as a whole
UNWRITABLE_SECONDS = 10.0
PING_SECONDS = 15.0
ROW = "trade:"  # what the keys of a list's rows begin with
EARLY = 0.5  # of a tick, and
EARLY_SECONDS = 0.05  # so long before its time a tick may leave with an entry that just came

type Key = tuple[str, str]  # topic, key


class Item(NamedTuple):
    """One frame, encoded for the wire once: `wire` is the JSON text `[topic, key, ts, data]`."""

    topic: str
    key: str
    wire: str
    urgent: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """What a tick brings: the newest item per key, and the stream id it reaches to."""

    seq: str
    items: dict[Key, str]
    text: str


def batch(seq: str, items: dict[Key, str]) -> Batch:
    """Encode a batch message; `t` is the server's clock in epoch milliseconds."""
    body = ",".join(items.values())
    text = f'{{"type":"batch","seq":"{seq}","t":{_clock_ms()},"items":[{body}]}}'
    return Batch(seq, items, text)


def message(kind: str, **fields: str | int) -> str:
    """Encode a message that is no batch: ping, reset, denied."""
    return msgspec.json.encode({"type": kind, **fields, "t": _clock_ms()}).decode()


def _clock_ms() -> int:
    return time.time_ns() // 1_000_000


class Socket:
    """The sending side of one browser: a pump task and what waits for it."""

    def __init__(self, send: Callable[[str], Awaitable[None]], stuck: Callable[[], None]) -> None:
        self._send = send
        self._stuck = stuck
        self._control: list[str] = []
        self._ready: Batch | None = None
        self._waiting: dict[Key, str] = {}
        self._reset = ""
        self._ping = False
        self._wake = asyncio.Event()
        self._busy_since: float | None = None
        self.seq = "0-0"  # everything up to here was given to the pump
        self.cohort: Cohort | None = None

    async def pump(self) -> None:
        """Send what is offered, one text after the other, until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            await self._wake.wait()
            self._wake.clear()
            while text := self._next():
                self._busy_since = clock()
                await self._send(text)
                self._busy_since = None

    def offer(self, offered: Batch) -> None:
        """Hand over a tick; what an unfinished send holds back is merged, newest wins."""
        self.seq = offered.seq
        if self._busy_since is None and self._quiet():
            self._ready = offered
        elif not self._reset:
            self._merge(offered)
        self._wake.set()

    def reset(self, reason: str, seq: str) -> None:
        """Tell the page to fetch its state anew; what waited is of no use any more."""
        self._ready, self._waiting, self._reset, self.seq = None, {}, reason, seq
        self._wake.set()

    def tell(self, text: str) -> None:
        self._control.append(text)
        self._wake.set()

    def ping(self, head: str) -> None:
        """Say that the line is alive; `head` is true for this socket only if nothing waits."""
        if self._busy_since is None:
            if self._quiet() and not (self.cohort and self.cohort.pending):
                self.seq = head
            self._ping = True
            self._wake.set()

    def is_stuck(self, now: float) -> bool:
        return self._busy_since is not None and now - self._busy_since > UNWRITABLE_SECONDS

    def expel(self) -> None:
        self._stuck()

    def _merge(self, offered: Batch) -> None:
        if self._ready is not None:
            self._waiting, self._ready = dict(self._ready.items), None
        self._waiting.update(offered.items)
        if len(self._waiting) > WAITING_LIMIT:
            self.reset("slow", offered.seq)

    def _next(self) -> str | None:
        if self._reset:
            text, self._reset = message("reset", reason=self._reset, seq=self.seq), ""
            return text
        if self._ready is not None:
            text, self._ready = self._ready.text, None
            return text
        if self._waiting:
            text, self._waiting = batch(self.seq, self._waiting).text, {}
            return text
        if self._control:
            return self._control.pop(0)
        if self._ping:
            self._ping = False
            return message("ping", seq=self.seq)
        return None

    def _quiet(self) -> bool:
        return self._ready is None and not self._waiting and not self._reset


class Cohort:
    """The sockets that want the same topics at the same pace.

    A tick leaves with the entry that comes shortly before its time, so that the values in it are
    not as old as the wait; the one after it keeps its own time, and `hz` remains the mean.
    """

    def __init__(self, topics: frozenset[str], hz: int) -> None:
        self._loop = asyncio.get_running_loop()
        self.hz = hz
        self._early = min(EARLY / hz, EARLY_SECONDS)
        self._flushed = -1.0  # when, by the loop's clock
        self._tick = 0.0  # when the next one may leave
        self._due = 0.0  # when the timer ends; uvloop's may not tell
        self._timer: asyncio.TimerHandle | None = None
        self.topics = topics
        self.sockets: set[Socket] = set()
        self.pending: dict[Key, str] = {}
        self.seq = "0-0"

    def add(self, seq: str, items: Iterable[Item]) -> None:
        """Keep the newest item per key and see to it that they leave in time."""
        urgent = False
        for item in items:
            if item.topic in self.topics:
                self.pending[item.topic, item.key] = item.wire
                urgent = urgent or item.urgent
        self.seq = seq
        if self.pending:
            self._schedule(urgent=urgent)

    def flush(self) -> None:
        """Give every socket what has collected."""
        self.cancel()
        self._flushed = now = self._loop.time()
        self._tick = min(max(self._tick, now), now + self._early) + 1 / self.hz
        items, self.pending = _shortened(self.pending), {}
        if len(items) > TICK_LIMIT:
            for socket in self.sockets:
                socket.reset("burst", self.seq)
        elif items:
            tick = batch(self.seq, items)
            for socket in self.sockets:
                socket.offer(tick)

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self, *, urgent: bool) -> None:
        # A lone frame leaves at once; under load they leave together, one tick apart.
        now = self._loop.time()
        due = now if now >= self._tick - self._early else self._tick
        if urgent:
            due = min(due, max(now, self._flushed + 1 / FASTEST_HZ))
        if self._timer is not None:
            if self._due <= due:
                return
            self._timer.cancel()
        self._due = due
        self._timer = self._loop.call_at(due, self.flush)


def _shortened(items: dict[Key, str]) -> dict[Key, str]:
    """The same without the older rows of a list, which no page would show."""
    rows = [key for key in items if key[1].startswith(ROW)]
    if len(rows) > LISTED:
        for key in rows[:-LISTED]:
            del items[key]
        items["trading", CUT] = f'["trading","{CUT}",0,{{}}]'
    return items


class Hub:
    """Topic -> sockets of this process."""

    def __init__(self) -> None:
        self._cohorts: dict[tuple[frozenset[str], int], Cohort] = {}
        self._next_ping = 0.0
        self.head = "0-0"

    def publish(self, seq: str, items: Iterable[Item]) -> None:
        """Pass on the items of one stream entry."""
        self.head = seq
        for cohort in self._cohorts.values():
            cohort.add(seq, items)

    def join(self, socket: Socket, topics: frozenset[str], hz: int) -> None:
        """Let the socket have these topics `hz` times a second; it may have joined before."""
        self.leave(socket)
        wanted = (topics, min(max(hz, 1), FASTEST_HZ))
        if wanted not in self._cohorts:
            self._cohorts[wanted] = Cohort(*wanted)
        socket.cohort = self._cohorts[wanted]
        socket.cohort.sockets.add(socket)

    def leave(self, socket: Socket) -> None:
        """Forget the socket, after giving it what its cohort still holds back."""
        cohort, socket.cohort = socket.cohort, None
        if cohort is None:
            return
        cohort.sockets.discard(socket)
        if cohort.pending:
            socket.offer(batch(cohort.seq, dict(cohort.pending)))
        if not cohort.sockets:
            cohort.cancel()
            del self._cohorts[cohort.topics, cohort.hz]

    def reset(self, reason: str, seq: str) -> None:
        """The stream started anew: every page fetches its state again."""
        self.head = seq
        for cohort in self._cohorts.values():
            cohort.cancel()
            cohort.pending = {}
        for socket in self.sockets():
            socket.reset(reason, seq)

    def beat(self, now: float) -> None:
        """Once a second: expel sockets that cannot be written, ping the others every 15 s."""
        ping = now >= self._next_ping
        if ping:
            self._next_ping = now + PING_SECONDS
        for socket in list(self.sockets()):
            if socket.is_stuck(now):
                socket.expel()
            elif ping:
                socket.ping(self.head)

    def sockets(self) -> Iterator[Socket]:
        for cohort in self._cohorts.values():
            yield from cohort.sockets
