"""One batch of entries: decoded, then stored in one transaction with everything it leads to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Protocol

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from analytics import deadletters, partitions, samples, series, streams
from analytics.deadletters import Letter
from analytics.events import Event, Table, decode_all
from analytics.events.table import joined, moment
from analytics.live import Frame
from analytics.series import Reading, Run, StoredSample
from analytics.streams import Entry, Stored
from ops_portal.engine.causes import REFUSALS, Cause, NotReady, cause
from ops_portal.engine.leases import Leases, Tally

logger = logging.getLogger(__name__)

Store = Callable[..., Stored]
Events = Table | list[Event]


# Times in a row that one entry alone may take too long before it, not the server, is to blame.
PATIENCE = 3


class Watcher(Protocol):
    """What looks at committed samples; the rules' evaluator."""

    def observe(
        self, samples: Sequence[StoredSample], *, now: datetime, waited: float = 0.0
    ) -> list[Frame]: ...

    def rollback(self) -> None: ...


class Batch:
    """Entries decoded: events by stream, refusals, and the counters of both."""

    def __init__(self, entries: Iterable[Entry], *, now: datetime) -> None:
        self.entries = list(entries)
        self.events: dict[str, Events] = {}
        self.letters: list[Letter] = []
        self.tallies: dict[str, Tally] = {}
        self.written: dict[str, float] = {}  # stream -> epoch seconds of its first entry
        streams: dict[str, list[Entry]] = {}
        for entry in self.entries:
            streams.setdefault(entry.stream, []).append(entry)
        for stream, some in streams.items():
            self._decode(stream, some, now.timestamp())

    @classmethod
    def joined(cls, parts: Sequence[Batch], *, now: datetime) -> Batch:
        """What was read one after the other, as if it had been read at once."""
        if len(parts) == 1:
            return parts[0]
        whole = cls([], now=now)
        events: dict[str, list[Events]] = {}
        for part in parts:
            whole.entries += part.entries
            whole.letters += part.letters
            whole.written = part.written | whole.written
            for stream, tally in part.tallies.items():
                whole.tallies.setdefault(stream, Tally()).follow(tally)
            for stream, some in part.events.items():
                events.setdefault(stream, []).append(some)
        whole.events = {stream: _joined(some) for stream, some in events.items()}
        return whole

    def _decode(self, stream: str, entries: Sequence[Entry], now: float) -> None:
        events, refused = decode_all(stream, [entry[1:] for entry in entries], now=now)
        self.letters += [Letter(entries[place], code, why) for place, code, why in refused]
        tally = self.tallies[stream] = Tally()
        tally.last_entry_id = entries[-1].entry_id
        self.written[stream] = int(entries[0].entry_id.partition("-")[0]) / 1_000
        if len(events):
            self.events[stream] = events
            tally.last_event_at, flags = _times_and_flags(events)
            for name in chain.from_iterable(flags):
                tally.inferred[name] = tally.inferred.get(name, 0) + 1

    def waited(self, since: Mapping[str, datetime], *, now: datetime) -> float:
        """Seconds that the longest waiting entry lay in a stream to which the portal listened."""
        waits = [
            now.timestamp() - max(at, since[stream].timestamp())
            for stream, at in self.written.items()
            if stream in since
        ]
        return max([0.0, *waits])


def _joined(parts: Sequence[Events]) -> Events:
    if tables := [part for part in parts if isinstance(part, Table)]:
        return joined(tables)
    return [event for part in parts if isinstance(part, list) for event in part]


def _times_and_flags(events: Events) -> tuple[datetime, Iterable[Sequence[str]]]:
    """The newest time, and of each event the fields that were guessed."""
    if isinstance(events, Table):
        return moment(int(events.times.max())), filter(None, events["inferred"])
    return max(event.ts for event in events), (event.inferred for event in events)


def handlers() -> dict[str, Store]:
    """The storing function of each stream, as the settings compose them."""
    return {stream: import_string(dotted) for stream, dotted in settings.STREAM_HANDLERS.items()}


