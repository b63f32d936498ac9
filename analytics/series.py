"""The door to series and samples: what rules evaluate and charts draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from analytics.bundle import Bundle
from analytics.events.table import us_of

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

    from analytics.models import Series

FNV_OFFSET, FNV_PRIME, MASK = 0xCBF29CE484222325, 0x100000001B3, 0xFFFFFFFFFFFFFFFF
MOST_POINTS = 2_000

Labels = tuple[tuple[str, str], ...]


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One observation of a series before it is stored.

    `value` None: the producer sent no number. `labels` sorted by label name.
    """

    name: str
    labels: Labels
    ts: datetime
    value: float | None
    stream: str = ""


class Run(NamedTuple):
    """Readings of one series, in their order; NaN where the producer sent no number."""

    name: str
    labels: Labels
    stream: str
    times: NDArray[np.int64]  # microseconds since 1970
    values: NDArray[np.float64]


class StoredSample(msgspec.Struct, frozen=True, kw_only=True):
    """A committed sample: readings of one series, one second and one batch, folded."""

    series_id: int
    name: str
    labels: Mapping[str, str]
    fingerprint: str
    seq: int
    ts: datetime
    value: float | None
    vmin: float | None
    vmax: float | None
    vsum: float | None
    vcount: int


class Columns(NamedTuple):
    """Samples as columns in commit order; NaN where there was no number."""

    ts: NDArray[np.float64]  # epoch seconds
    value: NDArray[np.float64]
    vmin: NDArray[np.float64]
    vmax: NDArray[np.float64]
    vsum: NDArray[np.float64]
    vcount: NDArray[np.float64]


class Bucket(msgspec.Struct, frozen=True):
    """A span of a chart: the extremes and the last value of the samples in it."""

    ts: datetime
    vmin: float | None
    vmax: float | None
    last: float | None


def fingerprint(labels: Mapping[str, str]) -> str:
    """FNV-1a 64 over the sorted labels as Alertmanager computes it, 16 hex digits."""
    state = FNV_OFFSET
    for name in sorted(labels):
        for byte in name.encode() + b"\xff" + labels[name].encode() + b"\xff":
            state = ((state ^ byte) * FNV_PRIME) & MASK
    return f"{state:016x}"


class Folded(NamedTuple):
    """Readings by series and second, as columns; NaN where there was no number."""

    place: NDArray[np.int64]  # of the series among the runs
    us: NDArray[np.int64]  # of the newest reading, microseconds since 1970
    value: NDArray[np.float64]  # the newest reading; of equal times the last
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    total: NDArray[np.float64]
    often: NDArray[np.int64]  # how many readings, also those without a number


def gathered(readings: Iterable[Reading | Run]) -> list[Run]:
    """All readings as runs, one a series."""
    parts: dict[tuple[str, Labels], list[Run]] = {}
    alone: dict[tuple[str, Labels], list[Reading]] = {}
    for reading in readings:
        if isinstance(reading, Run):
            parts.setdefault((reading.name, reading.labels), []).append(reading)
        else:
            alone.setdefault((reading.name, reading.labels), []).append(reading)
    for key, some in alone.items():
        parts.setdefault(key, []).append(_run(some))
    return [_joined(some) for some in parts.values()]


def _run(readings: Sequence[Reading]) -> Run:
    first = readings[0]
    times = np.array([us_of(reading.ts) for reading in readings], dtype=np.int64)
    values = np.array([reading.value for reading in readings], dtype=np.float64)
    return Run(first.name, first.labels, first.stream, times, values)


def _joined(runs: Sequence[Run]) -> Run:
    if len(runs) == 1:
        return runs[0]
    times = np.concatenate([run.times for run in runs])
    return runs[0]._replace(times=times, values=np.concatenate([run.values for run in runs]))


def fold(runs: Sequence[Run]) -> Folded:
    """The readings of at least one series by second, in the order of the runs and of time."""
    place = np.repeat(np.arange(len(runs)), [len(run.times) for run in runs])
    us = np.concatenate([run.times for run in runs])
    value = np.concatenate([run.values for run in runs])
    order = np.lexsort((us, place))  # stable: of equal times the later reading stays the later
    place, us, value = place[order], us[order], value[order]
    second = us // 1_000_000
    starts = np.flatnonzero(
        np.concatenate([[True], (np.diff(place) != 0) | (np.diff(second) != 0)])
    )
    ends = np.append(starts[1:], len(us)) - 1
    absent = np.isnan(value)
    total = np.add.reduceat(np.where(absent, 0.0, value), starts)
    total[np.logical_and.reduceat(absent, starts)] = np.nan
    return Folded(
        place[starts],
        us[ends],
        value[ends],
        np.fmin.reduceat(value, starts),
        np.fmax.reduceat(value, starts),
        total,
        ends - starts + 1,
    )


def record(
    cursor: CursorWrapper, readings: Iterable[Reading | Run], *, now: datetime
) -> list[StoredSample]:
    """Store readings inside the caller's transaction; returns them oldest first per series."""
    from analytics import histograms, samples

    runs = [run for run in gathered(readings) if len(run.times)]
    if not runs:
        return []
    bundle = Bundle(cursor)
    histograms.observe(bundle, runs)
    return samples.store(bundle, runs, now=now)


def latest(name: str | None = None, labels: Mapping[str, str] | None = None) -> list[Series]:
    """Series that have a sample, newest first; `last_ts`, `last_value` are its newest sample."""
    from analytics.models import Series

    rows = Series.objects.filter(last_ts__isnull=False)
    if name:
        rows = rows.filter(name=name)
    if labels:
        rows = rows.filter(labels__contains=dict(labels))
    return list(rows.order_by("-last_ts"))


def find(name: str, matchers: Mapping[str, str]) -> list[Series]:
    """The series of a name whose labels hold all of `matchers`."""
    from analytics.models import Series

    return list(Series.objects.filter(name=name, labels__contains=dict(matchers)).order_by("id"))


def window(series_id: int, start: datetime, end: datetime) -> list[StoredSample]:
    """The samples of a series with start < ts <= end, in commit order of equal times."""
    from analytics.models import Sample, Series

    series = Series.objects.get(pk=series_id)
    rows = Sample.objects.filter(series_id=series_id, ts__gt=start, ts__lte=end)
    return [
        StoredSample(
            series_id=series_id,
            name=series.name,
            labels=series.labels,
            fingerprint=series.fingerprint,
            seq=row.seq,
            ts=row.ts,
            value=row.value,
            vmin=row.vmin,
            vmax=row.vmax,
            vsum=row.vsum,
            vcount=row.vcount,
        )
        for row in rows.order_by("ts", "seq")
    ]


def columns(series_id: int, start: datetime, end: datetime) -> Columns:
    """The samples of a series with start < ts <= end, in commit order: a million in a second."""
    from analytics import samples

    return samples.columns(series_id, start, end)


def buckets(series_id: int, start: datetime, end: datetime, points: int) -> list[Bucket]:
    """At most `points` (<= 2,000) spans of equal length that hold samples, oldest first."""
    from analytics import samples

    return samples.buckets(series_id, start, end, min(points, MOST_POINTS))


def sorted_labels(**labels: str) -> Labels:
    """Labels for a Reading: sorted, blank ones left out."""
    return tuple(sorted((name, value) for name, value in labels.items() if value))


__all__ = [
    "Bucket",
    "Columns",
    "Reading",
    "Run",
    "StoredSample",
    "buckets",
    "columns",
    "find",
    "fingerprint",
    "latest",
    "record",
    "sorted_labels",
    "window",
]
