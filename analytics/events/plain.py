"""The short way of the busy streams: entries of plain flat fields, checked a column at a time.

What is out of the ordinary anywhere (an unknown field, a number that is none, an unknown word) is
left to the tolerant way. A test holds both to the same result.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from analytics.events.names import canonical_names, is_flat
from analytics.events.shapes import BUILDERS, FIELDS, NotPlain
from analytics.events.table import Table
from analytics.fields import InvalidEvent

LONGEST_WORD = 200
MARKS = '{[("'  # of objects inside a field
FEWEST = 32  # entries among which odd ones are not looked for any more

type Entries = Sequence[tuple[str, Sequence[str]]]  # id; names and values in turn


def read(stream: str, entries: Entries, *, now: float) -> tuple[list[Table], list[int]]:
    """Tables of the plain entries, and the places of all others.

    Entries are grouped by their field names; a group with something odd in it is halved until the
    odd ones are among few. `now` in epoch seconds bounds their times.
    """
    if stream not in FIELDS:
        return [], list(range(len(entries)))
    tables: list[Table] = []
    others: list[int] = []
    for keys, places in _shapes(entries).items():
        names = _known(stream, keys)
        waiting = [places]
        while waiting:
            some = waiting.pop()
            table = _table(stream, names, [entries[place] for place in some], now)
            if table is not None:
                tables.append(table)
            elif not names or len(some) < FEWEST:
                others += some
            else:
                half = len(some) // 2
                waiting += [some[half:], some[:half]]
    return tables, sorted(others)


def _shapes(entries: Entries) -> dict[tuple[str, ...], list[int]]:
    """The places of the entries that have the same field names in the same order."""
    shapes: dict[tuple[str, ...], list[int]] = {}
    last: Sequence[str] = ()
    places: list[int] = []
    for place, (_, pairs) in enumerate(entries):
        keys = pairs[::2]
        if keys != last:  # to compare costs less than to hash
            last, places = keys, shapes.setdefault(tuple(keys), [])
        places.append(place)
    return shapes


def _known(stream: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The canonical names, if the stream has columns for all of them."""
    try:
        names = canonical_names(stream, keys)
    except InvalidEvent:
        return ()
    known = is_flat(names) and FIELDS[stream].keys() >= set(names)
    return names if known and len(set(names)) == len(names) else ()


def _table(stream: str, names: tuple[str, ...], entries: Entries, now: float) -> Table | None:
    """The entries, whose fields have these names, or None when something is out of the ordinary."""
    if not names:
        return None
    rows = [pairs[1::2] for _, pairs in entries]
    if not _plain_text(list(chain.from_iterable(rows))):
        return None
    given: dict[str, list[str]] = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    fields = FIELDS[stream]
    try:
        columns = {name: fields[name](values, now) for name, values in given.items()}
        ids = [entry_id for entry_id, _ in entries]
        return Table(stream, BUILDERS[stream](columns, ids))
    except NotPlain:
        return None


def _plain_text(values: Sequence[str]) -> bool:
    """Whether all are short printable ASCII without marks, and none needs trimming."""
    whole = "".join(values)
    return (
        whole.isascii()
        and whole.isprintable()
        and not any(mark in whole for mark in MARKS)
        and max(map(len, values), default=0) <= LONGEST_WORD
        and (" " not in whole or all(value == value.strip(" ") for value in values))
    )
