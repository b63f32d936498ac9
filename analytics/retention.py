"""Old rows leave: whole partitions of events and samples, and the keys of events long gone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import connections, transaction

from analytics import partitions, standing

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

PARTITIONS = """
SELECT child.relname, pg_total_relation_size(child.oid)
FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
     JOIN pg_class parent ON parent.oid = inhparent
WHERE parent.relname = %s AND parent.relnamespace = current_schema()::regnamespace
ORDER BY 1
"""
COUNT = "SELECT count(*) FROM {table} WHERE {column} < %s"
DELETE = """
DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE {column} < %s LIMIT %s))
"""
UPLOADS_DAYS = 7  # files that nobody has brought in
AT_ONCE = 50_000  # rows deleted in one transaction


class Removal(NamedTuple):
    """What goes, or would go: a partition (size in bytes) or rows of a table (their number)."""

    name: str
    amount: int
    unit: str


class Aged(NamedTuple):
    """A table whose rows go `days` after what their column says."""

    table: str
    column: str
    days: int


def owner_alias() -> str:
    """The connection of the role that owns the tables; only it may drop a partition."""
    return "owner" if "owner" in settings.DATABASES else "default"


def apply(
    *, now: datetime, dry_run: bool = False, others: Sequence[Aged] = ()
) -> Iterator[Removal]:
    """Remove what is older than the settings say, here and in `others`; tell each removal.

    A month goes when its last moment is old enough, so up to a month stays longer than asked.
    """
    alias = owner_alias()
    if not dry_run:
        standing.bring_forward(now=now)  # what is open outlives the fills that opened it
    for table, days in _partitioned().items():
        yield from _partitions(alias, table, now - timedelta(days=days), dry_run=dry_run)
    for table, column, days in (
        Aged("analytics_eventkey", "seen_at", settings.RETENTION_KEYS_DAYS),
        Aged("analytics_deadletter", "received_at", settings.RETENTION_DEAD_LETTERS_DAYS),
        Aged("analytics_uploadpart", "kept_at", UPLOADS_DAYS),
        *others,
    ):
        count = _delete(alias, table, column, now - timedelta(days=days), dry_run=dry_run)
        if count:
            yield Removal(table, count, "rows")
    partitions.forget()


def _partitioned() -> dict[str, int]:
    events = settings.RETENTION_EVENTS_DAYS
    return {
        "analytics_execution": events,
        "analytics_signal": events,
        "analytics_riskdecision": events,
        "analytics_sample": settings.RETENTION_SAMPLES_DAYS,
    }


def _partitions(alias: str, table: str, cutoff: datetime, *, dry_run: bool) -> Iterator[Removal]:
    with connections[alias].cursor() as cursor:
        cursor.execute(PARTITIONS, [table])
        for name, size in cursor.fetchall():
            end = _end_of(name)
            if end is None or end > cutoff:
                continue
            if not dry_run:
                with transaction.atomic(using=alias):
                    cursor.execute(f'DROP TABLE "{name}"')
            yield Removal(name, size, "bytes")


def _end_of(partition: str) -> datetime | None:
    """The first moment after the month that a partition is named for."""
    month = re.search(r"_(\d{4})(\d{2})$", partition)
    if month is None:
        return None
    year, number = int(month[1]), int(month[2])
    return datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)


def _delete(alias: str, table: str, column: str, cutoff: datetime, *, dry_run: bool) -> int:
    with connections[alias].cursor() as cursor:
        if dry_run:
            cursor.execute(COUNT.format(table=table, column=column), [cutoff])
            return int(cursor.fetchone()[0])
        removed = 0
        while True:
            count = _delete_some(cursor, table, column, cutoff)
            removed += count
            if count < AT_ONCE:
                return removed


def _delete_some(cursor: CursorWrapper, table: str, column: str, cutoff: datetime) -> int:
    cursor.execute(DELETE.format(table=table, column=column), [cutoff, AT_ONCE])
    return int(cursor.rowcount)
