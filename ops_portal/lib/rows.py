"""Many rows of one table in one statement: a column travels as one array."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection
from django.db.models import CharField, Field, FloatField, JSONField, Model, TextField


def insert[M: Model](rows: Sequence[M], *, match: str = "", unless: str = "") -> list[M]:
    """Insert rows of one model; returns those that were inserted, with their keys.

    `match`: a field whose value differs in each of the rows, by which keys find theirs; without it
    nothing is returned. `unless`: a conflict target in SQL; a row that conflicts is left out.
    """
    if not rows:
        return []
    meta = rows[0]._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    key = meta.get_field(match) if match else None
    statement = (
        f"INSERT INTO {meta.db_table} ({_columns(fields)})"  # noqa: S608
        f" SELECT * FROM unnest({', '.join(_array(field) for field in fields)})"
        + (f" ON CONFLICT {unless} DO NOTHING" if unless else "")
        + (f" RETURNING id, {key.column}" if key else "")  # type: ignore[union-attr]
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [_column(field, rows) for field in fields])
        keys = {value: pk for pk, value in cursor.fetchall()} if key else {}
    found = []
    for row in rows if key else ():
        pk = keys.get(getattr(row, key.attname))  # type: ignore[union-attr]
        if pk is not None:
            row.pk, row._state.adding, row._state.db = pk, False, connection.alias
            found.append(row)
    return found


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
        f" AS n(id, {_columns(fields)}) WHERE t.id = n.id"
    )
    columns = [_column(field, rows) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, [[row.pk for row in rows], *columns])


def _columns(fields: Sequence[Any]) -> str:
    return ", ".join(field.column for field in fields)


def _array(field: Field[Any, Any]) -> str:
    return (
        f"%s::{field.rel_db_type(connection) if field.is_relation else field.db_type(connection)}[]"
    )


def _column(field: Field[Any, Any], rows: Sequence[Model]) -> list[Any]:
    values = [getattr(row, field.attname) for row in rows]
    take = _taken(field)
    return values if take is None else [None if value is None else take(value) for value in values]


def _taken(field: Field[Any, Any]) -> Callable[[Any], Any] | None:
    """How a value becomes an element: those of one array must be of one type."""
    if isinstance(field, JSONField):
        return _dumped()
    if isinstance(field, CharField | TextField):
        return str
    return float if isinstance(field, FloatField) else None


def _dumped() -> Callable[[Any], str]:
    """JSON, written once for an object that many rows share."""
    known: dict[int, str] = {}

    def dump(value: Any) -> str:
        text = known.get(id(value))
        if text is None:
            text = known[id(value)] = json.dumps(value)
        return text

    return dump
