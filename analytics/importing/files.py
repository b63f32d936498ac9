"""Rows of a file with their line: CSV, and freqtrade's SQLite database and JSON export."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from analytics.importing.columns import BadHeader

SQLITE = b"SQLite format 3\x00"
LONGEST_CELL = 1_000_000
MOST_COLUMNS = 500
STEPS, TURNS = 100_000, 20_000  # of SQLite's machine in a turn, and turns: for millions of trades
Row = tuple[int, list[str]]  # line (or record, counted from 1), cells


class BadFile(Exception):
    """The file cannot be read as rows; the message says why."""


def read(path: Path) -> tuple[list[str], Iterator[Row]]:
    """The header, and the rows in the order of the file.

    Raises BadFile, while the rows are read too.
    """
    if _start(path).startswith(SQLITE):
        return _records(_closed_trades(path))
    if is_json(path):
        return _records(_exported_trades(path))
    return _csv(path)


def is_json(path: Path) -> bool:
    return _start(path).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(64)


def _csv(path: Path) -> tuple[list[str], Iterator[Row]]:
    lines = _lines(path)
    header = next(lines, (0, []))[1]
    if not header:
        raise BadHeader("The file is empty.")
    if len(header) > MOST_COLUMNS:
        raise BadHeader(f"The file has {len(header):,} columns; {MOST_COLUMNS} are read at most.")
    return [name.strip() for name in header], lines


def _lines(path: Path) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
        reader = csv.reader(file, strict=True)
        try:
            for row in reader:
                if row:  # a blank line is no row
                    yield reader.line_num, [_utf8(cell) for cell in row]
        except csv.Error as error:
            raise BadFile(f"Line {reader.line_num} is no CSV: {error}.") from error


def _utf8(cell: str) -> str:
    """Bytes that are no UTF-8 become marks that no number or name has."""
    if cell.isascii():
        return cell
    return cell.encode(errors="surrogateescape").decode(errors="replace")


def _records(records: Sequence[dict[str, Any]]) -> tuple[list[str], Iterator[Row]]:
    if not records:
        raise BadHeader("The file holds no closed trade.")
    header = list(dict.fromkeys(name for record in records for name in record))
    rows = ([_cell(record.get(name)) for name in header] for record in records)
    return header, enumerate(rows, 1)


def _cell(value: Any) -> str:
    return (
        "" if value is None else value if isinstance(value, str) else json.dumps(value, default=str)
    )


def _closed_trades(path: Path) -> list[dict[str, Any]]:
    """The file may come from anybody: only a table is read, no view, and not for ever."""
    turns = iter(range(TURNS))
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            database.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
            database.setconfig(sqlite3.SQLITE_DBCONFIG_TRUSTED_SCHEMA, False)
            database.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_VIEW, False)
            database.set_progress_handler(lambda: next(turns, -1) < 0, STEPS)
            database.row_factory = sqlite3.Row
            found = database.execute("SELECT * FROM trades WHERE is_open = 0 ORDER BY id")
            return [dict(row) for row in found]
    except sqlite3.Error as error:
        raise BadFile(f"The database has no readable table of trades: {error}.") from error


def _exported_trades(path: Path) -> list[dict[str, Any]]:
    """Of `{"strategy": {name: {"trades": [...]}}}`, of `{"trades": [...]}` or of the bare list."""
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise BadFile(f"The file is no JSON: {error}.") from error
    if isinstance(found, dict) and isinstance(found.get("strategy"), dict):
        trades = [
            {"strategy": name, **trade}
            for name, result in found["strategy"].items()
            for trade in _trades_of(result)
        ]
    else:
        trades = _trades_of(found)
    return [trade for trade in trades if not trade.get("is_open")]


def _trades_of(found: Any) -> list[dict[str, Any]]:
    trades = found.get("trades") if isinstance(found, dict) else found
    if not isinstance(trades, list) or not all(isinstance(trade, dict) for trade in trades):
        raise BadFile("The file holds no list of trades.")
    return trades
