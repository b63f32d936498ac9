"""Bring a file in: batch by batch, each one transaction with the mark of how far the file is.

Killed anywhere, the same call goes on where the last batch ended; run twice, the second run changes
nothing. A row is stored whole or listed with its line, its column and the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import file_digest
from itertools import batched, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from analytics import trades
from analytics.importing import candles, columns, files
from analytics.importing.cells import BadCell, Cells
from analytics.importing.files import Row
from analytics.importing.kinds import KINDS, Kind
from analytics.importing.scope import Scope
from analytics.live import Frame
from analytics.models import Import, ImportProblem

if TYPE_CHECKING:
    from django.contrib.auth.models import User

AT_ONCE = 2_000  # rows in one transaction
LONGEST_RAW = 500  # characters of a bad row that are kept
TRIES = 5  # when another writer made one of the trades meanwhile
UNSAID = ("path", "kind", "name")  # what the import tells elsewhere
LOCK = 7_301  # first key of the advisory lock; the second is the import


class Busy(Exception):
    """Another process is bringing in the same file."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to bring in, and as what. `map` is column -> field, for columns of other names."""

    path: Path
    kind: str
    source: str
    env: str = "live"
    strategy: str = ""
    currency: str = ""
    seconds: int = 0  # that a candle spans; 0: as its rows tell
    map: Mapping[str, str] = field(default_factory=dict)
    name: str = ""  # of the file; blank: that of the path

    @property
    def options(self) -> dict[str, Any]:
        told = asdict(self)
        return {name: value for name, value in told.items() if name not in UNSAID}


@dataclass(frozen=True, slots=True)
class Progress:
    """The import as it stands after a batch, and what to push to the pages."""

    run: Import
    frames: list[Frame]


def begin(order: Order, *, by: User | None = None) -> Import:
    """The import of this file with these options that is not finished, or a new one.

    Raises BadHeader, BadFile and OSError before anything is stored.
    """
    header, _ = files.read(order.path)
    places = columns.assign(KINDS[order.kind].fields, header, order.map)
    _seconds(order, header, places)
    with order.path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    same = {"kind": order.kind, "digest": digest, "options": order.options}
    open_one = Import.objects.filter(**same).exclude(state=Import.State.FINISHED).last()
    if open_one is not None:
        return open_one
    return Import.objects.create(**same, name=order.name or order.path.name, created_by=by)


def advance(run: Import, order: Order, *, now: datetime) -> Iterator[Progress]:
    """Bring in what is left of the file; tells where it is after each batch.

    Raises Busy, and BadFile where the file stops being readable: what came before stays.
    """
    kind = KINDS[order.kind]
    header, rows = files.read(order.path)
    places = columns.assign(kind.fields, header, order.map)
    scope = Scope(
        source=order.source, now=now.timestamp(), env=order.env, strategy=order.strategy,
        currency=order.currency, seconds=_seconds(order, header, places),
    )  # fmt: skip
    with _alone(run):
        run.refresh_from_db()
        try:
            for some in batched(islice(rows, run.row, None), AT_ONCE):
                read = _read(some, kind, scope, header=header, places=places)
                yield Progress(run, _store(run, kind, read, rows=len(some), now=now))
        except files.BadFile as error:
            _end(run, Import.State.FAILED, now=now, error=str(error))
            raise
        _end(run, Import.State.FINISHED, now=now)


def _seconds(order: Order, header: Sequence[str], places: Mapping[str, int]) -> int:
    if order.seconds or order.kind != "candles":
        return order.seconds
    _, rows = files.read(order.path)
    return candles.width((row for _, row in islice(rows, AT_ONCE)), header, places)


@dataclass(frozen=True, slots=True)
class _Read:
    found: list[Any]
    problems: list[ImportProblem]


def _read(
    some: Sequence[Row],
    kind: Kind,
    scope: Scope,
    *,
    header: Sequence[str],
    places: Mapping[str, int],
) -> _Read:
    read = _Read([], [])
    for line, row in some:
        try:
            read.found.append(kind.read(Cells(row, header, places), scope))
        except BadCell as bad:
            raw = ",".join(row).replace("\x00", "")[:LONGEST_RAW]
            read.problems.append(
                ImportProblem(line=line, column=bad.column, reason=bad.reason, raw=raw)
            )
    return read


def _store(run: Import, kind: Kind, read: _Read, *, rows: int, now: datetime) -> list[Frame]:
    for left in reversed(range(TRIES)):
        try:
            return _try(run, kind, read, rows=rows, now=now)
        except trades.Raced:
            if not left:
                raise
            run.refresh_from_db()
    raise AssertionError("unreachable")


def _try(run: Import, kind: Kind, read: _Read, *, rows: int, now: datetime) -> list[Frame]:
    with transaction.atomic(), connection.cursor() as cursor:
        changed, frames = kind.store(cursor, read.found, now) if read.found else (0, [])
        for problem in read.problems:
            problem.of = run
        ImportProblem.objects.bulk_create(read.problems)
        run.row += rows
        run.changed += changed
        run.unchanged += len(read.found) - changed
        run.bad += len(read.problems)
        run.state = Import.State.RUNNING
        run.error = ""
        run.save()
    return frames


def _end(run: Import, state: str, *, now: datetime, error: str = "") -> None:
    run.state, run.error, run.finished_at = state, error, now
    run.save()


@contextmanager
def _alone(run: Import) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, run.pk])
        if not cursor.fetchone()[0]:
            raise Busy(f"Another process is bringing in {run.name}.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, run.pk])
