"""Rows into a table by binary COPY."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

EVENT: Mapping[str, str] = {
    "event_id": "text",
    "source": "text",
    "ts": "timestamptz",
    "env": "text",
    "strategy": "text",
    "symbol": "text",
    "correlation_id": "text",
    "inferred": "text[]",
    "extra": "jsonb",
}  # column -> type of what every event row starts with
EMPTY = Jsonb({}, dumps=lambda _: b"{}")


def copy(
    cursor: CursorWrapper,
    table: str,
    columns: Mapping[str, str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """COPY `rows`, whose values come in the order of `columns` (name -> type)."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    with cursor.copy(statement) as pipe:
        pipe.set_types(list(columns.values()))
        for row in rows:
            pipe.write_row(row)


def jsonb(value: Mapping[str, Any]) -> Jsonb:
    return Jsonb(value, dumps=_dumps) if value else EMPTY


def _dumps(value: Any) -> bytes:
    return msgspec.json.encode(value, enc_hook=str)
