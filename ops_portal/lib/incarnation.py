"""Which process this is, to be written into rows, and whether one that did so has ended.

A process id is used again by the system, and containers count from one: the name holds the time
of the start and the namespace of the ids, too.
"""

from __future__ import annotations

import os
import socket
from functools import lru_cache
from pathlib import Path


def name() -> str:
    """host:namespace:pid:start, the same for the life of this process."""
    return _name(os.getpid())  # a forked child is another


def has_ended(other: str) -> bool:
    """Whether the process of this name ran on this machine and does so no more.

    False of one that ran elsewhere: nobody here can tell.
    """
    place, _, rest = other.rpartition(":")[0].rpartition(":")
    start = other.rpartition(":")[2]
    if place != _place() or not rest.isdigit():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    state, began = _status(int(rest))
    return state in {"Z", "X"} or began not in {"", start}


@lru_cache(maxsize=8)
def _name(pid: int) -> str:
    return f"{_place()}:{pid}:{_status(pid)[1]}"


@lru_cache(maxsize=1)
def _place() -> str:
    try:
        namespace = str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        namespace = ""
    return f"{socket.gethostname()}:{namespace}"


def _status(pid: int) -> tuple[str, str]:
    """The state's letter and the start in ticks since the machine's; blank where nobody tells."""
    try:
        facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "", ""
    return facts[0], facts[19]
