"""The door to series and samples: what rules evaluate and charts draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from analytics.events.table import moment, us_of

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


class Run:
    """Readings of one series, in their order: times in microseconds since 1970, and values."""

    __slots__ = ("labels", "name", "stream", "times", "values")

    def __init__(self, name: str, labels: Labels, stream: str) -> None:
        self.name, self.labels, self.stream = name, labels, stream
        self.times: list[int] = []
        self.values: list[float | None] = []


Groups = dict[tuple[str, Labels], Run]


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


class Fold:
    """The readings of one series in one second, folded."""

    __slots__ = ("count", "high", "low", "stream", "total", "us", "value")

    def __init__(self, stream: str, us: int, value: float | None) -> None:
        self.stream = stream
        self.us = us
        self.value = self.low = self.high = self.total = value
        self.count = 1

    @property
    def ts(self) -> datetime:
        return moment(self.us)

    def add(self, us: int, value: float | None) -> None:
        self.count += 1
        if us >= self.us:
            self.us, self.value = us, value
        if value is None:
            return
        if self.total is None or self.low is None or self.high is None:
            self.total = self.low = self.high = value
            return
        self.total += value
        if value < self.low:
            self.low = value
        elif value > self.high:
            self.high = value


def grouped(readings: Iterable[Reading | Run]) -> Groups:
    """Readings by series, in their order."""
    groups: Groups = {}
    for reading in readings:
        key = (reading.name, reading.labels)
        run = groups.get(key)
        if run is None:
            run = groups[key] = Run(reading.name, reading.labels, reading.stream)
        if isinstance(reading, Run):
            run.times += reading.times
            run.values += reading.values
        else:
            run.times.append(us_of(reading.ts))
            run.values.append(reading.value)
    return groups


def fold(groups: Groups) -> dict[tuple[str, Labels, int], Fold]:
    """Readings by (name, labels, epoch second)."""
    folds: dict[tuple[str, Labels, int], Fold] = {}
    for (name, labels), run in groups.items():
        seconds: dict[int, Fold] = {}
        for us, value in zip(run.times, run.values, strict=True):
            second = us // 1_000_000
            found = seconds.get(second)
            if found is None:
                seconds[second] = Fold(run.stream, us, value)
            else:
                found.add(us, value)
        folds |= {(name, labels, second): found for second, found in seconds.items()}
    return folds


def record(
    cursor: CursorWrapper, readings: Iterable[Reading | Run], *, now: datetime
) -> list[StoredSample]:
    """Store readings inside the caller's transaction; returns them oldest first per series."""
    from analytics import histograms, samples

    groups = grouped(readings)
    histograms.observe(cursor, groups)
    return samples.store(cursor, fold(groups), now=now)


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
