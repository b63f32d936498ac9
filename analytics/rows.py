"""Columns into a table by COPY."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from analytics import doubles

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

MOST = 500  # rows that are written at a time
NULL = "\\N"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
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

type Column = Sequence[Any]


def copy(
    cursor: CursorWrapper,
    table: str,
    kinds: Mapping[str, str],
    columns: Sequence[Column],
) -> None:
    """COPY columns of equal length, in the order of `kinds` (name -> type).

    Times are microseconds since 1970, numbers text or numbers, None is null. The server takes in
    some rows while the next are written.
    """
    size = len(columns[0])
    if not size:
        return
    with cursor.copy(_start(table, kinds)) as pipe:
        for start in range(0, size, MOST):
            some = [column[start : start + MOST] for column in columns]
            pipe.write(_lines(kinds.values(), some))


@contextmanager
def copying(
    cursor: CursorWrapper,
    table: str,
    kinds: Mapping[str, str],
    columns: Sequence[Column],
) -> Iterator[None]:
    """`copy` beside what the caller does meanwhile, which may not use the database.

    The server is given few rows at once, many by a thread. What goes wrong with them is raised at
    the end.
    """
    size = len(columns[0])
    if not size:
        yield
    elif size <= MOST:
        with cursor.copy(_start(table, kinds)) as pipe:
            pipe.write(_lines(kinds.values(), columns))
            yield
    else:
        yield from _beside(cursor, table, kinds, columns)


def _beside(*rows: Any) -> Iterator[None]:
    with ThreadPoolExecutor(1, thread_name_prefix="copy") as beside:
        done = beside.submit(copy, *rows)
        yield
        done.result()


def _start(table: str, kinds: Iterable[str]) -> str:
    return f"COPY {table} ({', '.join(kinds)}) FROM STDIN"


def _lines(kinds: Iterable[str], columns: Sequence[Column]) -> str:
    texts = [TEXTS[kind](column) for kind, column in zip(kinds, columns, strict=True)]
    return "\n".join(map("\t".join, zip(*texts, strict=True))) + "\n"


def array(values: Sequence[str]) -> str:
    """A list of texts as one parameter for `%s::text[]`."""
    if '"' in (whole := "".join(values)) or "\\" in whole:
        return f"{{{','.join(map(_quoted, values))}}}"
    return '{"' + '","'.join(values) + '"}' if values else "{}"


def literal(kind: str, values: Column) -> str:
    """A column as one parameter for an array of `kind`: written as for `copy`."""
    if kind == "text":
        return array(values)
    return f"{{{','.join(TEXTS[kind](values))}}}".replace(NULL, "NULL")


def instants(times: Sequence[int]) -> list[str]:
    """Microseconds since 1970 as PostgreSQL reads them."""
    stamps = np.array(times, dtype="datetime64[us]")
    return list(np.datetime_as_string(stamps, timezone="UTC").tolist())


def jsons(values: Column) -> list[str]:
    return [
        msgspec.json.encode(value, enc_hook=str).decode() if value else "{}" for value in values
    ]


def _numbers(values: Column) -> list[str]:
    return [NULL if value is None else str(value) for value in values]


def _floats(values: Column) -> list[str]:
    texts = doubles.write(values)
    absent = doubles.ABSENT in texts
    return [NULL if text == doubles.ABSENT else text for text in texts] if absent else texts


def _times(values: Column) -> list[str]:
    if None not in values:
        return instants(values)
    return [NULL if value is None else instants([value])[0] for value in values]


def _arrays(values: Column) -> list[str]:
    return [f"{{{','.join(map(_quoted, value))}}}" if value else "{}" for value in values]


def _quoted(text: str) -> str:
    inner = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'


def _escaped(texts: Column) -> Column:
    whole = "".join(texts)
    if not any(mark in whole for mark in "\\\t\n\r"):
        return texts
    return [text.translate(ESCAPES) for text in texts]


TEXTS: Mapping[str, Callable[[Column], Column]] = {
    "text": _escaped,
    "numeric": _numbers,
    "float8": _floats,
    "int4": lambda values: list(map(str, values)),
    "int8": lambda values: list(map(str, values)),
    "timestamptz": _times,
    "text[]": lambda values: _escaped(_arrays(values)),
    "jsonb": lambda values: _escaped(jsons(values)),
}
