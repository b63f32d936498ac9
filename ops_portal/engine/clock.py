"""What happens by time and not by arrival: each duty at its own period, none hindering another."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import psycopg
from django.db import DatabaseError, InterfaceError
from redis.exceptions import RedisError

from analytics.live import Frame
from analytics.samples import SeriesGone

logger = logging.getLogger(__name__)

# A duty whose server or rows are gone for the moment is due again at its next turn.
AWAY = (DatabaseError, InterfaceError, psycopg.Error, RedisError, SeriesGone)


@dataclass(slots=True)
class Duty:
    """Something to do every `seconds`; it returns frames for the live feed."""

    name: str
    seconds: float
    act: Callable[[datetime], list[Frame]]
    due: float = 0.0
    failures: int = 0


class Clock:
    """Runs the duties that are due."""

    def __init__(self, duties: list[Duty]) -> None:
        self.duties = duties

    def tick(self, *, monotonic: float, now: datetime) -> list[Frame]:
        """Run what is due by the monotonic time, and return its frames."""
        frames: list[Frame] = []
        for duty in self.duties:
            if monotonic < duty.due:
                continue
            duty.due = monotonic + duty.seconds
            try:
                frames += duty.act(now)
                duty.failures = 0
            except AWAY as error:
                duty.failures += 1
                if duty.failures == 1:
                    logger.warning(
                        "a duty of the engine failed",
                        extra={"duty": duty.name, "error": str(error)[:300]},
                    )
        return frames
