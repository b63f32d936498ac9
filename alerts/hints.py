"""Telling Celery that a row is due. The row is the queue: a lost hint costs seconds."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

TASK = "alerts.tasks.deliver"
QUIET_SECONDS = 5.0  # a broker that failed is left alone so long


class _Broker:
    quiet_until = 0.0


def hint(notifications: Sequence[int]) -> None:
    """After the commit, name these rows to the workers. Never raises for a dead broker."""
    if notifications:
        transaction.on_commit(lambda: _send(notifications), robust=True)


def _send(notifications: Sequence[int]) -> None:
    if time.monotonic() < _Broker.quiet_until:
        return
    try:
        for notification in notifications:
            current_app.send_task(TASK, args=[notification], retry=False, ignore_result=True)
    except (KombuError, RedisError, OSError) as error:
        _Broker.quiet_until = time.monotonic() + QUIET_SECONDS
        logger.warning("broker unreachable, the rows wait", extra={"error": str(error)})
