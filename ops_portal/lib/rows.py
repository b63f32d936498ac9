"""Many rows of one table in one statement: a column travels as one array, or once.

The arrays are written here and bound by the server: for thousands of rows that takes a third of
what the driver takes, which looks at each value to find its type.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import (
    BinaryField,
    BooleanField,
    DateTimeField,
    FloatField,
    ForeignKey,
    IntegerField,
    JSONField,
    Model,
    UUIDField,
)
from django.db.models.fields import NOT_PROVIDED

from ops_portal.lib.sql import writing

Column = Sequence[Any]
BARE = (IntegerField, BooleanField, ForeignKey, UUIDField)  # as text they need no quotes


def insert[M: Model](rows: Sequence[M], *, match: str = "", unless: str = "") -> list[M]:
    """Insert rows of one model; returns those that were inserted, with their keys.

    `match`: a field whose value differs in each of the rows, by which keys find theirs; without it
    nothing is returned. `unless`: a conflict target in SQL; a row that conflicts is left out.
    """
    if not rows:
        return []
    fields = _written(type(rows[0]))
    key: Any = type(rows[0])._meta.get_field(match) if match else None
    columns = {field.attname: [getattr(row, field.attname) for row in rows] for field in fields}
    keys = dict(
        _put(
            type(rows[0]),
            columns,
            {},
            end=(f" ON CONFLICT {unless} DO NOTHING" if unless else "")
            + (f" RETURNING {key.column}, id" if key else ""),
        )
    )
    found = []
    for row in rows if key else ():
        pk = keys.get(getattr(row, key.attname))
        if pk is not None:
            row.pk, row._state.adding, row._state.db = pk, False, connection.alias
            found.append(row)
    return found


def put(model: type[Model], columns: Mapping[str, Column], **shared: Any) -> None:
    """Insert rows that nobody needs as objects: columns by name, and what all rows have alike."""
    _put(model, columns, shared)


def upsert(
    model: type[Model], columns: Mapping[str, Column], *, over: Sequence[str], **shared: Any
) -> None:
    """Insert rows; where one with these values of `over` is there, it is overwritten.

    No two of the rows may be alike in `over`.
    """
    named = [field for field in _written(model) if field.attname in {*columns, *shared}]
    changed = [field.column for field in named if field.name not in over]
    target = ", ".join(field.column for field in named if field.name in over)
    kept = ", ".join(f"{column} = excluded.{column}" for column in changed)
    _put(model, columns, shared, end=f" ON CONFLICT ({target}) DO UPDATE SET {kept}")


def update(rows: Sequence[Model], names: Sequence[str]) -> None:
    """Write these fields of rows of one model, whose locks the caller holds."""
    if not rows:
        return
    meta = rows[0]._meta
    fields: list[Any] = [meta.get_field(name) for name in names]
    statement = (
        f"UPDATE {meta.db_table} AS t"  # noqa: S608 - names of our own models
        f" SET {', '.join(f'{field.column} = n.{field.column}' for field in fields)}"
        f" FROM unnest(%s::bigint[], {', '.join(_array(field) for field in fields)})"
        f" AS n(id, {_names(fields)}) WHERE t.id = n.id"
    )
    columns = [
        _literal(field, [getattr(row, field.attname) for row in rows], _dumped())
        for field in fields
    ]
    with writing() as cursor:
        cursor.execute(statement, [_joined(str(row.pk) for row in rows), *columns])


def _written(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]


def _put(
    model: type[Model], columns: Mapping[str, Column], shared: Mapping[str, Any], *, end: str = ""
) -> list[tuple[Any, ...]]:
    """Insert; a field that is not named has its default. Returns what `end` asks for."""
    count = max(map(len, columns.values()), default=0)
    if not count:
        return []
    named = {*columns, *shared}
    fields = [f for f in _written(model) if f.attname in named or f.db_default is NOT_PROVIDED]
    dump, wanted, listed = _dumped(), list[str](), dict[Any, str]()
    alike: list[Any] = []
    for field in fields:
        values = columns.get(field.attname)
        if values is not None and not _same(values):
            wanted.append(f"n.{field.column}")
            listed[field] = _literal(field, values, dump)
        else:
            value = values[0] if values is not None else shared.get(field.attname, _DEFAULT)
            wanted.append(f"%s::{_type(field)}")
            alike.append(_alone(field, value, dump))
    statement = (
        f"INSERT INTO {model._meta.db_table} ({_names(fields)}) SELECT {', '.join(wanted)}"  # noqa: S608
        f" FROM {_source(list(listed), count)}{end}"
    )
    with writing() as cursor:
        cursor.execute(statement, [*alike, *listed.values()])
        return cursor.fetchall() if cursor.description else []


_DEFAULT = object()


def _same(values: Column) -> bool:
    first = values[0]
    return all(value is first or value == first for value in values)


def _source(fields: Sequence[Any], count: int) -> str:
    if not fields:
        return f"generate_series(1, {count})"
    return f"unnest({', '.join(_array(field) for field in fields)}) AS n({_names(fields)})"


def _names(fields: Sequence[Any]) -> str:
    return ", ".join(field.column for field in fields)


def _type(field: Any) -> str:
    return str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection))


def _array(field: Any) -> str:
    return f"%s::{_type(field)}[]"


def _alone(field: Any, value: Any, dump: Callable[[Any], str]) -> Any:
    """A value that all rows have, as it travels."""
    value = field.get_default() if value is _DEFAULT else value
    if value is None or isinstance(field, (BinaryField, DateTimeField, FloatField, *BARE)):
        return value
    return dump(value) if isinstance(field, JSONField) else str(value)


def _literal(field: Any, values: Column, dump: Callable[[Any], str]) -> str:
    """The column as PostgreSQL writes an array."""
    if isinstance(field, DateTimeField):
        return _joined("NULL" if value is None else value.isoformat() for value in values)
    if isinstance(field, FloatField):
        return _joined("NULL" if value is None else repr(float(value)) for value in values)
    if isinstance(field, BARE):
        return _joined("NULL" if value is None else str(value) for value in values)
    take = dump if isinstance(field, JSONField) else str
    return _joined("NULL" if value is None else _quoted(take(value)) for value in values)


def _joined(parts: Iterable[str]) -> str:
    return "{" + ",".join(parts) + "}"


def _quoted(text: str) -> str:
    if "\\" in text:
        text = text.replace("\\", r"\\")
    if '"' in text:
        text = text.replace('"', r"\"")
    return f'"{text}"'


def _dumped() -> Callable[[Any], str]:
    """JSON, written once for an object that many rows share."""
    known: dict[int, str] = {}

    def dump(value: Any) -> str:
        text = known.get(id(value))
        if text is None:
            text = known[id(value)] = json.dumps(value)
        return text

    return dump
