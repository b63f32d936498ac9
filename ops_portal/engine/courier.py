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
WORKERS = 4  # threads, so that a receiver that hangs delays no other


class Courier(threading.Thread):
    """A thread with a database connection of its own; `deliver` claims and sends what is due."""

    def __init__(self, deliver: Callable[..., Any]) -> None:
        super().__init__(name="courier", daemon=True)
        self.deliver = deliver
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.wait(EVERY):
            try:
                self.deliver(now=datetime.now(UTC), limit=AT_ONCE, workers=WORKERS)
            except (DatabaseError, InterfaceError, psycopg.Error) as error:
                logger.warning("the courier waits for the database", extra={"error": str(error)})
                connection.close()
        connection.close()

    def stop(self) -> None:
        """End after the notification that is being sent."""
        self.stopping.set()
        self.join(timeout=8)
