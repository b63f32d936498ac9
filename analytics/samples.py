"""Samples in the database: series rows on demand, one statement a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from analytics import partitions
from analytics import rows as tables
from analytics.bundle import Answer, Bundle
from analytics.events.table import moment
from analytics.series import (
    Bucket,
    Columns,
    Folded,
    Labels,
    Run,
    StoredSample,
    fingerprint,
    fold,
)

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

COLUMNS = {
    "seq": "int8",
    "series_id": "int8",
    "ts": "timestamptz",
    "value": "float8",
    "vmin": "float8",
    "vmax": "float8",
    "vsum": "float8",
    "vcount": "int4",
}
FEW = 500  # so many are inserted with the statements around them; more are copied
INSERT = """
INSERT INTO analytics_sample (series_id, ts, value, vmin, vmax, vsum, vcount)
SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::float8[], %s::float8[], %s::float8[],
                     %s::float8[], %s::int[])
RETURNING seq
"""
RESERVE = "SELECT nextval('analytics_sample_seq_part_seq') FROM generate_series(1, %s)"
TOUCH = """
UPDATE analytics_series AS s SET
    last_ts = CASE WHEN s.last_ts IS NULL OR n.ts >= s.last_ts THEN n.ts ELSE s.last_ts END,
    last_value = CASE WHEN s.last_ts IS NULL OR n.ts >= s.last_ts THEN n.value
                 ELSE s.last_value END,
    last_received_at = %s
FROM (SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::float8[]) AS n(id, ts, value)
      ORDER BY id) AS n
WHERE s.id = n.id
"""
BUCKETS = """
SELECT to_timestamp(%(start)s + slot * %(step)s), min(vmin), max(vmax),
       (array_agg(value ORDER BY ts DESC, seq DESC))[1]
FROM (SELECT seq, ts, value, vmin, vmax,
             floor((extract(epoch FROM ts) - %(start)s) / %(step)s) AS slot
      FROM analytics_sample
      WHERE series_id = %(series)s AND ts >= to_timestamp(%(start)s)
        AND ts < to_timestamp(%(end)s)) AS span
GROUP BY slot ORDER BY slot
"""


WHOLE = """
COPY (SELECT seq, extract(epoch FROM ts)::float8, coalesce(value, 'NaN'), coalesce(vmin, 'NaN'),
             coalesce(vmax, 'NaN'), coalesce(vsum, 'NaN'), vcount::float8
      FROM analytics_sample
      WHERE series_id = %(series)s AND ts > %(start)s AND ts <= %(end)s)
