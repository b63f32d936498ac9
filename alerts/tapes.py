"""Recordings for a replay: from a CSV file, or from the stored samples."""

from __future__ import annotations

import csv
import json
import math
from array import array
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from alerts.recordings import Recording, plain
from alerts.watch import Plan
from analytics import series as store


class BadSamples(ValueError):
    """The file holds no samples; the message says where and why."""


class _Column(NamedTuple):
    ts: array[float]
    value: array[float]


def from_csv(lines: Iterable[str]) -> list[Recording]:
    """Samples as `metric, labels as JSON, epoch seconds, value`; an empty value is absence.

    A first line that names the columns is passed over. Samples older than one of the same series
    before them are late and left out, as the evaluator leaves them out. Raises BadSamples.
    """
    columns: dict[tuple[str, str], _Column] = {}
    for number, row in enumerate(csv.reader(lines), start=1):
        if not row or (number == 1 and row[0].strip().lower() == "metric"):
            continue
        if len(row) != 4:
            raise BadSamples(f"Line {number}: metric, labels, seconds and value are four columns.")
        column = columns.get((row[0], row[1]))
        if column is None:
            column = columns[row[0], row[1]] = _Column(array("d"), array("d"))
        try:
            column.ts.append(float(row[2]))
            column.value.append(float(row[3]) if row[3].strip() else math.nan)
        except ValueError as error:
            raise BadSamples(f"Line {number}: {error}.") from error
        if not math.isfinite(column.ts[-1]):
            raise BadSamples(f"Line {number}: the time is not a number.")
    return _recordings(columns)


def _recordings(columns: dict[tuple[str, str], _Column]) -> list[Recording]:
    found: dict[tuple[str, str], tuple[dict[str, str], list[_Column]]] = {}
    for (name, text), column in columns.items():
        labels = _labels(text)
        key = (name, json.dumps(labels, sort_keys=True))
        found.setdefault(key, (labels, []))[1].append(column)
    recordings = []
    for (name, _), (labels, parts) in found.items():
        ts = np.concatenate([np.asarray(part.ts) for part in parts])
        value = np.concatenate([np.asarray(part.value) for part in parts])
        timely = ts >= np.maximum.accumulate(ts)
        recordings.append(plain(name, labels, ts[timely], value[timely]))
    return recordings


def _labels(text: str) -> dict[str, str]:
    try:
        labels = json.loads(text) if text.strip() else {}
    except json.JSONDecodeError as error:
        raise BadSamples(f"{text!r} are no labels: {error}.") from error
    if not isinstance(labels, dict) or not all(isinstance(v, str) for v in labels.values()):
        raise BadSamples(f"{text!r} are no labels: they map names to texts.")
    return labels


def stored(plan: Plan, *, start: datetime, end: datetime) -> list[Recording]:
    """What the rule looks at, from `start` and what its windows and clocks reach back from there.

    In commit order, without the samples that came late.
    """
    asked = {
        plan.metric: plan.matchers,
        **({plan.samples_metric: {}} if plan.samples_metric else {}),
    }
    windows = [plan.window, *(condition.window for condition in plan.others)]
    reach = max(windows) + plan.timing.hold + plan.timing.keep_firing + plan.no_data_seconds
    for condition in plan.others:
        asked[condition.metric] = {}
    recordings = []
    for name, matchers in asked.items():
        for row in store.find(name, matchers):
            columns = store.columns(row.pk, start - timedelta(seconds=reach), end)
            timely = columns.ts >= np.maximum.accumulate(columns.ts)
            kept = [column[timely] for column in columns]
            recordings.append(Recording(name, row.labels, *kept))
    return recordings
