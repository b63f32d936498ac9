"""One time for all machines: where our clock is wrong, the database's is right.

Due times were written by other processes, perhaps on other machines. A process whose clock is an
hour ahead would take every step of an escalation an hour early.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from django.db import connection

logger = logging.getLogger(__name__)

TOLERATED = timedelta(seconds=1)  # less is the way to the database and back
NONE = timedelta()
_shift = NONE


def now() -> datetime:
    """The time as of the last `compare`."""
    return datetime.now(UTC) + _shift


def compare() -> timedelta:
    """Ask the database for its time, and keep to it from now on; how far our clock is behind."""
    global _shift  # noqa: PLW0603  the one clock of this process
    before = datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs: datetime = cursor.fetchone()[0]
    after = datetime.now(UTC)
    behind = theirs - before - (after - before) / 2
    shift = behind if abs(behind) > TOLERATED + (after - before) else NONE
    if abs(shift - _shift) > TOLERATED:
        logger.warning(
            "the clock of this machine is not the database's",
            extra={"seconds_behind": round(behind.total_seconds(), 3)},
        )
    _shift = shift
    return behind
