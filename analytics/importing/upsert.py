"""Rows with an identity, put into a table: new ones, and those that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics import rows as columns

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper


class Target(NamedTuple):
    """A table, its columns (name -> type for COPY), and those by which a row is itself."""

    table: str
    columns: Mapping[str, str]
    key: tuple[str, ...]


def put(cursor: CursorWrapper, into: Target, rows: Sequence[tuple[Any, ...]]) -> int:
    """How many were new or changed; of rows with one key the last wins."""
    names = list(into.columns)
    key_of = itemgetter(*map(names.index, into.key))
    newest = {key_of(row): row for row in rows}
    incoming = f"incoming_{into.table}"
    cursor.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS {incoming}"  # noqa: S608 - names of our own tables
        f" ON COMMIT DELETE ROWS AS SELECT {', '.join(names)} FROM {into.table} WITH NO DATA"
    )
    columns.copy(cursor, incoming, into.columns, list(zip(*newest.values(), strict=True)))
    cursor.execute(_statement(into, incoming))
    changed: int = cursor.rowcount
    cursor.execute(f"DELETE FROM {incoming}")  # noqa: S608
    return changed


def _statement(into: Target, incoming: str) -> str:
    names, key = ", ".join(into.columns), ", ".join(into.key)
    others = [name for name in into.columns if name not in into.key]
    return f"""
INSERT INTO {into.table} AS t ({names})
SELECT {names} FROM {incoming} ORDER BY {key}
ON CONFLICT ({key}) DO UPDATE SET
    {", ".join(f"{name} = EXCLUDED.{name}" for name in others)}
WHERE ({", ".join(f"t.{name}" for name in others)})
      IS DISTINCT FROM ({", ".join(f"EXCLUDED.{name}" for name in others)})
"""  # noqa: S608 - names of our own tables
