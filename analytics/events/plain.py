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

MARKS = b'{[("'  # of objects inside a field
PLAIN = bytes(set(range(ord(" "), ord("~") + 1)) - set(MARKS))
MOST = 500  # entries that are read together: their texts stay near the processor meanwhile
FEWEST = 32  # entries among which odd ones are not looked for any more

type Entries = Sequence[tuple[str, Sequence[str]]]  # id; names and values in turn


def read(stream: str, entries: Entries, *, now: float) -> tuple[list[Table], list[int]]:
    """Tables of the plain entries, and the places of all others.

    Entries are grouped by their field names and read some hundreds at a time; where something is
    odd among them they are halved until the odd ones are among few. `now` in epoch seconds bounds
    their times.
    """
    if stream not in FIELDS:
        return [], list(range(len(entries)))
    tables: list[Table] = []
    others: list[int] = []
    for keys, places in _shapes(entries).items():
        names = _known(stream, keys)
        waiting = [places[at : at + MOST] for at in range(0, len(places), MOST)][::-1]
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
    values = list(chain.from_iterable([pairs for _, pairs in entries]))[1::2]
    if not _plain_text(values):
        return None
    given = {name: values[at :: len(names)] for at, name in enumerate(names)}
    fields = FIELDS[stream]
    try:
        columns = {name: fields[name](values, now) for name, values in given.items()}
        ids = [entry_id for entry_id, _ in entries]
        return Table(stream, BUILDERS[stream](columns, ids))
    except NotPlain:
        return None


def _plain_text(values: Sequence[str]) -> bool:
    """Whether all are printable ASCII without marks, and none needs trimming."""
    whole = "".join(values)
    return (
        whole.isascii()
        and not whole.encode().translate(None, PLAIN)
        and (" " not in whole or all(value == value.strip(" ") for value in values))
    )
