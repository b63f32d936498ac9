"""`manage.py run_engine`: the engine process, until SIGTERM or SIGINT."""

from __future__ import annotations

import logging
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from types import FrameType
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from health import monitor
from ops_portal import supervisor
from ops_portal.engine import compose
from ops_portal.engine.loop import Engine
from ops_portal.lib import clock, collector

logger = logging.getLogger(__name__)

# For messages in hand; what the supervisor leaves beyond is for the batch in hand and the leases.
PATIENCE_SECONDS = supervisor.GRACE_SECONDS - 3.0
WAIT_SECONDS = 0.5  # between two tries to reach the database
# Objects that come and go between two looks for cycles. A batch is tens of thousands of objects
# without one, and looking at them again and again took a sixth of its time.
COLLECT_AFTER = 100_000
# How long a thread may compute while another has something to send to a server that waits for it.
SWITCH_SECONDS = 0.0005


class Command(BaseCommand):
    help = "Reads the agent's streams, watches the rules and runs the clock."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--name",
            default=settings.ENGINE_NAME,
            help="consumer name; stable, so that a restart goes on where it was",
        )

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        engine, helpers = compose.build(name)

        def stop(_number: int, _frame: FrameType | None) -> None:
            engine.stopping = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        set_clock(engine)
        collector.spare(after=COLLECT_AFTER)
        sys.setswitchinterval(SWITCH_SECONDS)
        for helper in helpers:
            helper.start()
        logger.info("the engine runs", extra={"engine_name": name})
        try:
            engine.run()
        finally:
            for helper in helpers:
                helper.stopping.set()
            farewell(engine)
            await_end(helpers, seconds=PATIENCE_SECONDS)


def set_clock(engine: Engine) -> None:
    """Before anything is due; until the database answers nothing is."""
    while not engine.stopping:
        try:
            clock.compare()
        except (DatabaseError, psycopg.Error) as error:
            logger.warning("the engine waits for the database", extra={"error": str(error)})
            connection.close()
            time.sleep(WAIT_SECONDS)
        else:
            return


def farewell(engine: Engine) -> None:
    """Give the streams back at once and say that the end was meant."""
    try:
        engine.storing.leases.release()
        monitor.stopped("engine", now=clock.now())
    except (DatabaseError, psycopg.Error) as error:
        logger.warning("the leases run out by themselves", extra={"error": str(error)})
    connection.close()


def await_end(helpers: Sequence[compose.Helper], *, seconds: float) -> None:
    """Let the threads finish what they have in hand, all within so many seconds.

    A message that hangs longer is sent again, with the same key, by whoever finds that its sender
    is gone.
    """
    deadline = time.monotonic() + seconds
    for helper in helpers:
        helper.join(timeout=max(0.0, deadline - time.monotonic()))
