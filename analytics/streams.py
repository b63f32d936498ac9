"""Reading the agent's streams in a consumer group, and publishing to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from django.db import transaction
from psycopg.errors import UniqueViolation
from redis import Redis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.exceptions import ResponseError
from redis.retry import Retry

from analytics import rows
from analytics.events import Event, Table
from analytics.gaps import Gaps
from analytics.live import Frame
from analytics.series import Reading, Run

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

    from analytics.models import AgentTable as AgentTable
    from analytics.models import StreamState as StreamState

CLAIM_AFTER_MS = 15_000  # an entry that another consumer left alone for so long is ours
SOCKET_TIMEOUT = 3.0  # seconds; far above every BLOCK that we use
NOTHING_KNOWN: Mapping[str, str] = MappingProxyType({})


@dataclass(slots=True)
class Stored:
    """What storing a batch of one stream led to."""

    fresh: int = 0
    duplicates: int = 0
    readings: list[Reading] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)


CLAIM = """
INSERT INTO analytics_eventkey (source, event_id, stream)
SELECT source, event_id, %s FROM unnest(%s::text[], %s::text[]) AS k(source, event_id)
ON CONFLICT DO NOTHING RETURNING source, event_id
"""
EVENT_KEY = {"source": "text", "event_id": "text", "stream": "text"}


class Entry(NamedTuple):
    """An entry as read: names and values in turn. Bytes that are not UTF-8 are lone surrogates."""

    stream: str
    entry_id: str
    pairs: Sequence[str]

    @property
    def fields(self) -> dict[str, str]:
        return dict(zip(self.pairs[::2], self.pairs[1::2], strict=True))


def connect(url: str) -> Redis:
    """A client whose blocking reads and failures are left to the caller: no hidden retries.

    XREADGROUP and XAUTOCLAIM answer as the server wrote it.
    """
    redis = Redis.from_url(
        url,
        decode_responses=True,
        encoding_errors="surrogateescape",
        protocol=2,
        socket_timeout=SOCKET_TIMEOUT,
        socket_connect_timeout=3.0,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
    )
    for command in ("XREADGROUP", "XAUTOCLAIM"):
        redis.set_response_callback(command, lambda answer, **_options: answer)
    return redis


def fresh[E: Event](cursor: CursorWrapper, events: Sequence[E]) -> list[E]:
    """The events that were never stored before; of equal ones in the batch the first."""
    if not events:
        return []
    keys = [(event.source, event.event_id) for event in events]
    return [events[place] for place in claim(cursor, events[0].stream, keys)]


def unseen(cursor: CursorWrapper, table: Table) -> Table:
    """As `fresh`, of a table."""
    keys = list(zip(table["source"], table["event_id"], strict=True))
    places = claim(cursor, table.stream, keys)
    return table.take(places)


def claim(cursor: CursorWrapper, stream: str, keys: Sequence[tuple[str, str]]) -> list[int]:
    """The places of the keys (source, event id) that nobody claimed before, each claimed once.

    Written in sorted order, so that two engines cannot deadlock.
    """
    places = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1), strict=True))
    ordered = sorted(places)
    if not ordered:
        return []
    columns = list(zip(*ordered, strict=True))
    if len(ordered) >= rows.MOST and _all_new(cursor, stream, columns):
        return sorted(places.values())
    cursor.execute(CLAIM, [stream, *map(rows.array, columns)])
    return sorted(places[key] for key in cursor.fetchall())


def _all_new(cursor: CursorWrapper, stream: str, columns: Sequence[Sequence[str]]) -> bool:
    """Claim many at once by COPY, as mostly nobody did before; else none of them."""
    try:
        with transaction.atomic():
            filled = [*columns, [stream] * len(columns[0])]
            rows.copy(cursor, "analytics_eventkey", EVENT_KEY, filled)
            return True
    except UniqueViolation:
        return False


def publish(redis: Redis, stream: str, fields: Mapping[str, str]) -> str:
    """Append one entry to a stream; returns its id."""
    return cast("str", redis.xadd(stream, cast("Any", dict(fields))))


class StreamReader:
    """The entries of streams that this consumer owns: its own unacknowledged ones first.

    Numbered: 1. after `own(stream)` the consumer's pending entries are read again from the start;
    2. then new ones; 3. `reclaim` takes over what a dead consumer left; 4. an entry that was
    trimmed before it was read is acknowledged and counted in `take_lost`, and so are those that
    `look_for_gaps` finds to have never come.
    """

    def __init__(self, redis: Redis, *, group: str, consumer: str) -> None:
        self.redis = redis
        self.group = group
        self.consumer = consumer
        self._position: dict[str, str] = {}  # stream -> last pending id read, or ">"
        self._lost: dict[str, int] = {}
        self._gaps = Gaps(redis, group)

    def own(self, streams: Iterable[str], known: Mapping[str, str] = NOTHING_KNOWN) -> None:
        """Read these streams from now on, and no others.

        `known` is the id of the newest entry that was ever stored of each. A stream that began
        anew since counts as one lost entry: nobody can tell how many there were.
        """
        wanted = set(streams)
        for stream in wanted - self._position.keys():
            anew = self._gaps.began_anew(stream, known.get(stream, ""))
            self._create_group(stream)
            self._lost[stream] = self._lost.get(stream, 0) + int(anew)
            self._position[stream] = "0"
        for stream in self._position.keys() - wanted:
            del self._position[stream]

    def _create_group(self, stream: str) -> None:
        try:
            self.redis.xgroup_create(stream, self.group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def restart(self) -> None:
        """After a lost connection or a batch that was given up: own pending entries again."""
        self._position = dict.fromkeys(self._position, "0")

    def read(
        self, *, count: int, block_ms: int | None, stored: Iterable[Entry] = ()
    ) -> list[Entry]:
        """Up to about `count` entries; waits `block_ms` when there is none, if given.

        On the same way `stored` are acknowledged.
        """
        if not self._position:
            self.ack(stored)
            return []
        catching_up = {key: at for key, at in self._position.items() if at != ">"}
        wanted = catching_up or self._position
        pipe = self._acknowledging(stored)
        pipe.xreadgroup(
            self.group,
            self.consumer,
            cast("Any", wanted),
            count=max(1, count // len(wanted)) if catching_up else count,
            block=None if catching_up else block_ms,
        )
        *answers, reply = pipe.execute(raise_on_error=False)
        for answer in (*answers, reply):
            if isinstance(answer, Exception) and "NOGROUP" not in str(answer):
                raise answer
        if isinstance(reply, Exception):  # the stream was deleted or Redis lost its data
            for stream in self._position:
                self._create_group(stream)
            return []
        return self._entries(reply or [], catching_up)

    def _entries(self, reply: list[Any], catching_up: Mapping[str, str]) -> list[Entry]:
        found: list[Entry] = []
        for stream, messages in reply:
            if stream in catching_up:
                self._position[stream] = messages[-1][0] if messages else ">"
            gone = [entry_id for entry_id, pairs in messages if not pairs]
            if gone:
                self._count_lost(stream, gone)
            found += [Entry(stream, entry_id, pairs) for entry_id, pairs in messages if pairs]
        return found

    def _count_lost(self, stream: str, entry_ids: Sequence[str]) -> None:
        self._lost[stream] = self._lost.get(stream, 0) + len(entry_ids)
        self.redis.xack(stream, self.group, *entry_ids)

    def reclaim(self, *, count: int, idle_ms: int = CLAIM_AFTER_MS) -> list[Entry]:
        """Entries that another consumer of the group has left unacknowledged for `idle_ms`."""
        found: list[Entry] = []
        for stream in self._position:
            try:
                _, messages, gone = cast(
                    "Any",
                    self.redis.xautoclaim(
                        stream, self.group, self.consumer, idle_ms, "0-0", count=count
                    ),
                )
            except ResponseError as error:
                if "NOGROUP" not in str(error):
                    raise
                continue
            self._lost[stream] = self._lost.get(stream, 0) + len(gone)
            found += [Entry(stream, entry_id, pairs) for entry_id, pairs in messages if pairs]
        return found

    def look_for_gaps(self) -> None:
        """Count what was gone before it was delivered, while nothing is being read."""
        for stream, count in self._gaps.look(self._position).items():
            self._lost[stream] = self._lost.get(stream, 0) + count

    def ack(self, entries: Iterable[Entry]) -> None:
        """Acknowledge after the commit."""
        self._acknowledging(entries).execute()

    def _acknowledging(self, entries: Iterable[Entry]) -> Pipeline:
        ids: dict[str, list[str]] = {}
        for entry in entries:
            ids.setdefault(entry.stream, []).append(entry.entry_id)
        pipe = self.redis.pipeline(transaction=False)
        for stream, entry_ids in ids.items():
            pipe.xack(stream, self.group, *entry_ids)
        return pipe

    def take_lost(self) -> dict[str, int]:
        """Entries trimmed before they were read, since the last call, by stream."""
        lost, self._lost = {key: n for key, n in self._lost.items() if n}, {}
        return lost


def loss(stream: str, count: int, *, now: datetime) -> Reading:
    """The reading that tells of entries which nobody will ever read."""
    return Reading("portal_lost_entries", (("stream", stream),), now, float(count), stream)


def waiting_seconds(redis: Redis, stream: str, *, group: str, now: float) -> float:
    """Age of the oldest entry that is not acknowledged; 0 when nothing waits.

    By age, because XINFO's `lag` lies after Redis restarted from its append-only file.
    """
    try:
        groups = {row["name"]: row for row in cast("list[Any]", redis.xinfo_groups(stream))}
    except ResponseError:
        return 0.0
    if group not in groups:
        start = "-"
    elif groups[group]["pending"]:
        oldest = cast("Any", redis.xpending(stream, group))["min"]
        return _age(oldest, now) if oldest else 0.0  # acknowledged meanwhile
    else:
        start = f"({groups[group]['last-delivered-id']}"
    unread = cast("list[Any]", redis.xrange(stream, min=start, count=1))
    return _age(unread[0][0], now) if unread else 0.0


def _age(entry_id: str, now: float) -> float:
    return max(0.0, now - int(entry_id.partition("-")[0]) / 1_000)


def states() -> list[StreamState]:
    """Counters, lag and owner of every stream ever read."""
    from analytics.models import StreamState

    return list(StreamState.objects.order_by("stream"))


def waiting_dead_letters() -> dict[str, int]:
    """How many entries of each stream could not be stored and were not replayed since."""
    from django.db.models import Count

    from analytics.models import DeadLetter

    counts = DeadLetter.objects.filter(replayed_at=None).values_list("stream")
    return dict(counts.annotate(Count("pk")).order_by("stream"))


def agent_table() -> AgentTable | None:
    """How the agent's own table of trades was read last; None before the first time."""
    from analytics.models import AgentTable

    return AgentTable.objects.first()
