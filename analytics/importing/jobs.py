"""Uploaded files are brought in behind the pages: a row is the job, whoever finds it does it.

A worker's sweep asks every few seconds for what waits or was left by a process that died; the
engine does when no worker came. The lock of an import lets one of them at it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DataError
from redis import Redis
from redis.exceptions import RedisError

from analytics import live, trades
from analytics.importing import files, order, run, uploads
from analytics.importing.columns import BadHeader
from analytics.importing.files import BadFile
from analytics.live import Frame
from analytics.models import Import

logger = logging.getLogger(__name__)
State = Import.State
UNDERWAY = (State.WAITING, State.RUNNING)


def start(found: Import, columns: dict[str, str], *, now: datetime) -> bool:
    """Have it brought in with this meaning of its columns; False when it was not for the asking.

    One that was stopped goes on with what it was begun with.
    """
    asked = Import.objects.filter(pk=found.pk, size__gt=0)
    options = {**found.options, "map": columns}
    return bool(
        asked.filter(state=State.PROPOSED).update(
            state=State.WAITING, options=options, asked_at=now
        )
        or asked.filter(state=State.STOPPED).update(state=State.WAITING, asked_at=now)
    )


def stop(found: Import) -> bool:
    """No further batch is stored; what is stored stays. False when it was not under way."""
    underway = Import.objects.filter(pk=found.pk, state__in=UNDERWAY)
    return bool(underway.update(state=State.STOPPED))


def discard(found: Import) -> bool:
    """Forget a file that nobody asked for yet."""
    gone, _ = Import.objects.filter(pk=found.pk, state=State.PROPOSED).delete()
    return bool(gone)


def bring_in_due(*, now: datetime, waited: timedelta = timedelta()) -> int:
    """Bring in what was asked for at least so long ago, one after the other; how many ended."""
    due = Import.objects.filter(state__in=UNDERWAY, size__gt=0, asked_at__lte=now - waited)
    return sum(_bring_in(found, now=now) for found in due.order_by("pk"))


def _bring_in(found: Import, *, now: datetime) -> bool:
    """Whether it is over now: not when another process is at it, or somebody stopped it."""
    try:
        with run.alone(found), uploads.opened(found) as path:
            asked = order.of(found, path)
            if found.rows is None:
                found.rows = sum(1 for _ in files.read(path)[1])
                found.save(update_fields=["rows"])
            for progress in run.advance(found, asked, now=now):
                _tell(progress.frames)
    except (run.Busy, run.Stopped):
        return False
    except (trades.Raced, OSError) as reason:  # busy books, a full disk: the next turn tries again
        logger.warning("an import waits", extra={"import": found.pk, "reason": str(reason)})
        return False
    except (BadFile, BadHeader, uploads.Gone, DataError) as error:
        run.end(found, State.FAILED, now=now, error=str(error)[:1_000])
    logger.info("an import is over", extra={"import": found.pk, "state": found.state})
    return True


def _tell(frames: list[Frame]) -> None:
    """The rows are what counts: a page that was not told fetches them again."""
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=2) as redis:
            live.push(redis, frames)
    except RedisError as error:
        logger.warning("pages not told of an import", extra={"error": str(error)})
