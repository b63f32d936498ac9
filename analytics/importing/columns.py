"""Which column of a file is which field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from analytics.fields import snake


class Field(NamedTuple):
    """A field of a kind and the names that columns have for it, snake case.

    One that is needed may be missing where the field `unless` is there.
    """

    aliases: tuple[str, ...] = ()
    needed: bool = False
    unless: str = ""


Fields = Mapping[str, Field]


class BadHeader(Exception):
    """The file's columns are not those of the kind; the message says which are missing."""


def assign(fields: Fields, header: Sequence[str], asked: Mapping[str, str]) -> dict[str, int]:
    """Field -> place of its column: what `asked` says (column -> field), then by name.

    A column that is asked to be no field, a blank, is left out. Raises BadHeader for a field that
    is needed and missing, and for what was asked and does not exist.
    """
    places = proposed(fields, header, asked)
    missing = [
        name
        for name, field in fields.items()
        if field.needed and name not in places and field.unless not in places
    ]
    if missing:
        raise BadHeader(
            f"No column for {_listed(missing)}; the file has {_listed(header)}."
            " Name it with --map column=field."
        )
    return places


def proposed(fields: Fields, header: Sequence[str], asked: Mapping[str, str]) -> dict[str, int]:
    """As `assign`, whether or not a field that is needed has a column."""
    names = [snake(name) for name in header]
    places: dict[str, int] = {}
    taken: set[int] = set()
    for column, field in asked.items():
        if snake(column) not in names:
            raise BadHeader(f"The file has no column {column!r}; it has {_listed(header)}.")
        if field and field not in fields:
            raise BadHeader(f"There is no field {field!r}; there are {_listed(list(fields))}.")
        if field in places:
            raise BadHeader(f"Two columns are to be {field!r}.")
        taken.add(names.index(snake(column)))
        if field:
            places[field] = names.index(snake(column))
    for field, (aliases, *_) in fields.items():
        free = (names.index(name) for name in (field, *aliases) if name in names)
        found = next((place for place in free if place not in taken), None)
        if field not in places and found is not None:
            places[field] = found
            taken.add(found)
    return places


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
