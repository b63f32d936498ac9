"""The door to series and samples: what rules evaluate and charts draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

FNV_OFFSET, FNV_PRIME, MASK = 0xCBF29CE484222325, 0x100000001B3, 0xFFFFFFFFFFFFFFFF


@dataclass(frozen=True, slots=True)
class Reading:
    """One observation of a series before it is stored.

    `value` None: the producer sent no number.
    """

    name: str
    labels: tuple[tuple[str, str], ...]  # sorted by label name
    ts: datetime
    value: float | None
    stream: str = ""


@dataclass(frozen=True, slots=True)
class StoredSample:
    """A committed sample: readings of one series, one second and one batch, folded."""

    series_id: int
    name: str
    labels: Mapping[str, str] = field(hash=False)
    fingerprint: str
    seq: int
    ts: datetime
    value: float | None
    vmin: float | None
    vmax: float | None
    vsum: float | None
    vcount: int


def fingerprint(labels: Mapping[str, str]) -> str:
    """FNV-1a 64 over the sorted labels as Alertmanager computes it, 16 hex digits."""
    state = FNV_OFFSET
    for name in sorted(labels):
        for byte in name.encode() + b"\xff" + labels[name].encode() + b"\xff":
            state = ((state ^ byte) * FNV_PRIME) & MASK
    return f"{state:016x}"
