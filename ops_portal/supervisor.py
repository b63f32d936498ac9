"""Run the portal's processes side by side: one prefixed log, a fallen one starts again.

Not honcho: there one fallen child ends all, and a shell and a relay process stand between the
supervisor and each child.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from ops_portal import survivors

STOP_SECONDS = 10.0  # from the signal until nothing of the desk runs
GRACE_SECONDS = 7.0  # of these, from SIGTERM to SIGKILL; the engine ends within it by itself
PATIENCE = (1, 2, 4, 8, 15)  # seconds before a fallen child starts again, by falls in a row
STEADY_SECONDS = 60.0  # a child that ran this long has fallen for the first time
COLOURS = ("36", "33", "32", "35", "34", "31")


@dataclass
class Child:
    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    falls: int = 0
    due: float = 0.0  # when it may start (again), monotonic
    reader: threading.Thread | None = field(default=None, repr=False)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Log:
    """Lines of several children on one stream, each with its time and its child's name."""

    def __init__(self, names: Iterable[str]) -> None:
        names = list(names)
        self._width = max(map(len, names), default=0)
        self._colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}
        self._lock = threading.Lock()
        self._coloured = sys.stdout.isatty()

    def write(self, name: str, line: str) -> None:
        prefix = f"{time.strftime('%H:%M:%S')} {name:<{self._width}} |"
        if self._coloured:
            prefix = f"\033[{self._colours.get(name, '0')}m{prefix}\033[0m"
        with self._lock, contextlib.suppress(BrokenPipeError):
            sys.stdout.write(f"{prefix} {line}\n")
            sys.stdout.flush()


class Ending(ExitStack):
    """What stops at the end, in reverse order; all of it shares STOP_SECONDS."""

    _at: float | None = None

    def seconds_left(self) -> float:
        """Counted from the first time that somebody asks."""
        if self._at is None:
            self._at = time.monotonic() + STOP_SECONDS
        return max(self._at - time.monotonic(), 0.0)


class Supervisor:
    """Start `children` in order, keep them running, stop them all on SIGINT, SIGTERM or SIGHUP."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        environment: Mapping[str, str],
        record: Path,
        log: Log,
        ending: Ending,
        menders: Sequence[Callable[[], None]] = (),
    ) -> None:
        self._children = list(children)
        self._menders = list(menders)  # of what the children stand on, looked after first
        self._environment = dict(environment)
        self._record = record
        self._log = log
        self._ending = ending
        self._stopping = threading.Event()
        self._signals = 0

    def catch_signals(self) -> None:
        for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(wanted, self._on_signal)

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def start(self) -> None:
        for child in self._children:
            self._start(child)

    def keep_running(self) -> None:
        """Return when a signal asked for the end."""
        while not self._stopping.wait(0.2):
            for mend in self._menders:
                mend()
            for child in self._children:
                self._mend(child)

    def stop(self) -> None:
        """SIGTERM to all, SIGKILL to what is still there after the grace time."""
        running = [child for child in self._children if child.running]
        reserve = self._ending.seconds_left() - GRACE_SECONDS
        for child in running:
            _send(child, signal.SIGTERM)
        while any(child.running for child in running):
            if self._ending.seconds_left() < reserve or self._signals > 1:
                for child in running:
                    _send(child, signal.SIGKILL)
            time.sleep(0.05)
        for child in self._children:
            if child.reader:
                child.reader.join(min(self._ending.seconds_left(), 1))
        self._record.unlink(missing_ok=True)

    def _on_signal(self, signum: int, frame: FrameType | None) -> None:
        self._signals += 1
        self._stopping.set()

    def _start(self, child: Child) -> None:
        child.process = subprocess.Popen(
            list(child.command),
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        child.started = time.monotonic()
        child.reader = threading.Thread(target=self._relay, args=(child,), daemon=True)
        child.reader.start()
        self._remember()

    def _mend(self, child: Child) -> None:
        if child.running:
            return
        now = time.monotonic()
        if child.process is not None:
            if now - child.started > STEADY_SECONDS:
                child.falls = 0
            pause = PATIENCE[min(child.falls, len(PATIENCE) - 1)]
            ended = f"stopped with code {child.process.returncode}, starts again in {pause} s"
            self._log.write(child.name, ended)
            child.process, child.falls, child.due = None, child.falls + 1, now + pause
        elif now >= child.due:
            self._start(child)

    def _relay(self, child: Child) -> None:
        stream = child.process.stdout if child.process else None
        for line in stream or ():
            text = line.decode(errors="replace").rstrip()
            if text:
                self._log.write(child.name, text)

    def _remember(self) -> None:
        """Keep the process ids, so that a run after a killed one can end what is left."""
        ids = [child.process.pid for child in self._children if child.process]
        self._record.write_text("".join(f"{pid}\n" for pid in ids))


def end_leftovers(record: Path, *, mark: str) -> int:
    """End the children of a supervisor that was killed; how many there were."""
    if not record.exists():
        return 0
    ids = [int(line) for line in record.read_text().split() if line.isdigit()]
    ended = sum(survivors.end(pid, mark=mark) for pid in ids)
    record.unlink()
    return ended


def _send(child: Child, wanted: signal.Signals) -> None:
    """To the child's whole group, for it may have children of its own."""
    if child.process is not None and child.running:
        with contextlib.suppress(ProcessLookupError):
            if wanted == signal.SIGKILL:
                os.killpg(child.process.pid, wanted)
            else:
                child.process.send_signal(wanted)
