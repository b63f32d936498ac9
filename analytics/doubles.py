"""Columns of doubles from and to text: as one JSON list, several times as fast as one by one."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

ABSENT = "null"

_reader = msgspec.json.Decoder(list[float])


def read(texts: Sequence[str]) -> list[float]:
    """As `float` of each. Raises ValueError."""
    try:
        found = _reader.decode(f"[{','.join(texts)}]")
    except msgspec.DecodeError:
        return list(map(float, texts))  # what JSON does not take for a number, as 007 or .5
    if len(found) != len(texts):
        raise ValueError("a text holds several numbers")
    return found


def write(values: Sequence[float | None]) -> list[str]:
    """The shortest text that reads as the same double; ABSENT where there is no number."""
    return msgspec.json.encode(values).decode()[1:-1].split(",") if values else []
