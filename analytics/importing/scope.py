"""Whose rows they are, where the file does not say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """`source` always; the others for rows that have no cell for it."""

    source: str
    now: float  # epoch seconds; no row is more than a day later
    env: str = "live"
    strategy: str = ""
    seconds: int = 0  # that a candle spans
    currency: str = ""  # blank: that of the symbol, else the reporting currency
