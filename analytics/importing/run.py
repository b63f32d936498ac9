"""Bring a file in: batch by batch, each one transaction with the mark of how far the file is.

Killed anywhere, the same call goes on where the last batch ended; run twice, the second run changes
nothing. A row is stored whole or listed with its line, its column and the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from itertools import batched, islice
from typing import TYPE_CHECKING

from django.db import connection, transaction

from analytics import trades
from analytics.importing import files, reading
from analytics.importing.kinds import Kind
from analytics.importing.order import Order
from analytics.importing.reading import Read
from analytics.live import Frame
from analytics.models import Import, ImportProblem

if TYPE_CHECKING:
    from django.contrib.auth.models import User

AT_ONCE = 2_000  # rows in one transaction
TRIES = 5  # when another writer made one of the trades meanwhile
LOCK = 7_301  # first key of the advisory lock; the second is the import
State = Import.State


class Busy(Exception):
    """Another process is bringing in the same file."""


class Stopped(Exception):
    """Somebody stopped the import; what came in before stays."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The import as it stands after a batch, and what to push to the pages."""

    run: Import
    frames: list[Frame]


def begin(order: Order, *, now: datetime, by: User | None = None) -> Import:
    """The import of this file with these options that is not finished, or a new one.

    Raises BadHeader, BadFile and OSError before anything is stored.
    """
    reading.opened(order, now=now)
    with order.path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    same = {"kind": order.kind, "digest": digest, "options": order.options}
    open_one = Import.objects.filter(**same).exclude(state=State.FINISHED).last()
    if open_one is not None:
        open_one.state = State.RUNNING
        open_one.save(update_fields=["state"])
        return open_one
    return Import.objects.create(**same, name=order.name or order.path.name, created_by=by)


def advance(run: Import, order: Order, *, now: datetime) -> Iterator[Progress]:
    """Bring in what is left of the file; tells where it is after each batch.

    Raises Busy, Stopped, and BadFile where the file stops being readable: what came before stays.
    """
    source = reading.opened(order, now=now)
    with alone(run):
        run.refresh_from_db()
        try:
            for some in batched(islice(source.rows, run.row, None), AT_ONCE):
                read = source.read(some)
                yield Progress(run, _store(run, source.kind, read, rows=len(some), now=now))
        except files.BadFile as error:
            end(run, State.FAILED, now=now, error=str(error))
            raise
        end(run, State.FINISHED, now=now)


def _store(run: Import, kind: Kind, read: Read, *, rows: int, now: datetime) -> list[Frame]:
    for left in reversed(range(TRIES)):
        try:
            return _try(run, kind, read, rows=rows, now=now)
        except trades.Raced:
            if not left:
                raise
            run.refresh_from_db()
    raise AssertionError("unreachable")


def _try(run: Import, kind: Kind, read: Read, *, rows: int, now: datetime) -> list[Frame]:
    with transaction.atomic(), connection.cursor() as cursor:
        if Import.objects.select_for_update().get(pk=run.pk).state == State.STOPPED:
            raise Stopped(f"{run.name} was stopped after {run.row:,} rows.")
        changed, frames = kind.store(cursor, read.found, now) if read.found else (0, [])
        for problem in read.problems:
            problem.of = run
        ImportProblem.objects.bulk_create(read.problems)
        run.row += rows
        run.changed += changed
        run.unchanged += len(read.found) - changed
        run.bad += len(read.problems)
        run.state = State.RUNNING
        run.error = ""
        run.save()
    return frames


def end(run: Import, state: str, *, now: datetime, error: str = "") -> None:
    """It is over; what was uploaded is kept no longer."""
    with transaction.atomic():
        run.state, run.error, run.finished_at = state, error, now
        run.save(update_fields=["state", "error", "finished_at"])
        run.parts.all().delete()


@contextmanager
def alone(run: Import) -> Iterator[None]:
    """Nobody else brings it in meanwhile; may be nested. Raises Busy."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, run.pk])
        if not cursor.fetchone()[0]:
            raise Busy(f"Another process is bringing in {run.name}.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, run.pk])
