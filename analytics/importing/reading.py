"""The rows of a file as a kind reads them: what was found, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from analytics.importing import candles, columns, files
from analytics.importing.cells import BadCell, Cells
from analytics.importing.files import Row
from analytics.importing.kinds import KINDS, Kind
from analytics.importing.order import Order
from analytics.importing.scope import Scope
from analytics.models import ImportProblem

LONGEST_RAW = 500  # characters of a bad row that are kept
JUDGED = 2_000  # rows that tell how long a candle is


@dataclass(slots=True)
class Read:
    """`found`: what the kind makes of the good rows."""

    found: list[Any] = field(default_factory=list)
    problems: list[ImportProblem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Source:
    """An opened file: how its cells become fields, and its rows, which are read once."""

    kind: Kind
    header: Sequence[str]
    places: Mapping[str, int]
    scope: Scope
    rows: Iterator[Row]

    def read(self, some: Sequence[Row]) -> Read:
        read = Read()
        for line, row in some:
            try:
                read.found.append(self.kind.read(Cells(row, self.header, self.places), self.scope))
            except BadCell as bad:
                raw = ",".join(row).replace("\x00", "")[:LONGEST_RAW]
                read.problems.append(
                    ImportProblem(line=line, column=bad.column, reason=bad.reason, raw=raw)
                )
        return read


def opened(order: Order, *, now: datetime) -> Source:
    """Raises BadHeader, BadFile and OSError; BadFile while the rows are read, too."""
    kind = KINDS[order.kind]
    header, rows = files.read(order.path)
    places = columns.assign(kind.fields, header, order.map)
    scope = Scope(
        source=order.source, now=now.timestamp(), env=order.env, strategy=order.strategy,
        currency=order.currency, seconds=_seconds(order, header, places),
    )  # fmt: skip
    return Source(kind, header, places, scope, rows)


def _seconds(order: Order, header: Sequence[str], places: Mapping[str, int]) -> int:
    if order.seconds or order.kind != "candles":
        return order.seconds
    _, rows = files.read(order.path)
    return candles.width((row for _, row in islice(rows, JUDGED)), header, places)
