"""A crowd of sockets in two processes, and what they have seen."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.ground import PYTHON, ROOT

PROCESSES = 2
SOCKETS_A_PERSON = 15


@dataclass
class Seen:
    """Sums over the crowd since the last look. `ages`: seconds, newest value at its arrival."""

    frames: int = 0
    items: int = 0
    plain: int = 0
    resets: int = 0
    closed: int = 0
    last: float = 0.0  # epoch seconds of the newest message
    ages: list[float] = field(default_factory=list)


class CrowdLeft(Exception):
    """A process of the crowd ended."""


class Crowd:
    """Open sockets that can be asked."""

    def __init__(self, processes: Sequence[subprocess.Popen[str]]) -> None:
        self._processes = processes

    def look(self) -> Seen:
        seen = Seen()
        for process in self._processes:
            told = _asked(process)
            for name in ("frames", "items", "plain", "resets", "closed"):
                setattr(seen, name, getattr(seen, name) + told[name])
            seen.last = max(seen.last, told["last"])
            seen.ages += told["ages"]
        return seen


@contextmanager
def crowd(port: int, sockets: int, sessions: Sequence[str], *, hz: int = 10) -> Iterator[Crowd]:
    """Open `sockets` sockets, spread over the sessions, and wait until all are in."""
    keys = [sessions[number % len(sessions)] for number in range(sockets)]
    processes = []
    with tempfile.TemporaryDirectory() as folder:
        for index in range(PROCESSES):
            path = Path(folder) / str(index)
            path.write_text("\n".join(keys[index::PROCESSES]))
            processes.append(
                subprocess.Popen(
                    [PYTHON, "-m", "bench.browsers", str(port), str(path), str(hz)],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
        try:
            for process in processes:
                _read(process)
            yield Crowd(processes)
        finally:
            for process in processes:
                process.kill()
                process.wait()


def _asked(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdin is not None
    process.stdin.write("look\n")
    process.stdin.flush()
    return _read(process)


def _read(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise CrowdLeft("the sockets were refused; see the log of the server")
    return dict(json.loads(line))
