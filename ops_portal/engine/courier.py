"""The engine delivers what no worker has: notifications go out when Celery and Redis are dead."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.db import DatabaseError, InterfaceError, connection

logger = logging.getLogger(__name__)

EVERY = 1.0  # seconds
AT_ONCE = 100  # notifications tried in one go
THREADS = 4  # so that a receiver that hangs delays no other

Duty = Callable[..., Any]


class Courier(threading.Thread):
    """A thread with a database connection of its own; each of its duties is done every second."""

    def __init__(self, *duties: Duty) -> None:
        super().__init__(name="courier", daemon=True)
        self.duties = duties
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.wait(EVERY):
            try:
                for duty in self.duties:
                    duty(now=datetime.now(UTC))
            except (DatabaseError, InterfaceError, psycopg.Error) as error:
                logger.warning("the courier waits for the database", extra={"error": str(error)})
            connection.close()  # an idle courier holds none


def couriers(*, deliver: Duty, free: Duty) -> list[Courier]:
    """The threads that deliver; the first also frees what senders that died still hold."""

    def deliver_some(now: datetime) -> None:
        deliver(now=now, limit=AT_ONCE)

    return [Courier(free, deliver_some), *(Courier(deliver_some) for _ in range(THREADS - 1))]