TO STDOUT (FORMAT binary)
"""
COPY_HEADER, COPY_TRAILER = 19, 2  # bytes
COPIED = np.dtype(
    [("fields", ">i2"), ("seq_size", ">i4"), ("seq", ">i8")]
    + [part for name in Columns._fields for part in ((f"{name}_size", ">i4"), (name, ">f8"))]
)


class _Known(NamedTuple):
    series_id: int
    labels: dict[str, str]
    fingerprint: str


class SeriesGone(Exception):
    """A cached series row is no longer there; the batch is to be stored again."""


_known: dict[tuple[str, Labels], _Known] = {}


def forget() -> None:
    """Drop the cache of series rows, after a roll-back or when rows were deleted."""
    _known.clear()


def store(bundle: Bundle, runs: Sequence[Run], *, now: datetime) -> list[StoredSample]:
    """Insert readings, folded, and touch their series; at least one reading.

    What `bundle` holds is sent along. Raises SeriesGone when a series row vanished since it was
    cached.
    """
    known = _resolve(bundle.cursor, {(run.name, run.labels): run.stream for run in runs})
    series = [known[run.name, run.labels] for run in runs]
    found = _sorted(fold(runs), np.array([one.series_id for one in series], dtype=np.int64))
    partitions.ensure(bundle.cursor, "analytics_sample", found.us)
    places = found.place.tolist()
    columns = [found.us.tolist(), *map(_plain, found[2:])]
    ids = [one.series_id for one in series]
    touched = _touch(bundle, ids, found, now)
    seqs = _write(bundle, [[ids[place] for place in places], *columns])
    if touched.count != len(np.unique(found.place)):
        forget()
        raise SeriesGone
    return [
        StoredSample(
            series_id=series[place].series_id,
            name=runs[place].name,
            labels=series[place].labels,
            fingerprint=series[place].fingerprint,
            seq=seq,
            ts=moment(us),
            value=value,
            vmin=low,
            vmax=high,
            vsum=total,
            vcount=count,
        )
        for place, seq, us, value, low, high, total, count in zip(
            places, seqs, *columns, strict=True
        )
    ]


def _sorted(found: Folded, ids: NDArray[np.int64]) -> Folded:
    """By series row and time, so that two engines lock series in the same order."""
    order = np.lexsort((found.us, ids[found.place]))
    columns: Iterable[Any] = (column[order] for column in found)
    return Folded(*columns)


def _plain(column: NDArray[Any]) -> list[Any]:
    """As Python has it: None where there is no number."""
    values: list[Any] = column.tolist()
    return [None if value != value else value for value in values]


def _write(bundle: Bundle, columns: Sequence[list[Any]]) -> list[int]:
    """Send the bundle and write the rows in their order; returns the numbers that tell it."""
    count = len(columns[0])
    if count <= FEW:
        _, *kinds = COLUMNS.values()
        answer = bundle.add(INSERT, list(map(tables.literal, kinds, columns)))
    else:
        answer = bundle.add(RESERVE, [count])
    bundle.send()
    seqs = [seq for (seq,) in answer.rows]
    if count > FEW:
        tables.copy(bundle.cursor, "analytics_sample", COLUMNS, [seqs, *columns])
    return seqs


def _touch(bundle: Bundle, ids: list[int], found: Folded, now: datetime) -> Answer:
    """Say of each series what its newest sample is."""
    newest = np.flatnonzero(np.append(np.diff(found.place) != 0, True))
    touched = [ids[place] for place in found.place[newest].tolist()]
    columns = [touched, found.us[newest].tolist(), _plain(found.value[newest])]
    kinds = ("int8", "timestamptz", "float8")
    return bundle.add(TOUCH, [now, *map(tables.literal, kinds, columns)])


def _resolve(
    cursor: CursorWrapper, wanted: dict[tuple[str, Labels], str]
) -> dict[tuple[str, Labels], _Known]:
    """The row of each series; new ones are cached when the transaction has committed."""
    found = {key: _known[key] for key in wanted if key in _known}
    missing = {key: stream for key, stream in wanted.items() if key not in found}
    if not missing:
        return found
    prints = {fingerprint({"__name__": key[0], **dict(key[1])}): key for key in missing}
    ordered = sorted(prints)
    cursor.execute(
        "INSERT INTO analytics_series (name, labels, fingerprint, stream)"
        " SELECT * FROM unnest(%s::text[], %s::jsonb[], %s::text[], %s::text[])"
        " ON CONFLICT (fingerprint) DO NOTHING",
        [
            [prints[key][0] for key in ordered],
            [msgspec.json.encode(dict(prints[key][1])).decode() for key in ordered],
            ordered,
            [missing[prints[key]] for key in ordered],
        ],
    )
    cursor.execute(
        "SELECT fingerprint, id FROM analytics_series WHERE fingerprint = ANY(%s)", [ordered]
    )
    made = {
        prints[mark]: _Known(series_id, dict(prints[mark][1]), mark)
        for mark, series_id in cursor.fetchall()
    }
    transaction.on_commit(lambda: _known.update(made))
    return found | made


def buckets(series_id: int, start: datetime, end: datetime, points: int) -> list[Bucket]:
    span = end.timestamp() - start.timestamp()
    if span <= 0 or points < 1:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            BUCKETS,
            {
                "series": series_id,
                "start": start.timestamp(),
                "end": end.timestamp(),
                "step": span / points,
            },
        )
        return [Bucket(*row) for row in cursor.fetchall()]


def columns(series_id: int, start: datetime, end: datetime) -> Columns:
    """Read by binary COPY: every row has the same size, so the answer is an array already."""
    span = {"series": series_id, "start": start, "end": end}
    with connection.cursor() as cursor, cursor.copy(WHOLE, span) as copy:
        raw = b"".join(bytes(part) for part in copy)
    rows = np.frombuffer(raw[COPY_HEADER:-COPY_TRAILER], dtype=COPIED)
    rows = rows[np.argsort(rows["seq"], kind="stable")]
    return Columns(*(rows[name].astype(float) for name in Columns._fields))
