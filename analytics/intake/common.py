"""What the stores of the event tables share."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analytics import partitions, rollups, rows
from analytics.events import Table
from analytics.live import Frame
from analytics.series import Labels, Run, sorted_labels

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

NO_MORE: Mapping[str, str] = {}
BY = ("env", "strategy", "source")  # what tells series of the same name apart
Counts = dict[tuple[int, str, str, str], int]  # minute since 1970, label, env, strategy


@contextmanager
def inserting(
    cursor: CursorWrapper, name: str, kinds: Mapping[str, str], table: Table
) -> Iterator[None]:
    """The events become rows of the partitioned table `name` while their caller counts them."""
    partitions.ensure(cursor, name, table.times)
    with rows.copying(cursor, name, kinds, [table[column] for column in kinds]):
        yield


def counts(table: Table, label: str) -> Counts:
    """How many events by (minute, label, env, strategy); `label` names the column."""
    groups = table.groups(label, "env", "strategy")
    minutes = table.times // rollups.MINUTE_US
    return {
        (minute, text, env, strategy): count
        for (text, env, strategy), minute, count in groups.tally(minutes)
    }


def reasons(table: Table, label: str, *, outcome: str, counted: Container[str]) -> Counts:
    """The same by reason, of the events whose `outcome` is one of `counted`."""
    places = [place for place, found in enumerate(table[outcome]) if found in counted]
    if not places:
        return {}
    some = table.take(places)
    short = [reason[: rollups.REASON] for reason in some[label]]
    return counts(some.replaced(label, short), label)


def added(table: Table, kind: str) -> list[Frame]:
    """Frames `<kind>:<env>` that tell pages of sums over these events to read them again."""
    return [
        Frame("trading", f"{kind}:{env}", int(table.times[places].max()) / 1e6, {})
        for (env,), places in table.groups("env").places()
    ]


@lru_cache(maxsize=10_000)
def _labels(env: str, strategy: str, source: str, more: tuple[tuple[str, str], ...]) -> Labels:
    return sorted_labels(env=env, strategy=strategy, source=source, **dict(more))


def runs(
    table: Table,
    name: str,
    values: NDArray[np.float64],
    *,
    given: NDArray[np.bool_] | None = None,
    more: Mapping[str, str] = NO_MORE,
) -> list[Run]:
    """The readings of events by series: labels env, strategy, source and `more` (label -> column).

    `given` says which events have a reading, even if it is no number (NaN); else those with one.
    """
    told = ~np.isnan(values) if given is None else given
    found: list[Run] = []
    for (env, strategy, source, *rest), every in table.groups(*BY, *more.values()).places():
        places = every[told[every]]
        if len(places):
            labels = _labels(env, strategy, source, tuple(zip(more, rest, strict=True)))
            found.append(Run(name, labels, table.stream, table.times[places], values[places]))
    return found
