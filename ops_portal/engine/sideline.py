"""What takes long and hurries nobody, worked out beside the loop with a connection of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from queue import Empty, SimpleQueue

from django.db import connection

from analytics.derived import Refreshed
from analytics.live import Frame
from analytics.series import Reading
from ops_portal.engine.clock import Clock, Duty
from ops_portal.lib import clock

EVERY = 0.05  # seconds between looks at what is due

Work = Callable[[datetime], Refreshed]


class Sideline(threading.Thread):
    """Does its works, each at its own period; the loop collects what they found."""

    def __init__(self, works: list[tuple[str, float, Work]], *, name: str = "sideline") -> None:
        super().__init__(name=name, daemon=True)
        self.stopping = threading.Event()
        self._found: SimpleQueue[Refreshed] = SimpleQueue()
        self._clock = Clock(
            [Duty(name, seconds, self._keeping(work)) for name, seconds, work in works]
        )

    def _keeping(self, work: Work) -> Callable[[datetime], list[Frame]]:
        def act(now: datetime) -> list[Frame]:
            self._found.put(work(now))
            return []

        return act

    def run(self) -> None:
        while not self.stopping.wait(EVERY):
            self._clock.tick(monotonic=time.monotonic(), now=clock.now())
            connection.close_if_unusable_or_obsolete()
        connection.close()

    def collect(self) -> Refreshed:
        """What was found since the last call."""
        frames: list[Frame] = []
        readings: list[Reading] = []
        while True:
            try:
                found = self._found.get_nowait()
            except Empty:
                return Refreshed(frames, readings)
            frames += found.frames
            readings += found.readings

    def keep(self, found: Refreshed) -> None:
        """Give back what could not be stored; it is collected again."""
        self._found.put(found)
