"""CPU that processes have taken: it says more than a rate on a machine that others use as well."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from redis import Redis

TICKS = os.sysconf("SC_CLK_TCK")


class Spent(NamedTuple):
    """Seconds of CPU: of our process groups, of the ground's PostgreSQL and of its Valkey."""

    own: float
    database: float
    streams: float

    def since(self, earlier: Spent) -> Spent:
        return Spent(*(after - before for after, before in zip(self, earlier, strict=True)))


def spent(groups: Sequence[int]) -> Spent:
    """So far; the groups are those of processes that `bench.ground.started` began."""
    with connection.cursor() as cursor, Redis.from_url(settings.REDIS_URL) as redis:
        cursor.execute("SELECT pg_backend_pid()")
        postmaster = _stat(cursor.fetchone()[0])[1]
        valkey = int(redis.info("server")["process_id"])
    own = database = streams = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):  # it ended meanwhile; its parent has counted it
            stat = _stat(int(entry.name))
            ticks = sum(stat[11:15])
            own += ticks * (stat[2] in groups)
            database += ticks * (postmaster in (int(entry.name), stat[1]))
            streams += ticks * (int(entry.name) == valkey)
    return Spent(own / TICKS, database / TICKS, streams / TICKS)


def _stat(pid: int) -> list[int]:
    """/proc/<pid>/stat from the third field on: [1] parent, [2] group, [11:15] ticks of CPU."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [int(word) if word.lstrip("-").isdigit() else 0 for word in words]
