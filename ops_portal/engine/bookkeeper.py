"""Reads the agent's table of trades in a thread and with connections of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime

import psycopg
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from redis import Redis
from redis.exceptions import RedisError

from analytics import agent_trades, live
from analytics.agent_trades import Position, Unreadable
from ops_portal.lib import clock

logger = logging.getLogger(__name__)

EVERY = 5.0  # seconds
READ_ONLY = "-c default_transaction_read_only=on -c statement_timeout=15000"


class Bookkeeper(threading.Thread):
    """Keeps our trades in line with the agent's while `in_charge` says that it is our turn."""

    def __init__(self, *, feed: Redis, in_charge: Callable[[], bool]) -> None:
        super().__init__(name="bookkeeper", daemon=True)
        self.feed = feed
        self.in_charge = in_charge
        self.stopping = threading.Event()
        self.position = Position()

    def run(self) -> None:
        while not self.stopping.wait(EVERY):
            if self.in_charge():
                self.read()
        connection.close()

    def read(self) -> None:
        """One pass; a failure is written down for the system page, and tried again."""
        now = clock.now()
        try:
            with psycopg.connect(
                settings.TRADES_DATABASE_URL, options=READ_ONLY, connect_timeout=5, autocommit=True
            ) as source:
                frames = agent_trades.sync(source, self.position, now=now)
            live.push(self.feed, frames)
        except (Unreadable, psycopg.Error, DatabaseError, InterfaceError) as error:
            logger.warning("the agent's trades cannot be read", extra={"error": str(error)[:300]})
            self._note(str(error), now)
        except RedisError as error:
            logger.info("frames could not be pushed", extra={"error": str(error)})

    def _note(self, error: str, now: datetime) -> None:
        try:
            agent_trades.note_failure(error, now=now)
        except (psycopg.Error, DatabaseError, InterfaceError):
            connection.close()


def wanted() -> bool:
    """Whether the agent's table is the book of record."""
    return bool(settings.TRADES_DATABASE_URL) and settings.BOOK == "table"
