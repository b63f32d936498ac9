"""One batch of entries: decoded, then stored in one transaction with everything it leads to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Protocol

import psycopg
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils.module_loading import import_string
from psycopg import errors

from analytics import deadletters, partitions, samples, series, streams
from analytics.deadletters import Letter
from analytics.events import Event, Table, decode_all
from analytics.events.decode import UNREADABLE
from analytics.events.table import moment
from analytics.live import Frame
from analytics.samples import SeriesGone
from analytics.series import Reading, Run, StoredSample
from analytics.streams import Entry, Stored
from analytics.trades import Raced
from ops_portal.engine.leases import LeaseLost, Leases, Tally

logger = logging.getLogger(__name__)

Store = Callable[..., Stored]
Events = Table | list[Event]


class NotReady(Exception):
    """The tables are not those of this version, or not to be written: nothing of an event."""


# The database or its connection is to blame: the same batch again, later.
TRANSIENT = (
    NotReady,
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    SeriesGone,
    Raced,
)
# A version that was started before `prepare`, rights that are missing, a server that became a copy.
UNPREPARED = (
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.UndefinedFunction,
    errors.UndefinedObject,
    errors.InvalidSchemaName,
    errors.InsufficientPrivilege,
    errors.ReadOnlySqlTransaction,
)
# Too large for the server, which calls that a fault of operation: it is the entry all the same.
OVERSIZED = (errors.ProgramLimitExceeded,)
# An entry is to blame: it is looked for by halving the batch.
UNSTORABLE = (DatabaseError, psycopg.Error, *UNREADABLE)


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

    def store(self, batch: Batch, *, lost: dict[str, int], now: datetime) -> list[Frame]:
        """Commit the batch and all it leads to; returns the frames to push.

        `lost` is emptied once it is committed. An entry that cannot be stored is found by halving
        and becomes a dead letter. Raises one of TRANSIENT when the database is to blame, and
        LeaseLost; of what is not committed by then nothing is stored.
        """
        try:
            return self._commit(batch, lost, now)
        except (LeaseLost, *TRANSIENT, *UNSTORABLE) as error:
            self.forget()
            cause = error.__cause__ or error
            if isinstance(cause, UNPREPARED):
                raise NotReady(str(error)) from error
            if isinstance(error, (LeaseLost, *TRANSIENT)) and not isinstance(cause, OVERSIZED):
                raise
            entries = batch.entries
            if len(entries) > 1:
                half = len(entries) // 2
                halves = Batch(entries[:half], now=now), Batch(entries[half:], now=now)
                return [frame for one in halves for frame in self.store(one, lost=lost, now=now)]
            logger.warning("an entry cannot be stored", exc_info=error)
            return self._refuse(entries[0], error, lost, now)

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
