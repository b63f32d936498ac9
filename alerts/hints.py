"""Telling Celery that a row is due. The row is the queue: a lost hint costs seconds."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Sequence

from celery import current_app
from django.db import transaction
from kombu import Connection
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

TASK, PUBLISH = "alerts.tasks.deliver", "alerts.tasks.publish"
QUIET_SECONDS = 5.0  # a broker that failed is left alone so long
PATIENCE = {"socket_timeout": 1.0, "socket_connect_timeout": 0.5, "max_retries": 0}


class _Broker(threading.local):
    """This thread's connection; a forked child makes its own."""

    quiet_until = 0.0
    connection: Connection | None = None
    pid = 0


_broker = _Broker()


def hint(turns: Sequence[Sequence[int]]) -> None:
    """After the commit, name these rows to the workers: one of them takes those of one receiver
    that stand together. Never raises for a dead broker.
    """
    named = [(TASK, [list(keys)]) for keys in turns if keys]
    if named:
        transaction.on_commit(lambda: _send(named), robust=True)


def hint_stream() -> None:
    """After the commit, tell the workers that the stream is owed something."""
    transaction.on_commit(lambda: _send([(PUBLISH, [])]), robust=True)


def forget() -> None:
    """Drop this thread's connection and its grudge: the broker is another one now."""
    _broker.quiet_until, _broker.connection = 0.0, None


def _send(tasks: Sequence[tuple[str, list[list[int]]]]) -> None:
    if time.monotonic() < _broker.quiet_until:
        return
    try:
        connection = _connection()
        for name, args in tasks:
            current_app.send_task(
                name, args=args, connection=connection, retry=False, ignore_result=True
            )
    except (KombuError, RedisError, OSError) as error:
        _broker.quiet_until = time.monotonic() + QUIET_SECONDS
        _broker.connection = None
        logger.warning("broker unreachable, the rows wait", extra={"error": str(error)})


def _connection() -> Connection:
    if _broker.connection is None or _broker.pid != os.getpid():
        options = {**current_app.conf.broker_transport_options, **PATIENCE}
        _broker.connection = current_app.connection_for_write(
            connect_timeout=0.5, transport_options=options
        )
        _broker.pid = os.getpid()
    return _broker.connection
