"""The engine delivers what no worker has: notifications go out when Celery and Redis are dead."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import DatabaseError, InterfaceError, connection

from ops_portal.lib import clock

logger = logging.getLogger(__name__)

EVERY = 1.0  # seconds
THREADS = 4  # so that a receiver that hangs delays no other

Duty = Callable[..., Any]


class Courier(threading.Thread):
    """A thread with a database connection of its own.

    Each second it does its `first` duties and then delivers, one at a time, until nothing is due.
    """

    def __init__(self, deliver: Duty, *first: Duty) -> None:
        super().__init__(name="courier", daemon=True)
        self.deliver = deliver
        self.first = first
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.wait(EVERY):
            try:
                for duty in self.first:
                    duty(now=clock.now())
                while not self.stopping.is_set() and self.deliver(now=clock.now(), limit=1):
                    pass
            except (DatabaseError, InterfaceError, psycopg.Error) as error:
                logger.warning("the courier waits for the database", extra={"error": str(error)})
            connection.close()  # an idle courier holds none


def couriers(*, deliver: Duty, free: Duty) -> list[Courier]:
    """The threads that deliver; the first also frees what senders that died still hold."""
    return [Courier(deliver, free), *(Courier(deliver) for _ in range(THREADS - 1))]
