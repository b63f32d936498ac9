"""Memory of all our processes at a hundred sockets: proportional set size, MB."""

from __future__ import annotations

import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

from bench.crowd import crowd
from bench.ground import OUT, celery, clear, engine, free_port, listening, live, started, until
from bench.people import sessions
from bench.table import Row

SOCKETS = 100
MOST = 500.0


def measure(scale: float) -> list[Row]:
    clear()
    port, sockets = free_port(), max(10, int(SOCKETS * scale))
    commands = {
        "live": live(port),
        "engine": engine(),
        "worker": celery("worker", "--pool", "threads", "--concurrency", "8", "-l", "WARNING"),
        "beat": celery("beat", "-s", str(OUT / "beat"), "-l", "WARNING"),
    }
    with ExitStack() as stack:
        running = {
            name: stack.enter_context(started(*command, name=f"memory-{name}"))
            for name, command in commands.items()
        }
        until(lambda: listening(port), what="starting the live process")
        stack.enter_context(crowd(port, sockets, sessions(sockets // 15 + 1)))
        time.sleep(5)
        sizes = {name: sum(map(_pss, _family(process))) for name, process in running.items()}
    total = sum(sizes.values())
    told = ", ".join(f"{name} {size:.0f}" for name, size in sizes.items())
    return [
        Row(
            f"memory of our processes at {sockets} sockets, MB ({told})",
            f"{total:.0f}",
            "",
            None,
            f"< {MOST:.0f}",
            total < MOST,
        )
    ]


def _family(process: subprocess.Popen[bytes]) -> list[int]:
    """The process and its children (each runs in a session of its own)."""
    ours = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if int(fields[3]) == process.pid:
            ours.append(int(stat.parent.name))
    return ours


def _pss(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1_000
    return 0.0