class Storing:
    """Stores batches for one engine."""

    def __init__(
        self, *, leases: Leases, stores: Mapping[str, Store], watcher: Watcher | None
    ) -> None:
        self.leases = leases
        self.stores = stores
        self.watcher = watcher
        self._most: int | None = None  # entries in one transaction, while statements take too long
        self._slow: list[Entry] = []  # one entry, as often in a row as it alone took too long

    def store(self, batch: Batch, *, lost: dict[str, int], now: datetime) -> list[Frame]:
        """Commit the batch and all it leads to; returns the frames to push.

        `lost` is emptied once it is committed. An entry that cannot be stored is found by halving
        and becomes a dead letter. Raises one of TRANSIENT when the same batch is to come again,
        and LeaseLost; of what is not committed by then nothing is stored.
        """
        entries, most = batch.entries, self._most
        if most is None or most >= len(entries):
            parts = [batch]
        else:
            starts = range(0, len(entries), most)
            parts = [Batch(entries[at : at + most], now=now) for at in starts]
        frames = [frame for part in parts for frame in self._store(part, lost, now)]
        self._most = None if most is None or len(parts) == 1 else most * 2
        return frames

    def _store(self, batch: Batch, lost: dict[str, int], now: datetime) -> list[Frame]:
        entries = batch.entries
        try:
            return self._commit(batch, lost, now)
        except REFUSALS as error:
            self.forget()
            self._wait_or_blame(cause(error), error, entries)
            if len(entries) > 1:
                half = len(entries) // 2
                halves = Batch(entries[:half], now=now), Batch(entries[half:], now=now)
                return [frame for one in halves for frame in self._store(one, lost, now)]
            logger.warning("an entry cannot be stored", exc_info=error)
            return self._refuse(entries[0], error, lost, now)

    def _wait_or_blame(self, why: Cause, error: Exception, entries: list[Entry]) -> None:
        """Returns if an entry is to blame; else raises what makes the batch come again."""
        if why is Cause.TABLES:
            raise NotReady(str(error)) from error
        if why is Cause.TIME:
            self._most = max(1, len(entries) // 2)
            if len(entries) == 1:
                self._slow = [*(one for one in self._slow if one == entries[0]), entries[0]]
                if len(self._slow) >= PATIENCE:
                    return
        if why is not Cause.ENTRY:
            raise error

    def _commit(self, batch: Batch, lost: dict[str, int], now: datetime) -> list[Frame]:
        frames: list[Frame] = []
        readings: list[Reading | Run] = []
        with transaction.atomic(), connection.cursor() as cursor:
            for stream, events in batch.events.items():
                stored = self.stores[stream](cursor, events, now=now)
                tally = batch.tallies[stream]
                tally.accepted, tally.duplicates = stored.fresh, stored.duplicates
                readings += [*stored.readings, *stored.runs]
                frames += stored.frames
            if batch.letters:
                for stream, counts in deadletters.write(cursor, batch.letters).items():
                    batch.tallies[stream].rejected = counts
            readings += [streams.loss(stream, count, now=now) for stream, count in lost.items()]
            found = series.record(cursor, readings, now=now)
            if self.watcher is not None:
                waited = batch.waited(self.leases.since, now=now)
                frames += self.watcher.observe(found, now=now, waited=waited)
            for stream, count in lost.items():
                batch.tallies.setdefault(stream, Tally()).lost = count
            self.leases.fence(cursor, batch.tallies)
        lost.clear()
        return frames

    def _refuse(
        self, entry: Entry, error: Exception, lost: dict[str, int], now: datetime
    ) -> list[Frame]:
        batch = Batch([], now=now)
        batch.letters = [Letter(entry, "storage", f"{type(error).__name__}: {error}"[:500])]
        batch.tallies = {entry.stream: Tally()}
        batch.tallies[entry.stream].last_entry_id = entry.entry_id
        return self._commit(batch, lost, now)

    def forget(self) -> None:
        """Drop what was remembered of a transaction that was rolled back."""
        samples.forget()
        partitions.forget()
        if self.watcher is not None:
            self.watcher.rollback()
