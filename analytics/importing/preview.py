"""A file before it is brought in: what its columns are taken for, what its rows would become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from analytics.fields import snake
from analytics.importing import columns, files, reading
from analytics.importing.columns import BadHeader
from analytics.importing.files import Row
from analytics.importing.kinds import KINDS
from analytics.importing.order import Order
from analytics.models import ImportProblem

JUDGED = 2_000  # rows that are read
SHOWN = 10  # good rows, and bad ones
EXAMPLES = 3  # cells of a column
LONGEST = 60  # characters of such a cell


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file; `field` is blank where it is left out."""

    name: str
    field: str
    examples: Sequence[str]
    repeated: bool = False  # an earlier column has the same name, and only that one is read


@dataclass(slots=True)
class Preview:
    """`error` says why nothing can be imported yet; `judged` rows were read, `bad` are bad."""

    columns: Sequence[Column] = ()
    error: str = ""
    names: Sequence[str] = ()  # of what is stored
    rows: list[list[Any]] = field(default_factory=list)
    problems: Sequence[ImportProblem] = ()
    judged: int = 0
    bad: int = 0


def look(order: Order, *, now: datetime) -> Preview:
    """What the first rows would become. Raises BadFile."""
    header, rows = files.read(order.path)
    first = list(islice(rows, JUDGED))
    preview = Preview(_columns(order, header, first))
    try:
        source = reading.opened(order, now=now)
    except BadHeader as error:
        preview.error = str(error).removesuffix(" Name it with --map column=field.")
        return preview
    read = source.read(first)
    told = [source.kind.shown(row) for row in read.found[:SHOWN]]
    preview.judged, preview.bad = len(first), len(read.problems)
    preview.problems = read.problems[:SHOWN]
    names = told[0] if told else ()
    preview.names = [name for name in names if any(row[name] not in ("", None) for row in told)]
    preview.rows = [[row[name] for name in preview.names] for row in told]
    return preview


def _columns(order: Order, header: Sequence[str], first: Sequence[Row]) -> list[Column]:
    fields = _fields(order, header)
    names = [snake(name) for name in header]
    return [
        Column(name, fields.get(place, ""), _examples(first, place), names[place] in names[:place])
        for place, name in enumerate(header)
    ]


def _fields(order: Order, header: Sequence[str]) -> Mapping[int, str]:
    """Place of a column -> its field, as asked, else as its name tells."""
    names = [snake(name) for name in header]
    try:
        places = columns.proposed(KINDS[order.kind].fields, header, order.map)
    except BadHeader:  # it is said, and what was chosen is shown all the same
        return {names.index(snake(name)): field for name, field in order.map.items()
                if snake(name) in names}  # fmt: skip
    return {place: name for name, place in places.items()}


def _examples(first: Sequence[Row], place: int) -> list[str]:
    cells = dict.fromkeys(row[place].strip()[:LONGEST] for _, row in first if place < len(row))
    return [cell for cell in cells if cell][:EXAMPLES]
