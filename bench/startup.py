"""Seconds until private PostgreSQL and Valkey answer, the first time and again."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from bench.table import Row
from ops_portal import embedded


def measure(scale: float) -> list[Row]:
    state = Path(tempfile.mkdtemp(prefix="portal-start-"))
    state.chmod(0o711)
    try:
        first, again = _start(state), _start(state)
    finally:
        shutil.rmtree(state, ignore_errors=True)
    return [
        Row(
            "servers up, first start (with initdb)", f"{first:.2f} s", "", None, "< 3 s", first < 3
        ),
        Row("servers up, again", f"{again:.2f} s", "", None, "< 1 s", again < 1),
    ]


def _start(state: Path) -> float:
    began = time.monotonic()
    postgres = embedded.start_postgres(state)
    valkey = embedded.start_valkey(state)
    seconds = time.monotonic() - began
    valkey.stop()
    postgres.stop()
    return seconds
