"""Anchors of the chains outside the database: what a file knows nobody removes from the tables.

A line an hour, as JSON: the last transition of each alert that changed, as alert, seq and hash, and
the SHA-256 of the line before. Each change stands in two lines: a transaction that was under way
when the first was written, with a number below those that were seen, is in the second.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from django.db import connection

from alerts.chain import Place

logger = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
BLOCK = 65_536  # bytes
HEADS = """
SELECT DISTINCT ON (alert_id) id, alert_id, seq, hash FROM alerts_transition WHERE id > %s
ORDER BY alert_id, seq DESC
"""


class BrokenAnchors(ValueError):
    """The file of anchors is not what was written; the message names the line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One anchor: of the transitions numbered up to `through`. The next begins after `settled`."""

    at: datetime
    previous: str
    settled: int
    through: int
    heads: list[tuple[int, int, bytes]]


def write_due(path: str, *, now: datetime) -> datetime:
    """Append the anchor of the hour unless there is one; when the last was written, which is `now`
    where it is this one. Raises OSError.

    After a last line that cannot be read everything is anchored anew.
    """
    with Path(path).open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        ended, last = _newest(file)
        text = ended.rstrip(b"\n")
        if last is not None and now - last.at < EVERY:
            return last.at
        line = _line(last, sha256(text).hexdigest() if text else "", now=now)
        file.write((b"\n" if text == ended and text else b"") + line + b"\n")
        file.flush()
        os.fsync(file.fileno())
    logger.info("audit anchor", extra={"file": path, "sha256": sha256(line).hexdigest()})
    return now


def age(path: str, *, now: datetime) -> float | None:
    """Seconds since the last anchor; None: there is none that can be read."""
    try:
        with Path(path).open("rb") as file:
            _, last = _newest(file)
    except OSError:
        return None
    return (now - last.at).total_seconds() if last else None


def read(lines: Iterable[bytes]) -> dict[Place, bytes]:
    """The hash of each transition they name, as the first that names it. Raises BrokenAnchors."""
    heads: dict[Place, bytes] = {}
    for line in _checked(lines):
        for alert, seq, sealed in line.heads:
            heads.setdefault((alert, seq), sealed)
    return heads


def _checked(lines: Iterable[bytes]) -> Iterator[Line]:
    before: bytes | None = None
    for number, ended in enumerate(lines, start=1):
        text = ended.rstrip(b"\n")
        try:
            line = _read(text)
        except BrokenAnchors as broken:
            raise BrokenAnchors(f"Line {number}: {broken}") from broken
        if before is not None and line.previous != sha256(before).hexdigest():
            raise BrokenAnchors(f"Line {number} does not follow the one before it.")
        before = text
        yield line


def _newest(file: BinaryIO) -> tuple[bytes, Line | None]:
    """The last line with its end, and what it says; None: there is none that can be read."""
    ended = _last(file)
    if not ended.strip(b"\n"):
        return ended, None
    try:
        return ended, _read(ended.rstrip(b"\n"))
    except BrokenAnchors as error:
        logger.error("the last audit anchor is broken", extra={"error": str(error)})
        return ended, None


def _read(text: bytes) -> Line:
    try:
        found = json.loads(text)
        return Line(
            at=datetime.fromisoformat(found["at"]),
            previous=str(found["previous"]),
            settled=int(found["settled"]),
            through=int(found["through"]),
            heads=[(int(alert), int(seq), bytes.fromhex(h)) for alert, seq, h in found["heads"]],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenAnchors(f"not an anchor: {error}") from error


def _line(last: Line | None, previous: str, *, now: datetime) -> bytes:
    settled, through = (last.settled, last.through) if last else (0, 0)
    with connection.cursor() as cursor:
        cursor.execute(HEADS, [settled])
        found = cursor.fetchall()
    made = {
        "at": now.isoformat(),
        "previous": previous,
        "settled": through,
        "through": max((pk for pk, *_ in found), default=through),
        "heads": [[alert, seq, bytes(sealed).hex()] for _, alert, seq, sealed in found],
    }
    return json.dumps(made, separators=(",", ":")).encode()


def _last(file: BinaryIO) -> bytes:
    """The last line of the file with its end, blank when the file is empty."""
    end = file.seek(0, os.SEEK_END)
    start, tail = end, b""
    while start and b"\n" not in tail.rstrip(b"\n"):
        start = max(0, start - BLOCK)
        file.seek(start)
        tail = file.read(end - start)
    return tail[tail.rstrip(b"\n").rfind(b"\n") + 1 :]
