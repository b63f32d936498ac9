"""A private server of the desk that starts again, under the same address, when it falls."""

from __future__ import annotations

import time
from collections.abc import Callable

from ops_portal.embedded import Server, ServerUnavailable
from ops_portal.supervisor import Ending, Log

PAUSE_SECONDS = 5.0  # before another attempt, for example while the disk is full


class Kept:
    """Started at once, looked after by `mend`, stopped with the desk."""

    def __init__(self, name: str, start: Callable[[], Server], *, log: Log, ending: Ending) -> None:
        self.server = start()
        self._name = name
        self._start = start
        self._log = log
        self._due = 0.0  # of the next attempt, monotonic
        ending.callback(lambda: self.server.stop(timeout=ending.seconds_left()))

    def mend(self) -> None:
        code = self.server.process.poll()
        if code is None or time.monotonic() < self._due:
            return
        self._log.write("desk", f"{self._name} stopped with code {code}, starts again")
        try:
            self.server = self._start()
        except ServerUnavailable as refusal:
            self._log.write("desk", str(refusal))
            self._due = time.monotonic() + PAUSE_SECONDS
