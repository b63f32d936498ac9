"""What the stores of the event tables share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from analytics import partitions, rollups, rows
from analytics.events import Table
from analytics.live import Frame
from analytics.series import Labels, Run, sorted_labels

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

NO_MORE: Mapping[str, Sequence[str]] = {}


def insert(cursor: CursorWrapper, name: str, kinds: Mapping[str, str], table: Table) -> None:
    """The events as rows of the partitioned table `name`."""
    if len(table):
        partitions.ensure_at(cursor, name, table["ts"])
        columns = [table[column] for column in kinds]
        rows.copy(cursor, name, kinds, columns)


def counts(table: Table, label: str) -> Counter[tuple[int, str, str, str]]:
    """How many events by (minute, label, env, strategy); `label` names the column."""
    keys = zip(
        rollups.minutes(table["ts"]), table[label], table["env"], table["strategy"], strict=True
    )
    return Counter(keys)


def reasons(
    table: Table, label: str, *, outcome: str, counted: Container[str]
) -> Counter[tuple[int, str, str, str]]:
    """The same by reason, of the events whose `outcome` is one of `counted`."""
    places = [place for place, found in enumerate(table[outcome]) if found in counted]
    some = table.take(places)
    some.columns[label] = [reason[: rollups.REASON] for reason in some[label]]
    return counts(some, label)


def added(table: Table, kind: str) -> list[Frame]:
    """Frames `<kind>:<env>` that tell pages of sums over these events to read them again."""
    newest: dict[str, int] = {}
    for env, us in zip(table["env"], table["ts"], strict=True):
        newest[env] = max(us, newest.get(env, us))
    return [Frame("trading", f"{kind}:{env}", us / 1e6, {}) for env, us in newest.items()]


@lru_cache(maxsize=10_000)
def _labels(env: str, strategy: str, source: str, more: tuple[tuple[str, str], ...]) -> Labels:
    return sorted_labels(env=env, strategy=strategy, source=source, **dict(more))


class Runs:
    """Readings gathered by series: labels env, strategy, source and, if given, one more."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.found: dict[tuple[str, ...], Run] = {}

    def add(
        self,
        name: str,
        table: Table,
        values: Sequence[float | None],
        *,
        labels: Mapping[str, Sequence[str]] = NO_MORE,
        absences: bool = False,
    ) -> None:
        """A reading for each event that has a value; with `absences` for those without one too."""
        columns = [table["env"], table["strategy"], table["source"], *labels.values()]
        for us, value, *key in zip(table["ts"], values, *columns, strict=True):
            if value is not None or absences:
                run = self.found.get((name, *key)) or self._begin(name, key, labels)
                run.times.append(us)
                run.values.append(value)

    def _begin(self, name: str, key: Sequence[str], more: Iterable[str]) -> Run:
        env, strategy, source, *rest = key
        labels = _labels(env, strategy, source, tuple(zip(more, rest, strict=True)))
        run = self.found[name, *key] = Run(name, labels, self.stream)
        return run
