"""Many events of one stream, column by column: what is stored is never made into objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.events.structs import Event, Execution, RiskDecision, Signal
from analytics.fields import EPOCH

MICROSECOND = timedelta(microseconds=1)
WIDEST = 1 << 40  # combinations of values that are numbered without a look at which occur
KINDS: dict[str, type[Event]] = {
    "trading_signals": Signal,
    "trade_executions": Execution,
    "risk_decisions": RiskDecision,
}  # the streams whose events are stored as they come, row for row


class Groups(NamedTuple):
    """Which events share a key: event i has the key `keys[codes[i]]`."""

    codes: NDArray[np.int64]
    keys: list[tuple[str, ...]]

    def tally(self, slots: NDArray[np.int64]) -> Iterator[tuple[tuple[str, ...], int, int]]:
        """(key, slot, events) of all that occur together; `slots` say the minute of each event."""
        if not len(slots):
            return
        least = int(slots.min())
        span = int(slots.max()) - least + 1
        found, counts = np.unique(self.codes * span + (slots - least), return_counts=True)
        for place, count in zip(found.tolist(), counts.tolist(), strict=True):
            code, slot = divmod(place, span)
            yield self.keys[code], slot + least, count

    def places(self) -> Iterator[tuple[tuple[str, ...], NDArray[np.int64]]]:
        """Each key with the places of its events, in their order."""
        if not self.keys:
            return
        order = np.argsort(self.codes, kind="stable")
        edges = np.searchsorted(self.codes, np.arange(len(self.keys) + 1), sorter=order).tolist()
        for key, (start, end) in zip(self.keys, pairwise(edges), strict=True):
            yield key, order[start:end]


class Table:
    """Events of `stream` as columns of equal length, named as the fields of its Struct.

    Times are microseconds since 1970, money is decimal text, statistics are float; None is
    absent. A column is never changed in place.
    """

    __slots__ = ("_arrays", "_codes", "_groups", "columns", "stream")

    def __init__(self, stream: str, columns: dict[str, list[Any]]) -> None:
        self.stream = stream
        self.columns = columns
        self._arrays: dict[str, NDArray[Any]] = {}
        self._codes: dict[str, tuple[list[str], NDArray[np.int64]]] = {}
        self._groups: dict[tuple[str, ...], Groups] = {}

    @classmethod
    def of(cls, stream: str, events: Sequence[Event]) -> Table:
        """The same from Structs."""
        names = KINDS[stream].__struct_fields__
        columns = {name: [_cell(getattr(event, name)) for event in events] for name in names}
        return cls(stream, columns)

    def __len__(self) -> int:
        return len(self.columns["event_id"])

    def __getitem__(self, name: str) -> list[Any]:
        return self.columns[name]

    @property
    def times(self) -> NDArray[np.int64]:
        """`ts`, microseconds since 1970."""
        if "ts" not in self._arrays:
            self._arrays["ts"] = np.array(self.columns["ts"], dtype=np.int64)
        return self._arrays["ts"]

    def floats(self, name: str) -> NDArray[np.float64]:
        """A column of numbers, NaN where there is none."""
        if name not in self._arrays:
            self._arrays[name] = np.array(self.columns[name], dtype=np.float64)
        return self._arrays[name]

    def groups(self, *names: str) -> Groups:
        """The events by what they have in these columns of text."""
        if names not in self._groups:
            self._groups[names] = self._grouped(names)
        return self._groups[names]

    def _grouped(self, names: Sequence[str]) -> Groups:
        codes, size, known = np.zeros(len(self), dtype=np.int64), 1, []
        for name in names:
            labels, places = self._coded(name)
            codes, size = codes * len(labels) + places, size * len(labels)
            known.append(labels)
            if size > WIDEST:
                return self._counted(names)
        found, codes = np.unique(codes, return_inverse=True)
        return Groups(codes, [_key(code, known) for code in found.tolist()])

    def _counted(self, names: Sequence[str]) -> Groups:
        """The same where nearly every event has a key of its own."""
        keys = list(zip(*(self.columns[name] for name in names), strict=True))
        places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        return Groups(np.array([places[key] for key in keys], dtype=np.int64), list(places))

    def _coded(self, name: str) -> tuple[list[str], NDArray[np.int64]]:
        """The different texts of a column, and which of them each event has."""
        if name not in self._codes:
            column = self.columns[name]
            places = {text: place for place, text in enumerate(dict.fromkeys(column))}
            codes = np.fromiter(map(places.__getitem__, column), np.int64, len(column))
            self._codes[name] = list(places), codes
        return self._codes[name]

    def take(self, places: Sequence[int]) -> Table:
        """The events at these places, which come in order."""
        if len(places) == len(self):
            return self
        columns = {
            name: [values[place] for place in places] for name, values in self.columns.items()
        }
        return Table(self.stream, columns)

    def replaced(self, name: str, column: list[Any]) -> Table:
        """The same events with another column of this name."""
        return Table(self.stream, self.columns | {name: column})


def joined(tables: Sequence[Table]) -> Table:
    """One after the other; at least one."""
    if len(tables) == 1:
        return tables[0]
    columns = {
        name: list(chain.from_iterable([table[name] for table in tables]))
        for name in tables[0].columns
    }
    return Table(tables[0].stream, columns)


def moment(us: int) -> datetime:
    """The time of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=us)


def us_of(time: datetime) -> int:
    """Microseconds since 1970."""
    return (time - EPOCH) // MICROSECOND


def _key(code: int, known: Sequence[list[str]]) -> tuple[str, ...]:
    """What a number of `Table.groups` was made of."""
    key: list[str] = []
    for labels in reversed(known):
        code, place = divmod(code, len(labels))
        key.append(labels[place])
    return tuple(reversed(key))


def _cell(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return us_of(value) if isinstance(value, datetime) else value
