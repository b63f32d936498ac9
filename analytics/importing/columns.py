"""Which column of a file is which field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from analytics.fields import snake


class Field(NamedTuple):
    """A field of a kind and the names that columns have for it, snake case."""

    aliases: tuple[str, ...] = ()
    needed: bool = False


Fields = Mapping[str, Field]


class BadHeader(Exception):
    """The file's columns are not those of the kind; the message says which are missing."""


def assign(fields: Fields, header: Sequence[str], asked: Mapping[str, str]) -> dict[str, int]:
    """Field -> place of its column: what `asked` says (column -> field), then by name.

    Raises BadHeader for a field that is needed and missing, and for what was asked and does not
    exist.
    """
    names = [snake(name) for name in header]
    places: dict[str, int] = {}
    for column, field in asked.items():
        if snake(column) not in names:
            raise BadHeader(f"The file has no column {column!r}; it has {_listed(header)}.")
        if field not in fields:
            raise BadHeader(f"There is no field {field!r}; there are {_listed(list(fields))}.")
        places[field] = names.index(snake(column))
    taken = set(places.values())
    for field, (aliases, _) in fields.items():
        free = (names.index(name) for name in (field, *aliases) if name in names)
        found = next((place for place in free if place not in taken), None)
        if field not in places and found is not None:
            places[field] = found
            taken.add(found)
    missing = [name for name, field in fields.items() if field.needed and name not in places]
    if missing:
        raise BadHeader(
            f"No column for {_listed(missing)}; the file has {_listed(header)}."
            " Name it with --map column=field."
        )
    return places


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
