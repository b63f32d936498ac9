"""Children that a killed desk left behind: recognise them by their command line, end them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

END_SECONDS = 10.0


def command_of(pid: int) -> str:
    """The command line of a running process; empty when there is none."""
    try:
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        )
    except (FileNotFoundError, ProcessLookupError):
        pass
    if Path("/proc/self").exists():
        return ""
    listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True)
    return listed.stdout.decode(errors="replace").strip()


def is_running(pid: int) -> bool:
    """Whether the process still does something; a zombie does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return not Path("/proc/self").exists()


def end(pid: int, *, mark: str, how: signal.Signals = signal.SIGTERM) -> bool:
    """End process `pid` if its command line contains `mark`, and wait until it is gone.

    A process id is used again by the system, hence the mark. True when there was one to end.
    """
    if pid <= 1 or mark not in command_of(pid):
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)
    deadline = time.monotonic() + END_SECONDS
    while is_running(pid):
        if time.monotonic() > deadline:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            deadline += END_SECONDS
        time.sleep(0.05)
    return True


def pid_in(path: Path) -> int:
    """The process id on the first line of a pid file; 0 when the file has none."""
    try:
        first = path.read_text().split("\n", 1)[0].strip()
    except (FileNotFoundError, NotADirectoryError):
        return 0
    return int(first) if first.isdigit() else 0
