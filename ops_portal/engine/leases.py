"""One owner per stream: a lease in the stream's row, by the database's clock.

An engine that was stopped and wakes up finds its fence broken inside its own transaction. One that
was stopped within a transaction would hold its locks for as long as it sleeps, in the midst of a
COPY beyond every timeout of the server: who takes its streams ends its sessions first.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import connection, transaction

from analytics import rows
from analytics.events.table import us_of
from ops_portal.lib.again import again

if TYPE_CHECKING:
    from django.db.backends.postgresql.base import DatabaseWrapper
    from django.db.backends.utils import CursorWrapper

SECONDS = 10  # a silent owner loses its streams after so long
RENEW_EVERY = 3.0

TAKE = """
INSERT INTO analytics_streamstate AS s
    (stream, accepted, duplicates, rejected, inferred, lost, last_entry_id, owner, lease_until)
SELECT stream, 0, 0, '{}', '{}', 0, '', %(owner)s, now() + make_interval(secs => %(seconds)s)
FROM unnest(%(streams)s::text[]) AS w(stream) ORDER BY stream
ON CONFLICT (stream) DO UPDATE SET owner = EXCLUDED.owner, lease_until = EXCLUDED.lease_until
WHERE s.owner IN ('', %(owner)s) OR s.owner = ANY(%(dead)s) OR s.lease_until < now()
      OR s.lease_until IS NULL
RETURNING stream, last_entry_id, listening_since
"""
# Sessions carry the owner's name (`call_sessions`).
END_OF_SILENT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND application_name IN (
    SELECT left(owner, %(longest)s) FROM analytics_streamstate
    WHERE owner NOT IN ('', %(owner)s) AND lease_until < now())
"""
LONGEST_NAME = 63  # bytes that PostgreSQL keeps of a session's name
RENEW = """
UPDATE analytics_streamstate SET lease_until = now() + make_interval(secs => %s)
WHERE owner = %s AND stream = ANY(%s) RETURNING stream
"""
# Arrays of FENCE; JSON is text there.
COUNTED = ("text", "int8", "int8", "text", "text", "int8", "text", "timestamptz")
FENCE = """
UPDATE analytics_streamstate AS s SET
    accepted = s.accepted + n.accepted,
    duplicates = s.duplicates + n.duplicates,
    rejected = analytics_add_counts(s.rejected, n.rejected),
    inferred = analytics_add_counts(s.inferred, n.inferred),
    lost = s.lost + n.lost,
    last_entry_id = CASE WHEN n.last_entry_id = '' THEN s.last_entry_id ELSE n.last_entry_id END,
    last_event_at = greatest(s.last_event_at, n.last_event_at),
    last_received_at = now(),
    lease_until = now() + make_interval(secs => %s)
FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::jsonb[], %s::jsonb[], %s::bigint[],
            %s::text[], %s::timestamptz[])
     AS n(stream, accepted, duplicates, rejected, inferred, lost, last_entry_id, last_event_at)
WHERE s.stream = n.stream AND s.owner = %s
"""


class LeaseLost(Exception):
    """Another engine owns one of the batch's streams now: nothing of the batch may be stored."""


class Tally:
    """What one batch did to the counters of one stream."""

    __slots__ = (
        "accepted", "duplicates", "inferred", "last_entry_id", "last_event_at", "lost", "rejected",
    )  # fmt: skip

    def __init__(self) -> None:
        self.accepted = 0
        self.duplicates = 0
        self.lost = 0
        self.rejected: Mapping[str, int] = {}
        self.inferred: dict[str, int] = {}
        self.last_entry_id = ""
        self.last_event_at: datetime | None = None

    def follow(self, later: Tally) -> None:
        """Take in what was read of the stream later, and is not stored yet either."""
        for name, count in later.inferred.items():
            self.inferred[name] = self.inferred.get(name, 0) + count
        self.last_entry_id = later.last_entry_id
        times = [at for at in (self.last_event_at, later.last_event_at) if at is not None]
        self.last_event_at = max(times, default=None)


class Leases:
    """The streams this engine owns. `owner` names this incarnation: name@host:pid."""

    def __init__(self, name: str, streams: Sequence[str]) -> None:
        self.name = name
        self.host = socket.gethostname()
        self.owner = f"{name}@{self.host}:{os.getpid()}"
        self.streams = list(streams)
        self.owned: set[str] = set()
        self.newest: dict[str, str] = {}  # stream -> id of the last entry stored when it was taken
        self.since: dict[str, datetime] = {}  # stream -> when the portal began to listen to it

    def call_sessions(self) -> None:
        """Have the sessions of this process carry the owner's name, for who must end them."""
        os.environ["PGAPPNAME"] = self.owner[:LONGEST_NAME]
        connection.close()
        cast("DatabaseWrapper", connection).close_pool()

    def refresh(self, *, engines: int = 1) -> set[str]:
        """Renew what is owned, take what is free, give up what another engine lacks.

        `engines` that are alive share the streams evenly.
        """
        fair = -(-len(self.streams) // max(1, engines))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(RENEW, [SECONDS, self.owner, sorted(self.owned)])
            held = {row[0] for row in cursor.fetchall()}
            if len(held) > fair:
                extra = sorted(held)[fair:]
                _release(cursor, self.owner, extra)
                held -= set(extra)
            held |= self._take(cursor, fair - len(held), held)
        self.owned = held
        return held

    def _take(self, cursor: CursorWrapper, count: int, held: set[str]) -> set[str]:
        taken: set[str] = set()
        if count > 0:
            cursor.execute(END_OF_SILENT, {"owner": self.owner, "longest": LONGEST_NAME})
        for stream in self.streams:
            if len(taken) >= count:
                break
            if stream in held:
                continue
            cursor.execute(
                TAKE,
                {
                    "owner": self.owner,
                    "seconds": SECONDS,
                    "streams": [stream],
                    "dead": self._dead_owners(cursor),
                },
            )
            for name, newest, since in cursor.fetchall():
                self.newest[name], self.since[name] = newest, since
                taken.add(name)
        return taken

    def _dead_owners(self, cursor: CursorWrapper) -> list[str]:
        """Earlier incarnations on this host whose process is gone: their lease need not expire."""
        cursor.execute("SELECT DISTINCT owner FROM analytics_streamstate WHERE owner <> ''")
        return [owner for (owner,) in cursor.fetchall() if self._is_dead(owner)]

    def _is_dead(self, owner: str) -> bool:
        place, _, pid = owner.rpartition(":")
        _, _, host = place.rpartition("@")
        if host != self.host or not pid.isdigit() or owner == self.owner:
            return False
        if int(pid) == os.getpid():
            return True  # a container where every incarnation has the same pid
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False

    def fence(self, cursor: CursorWrapper, tallies: Mapping[str, Tally]) -> None:
        """Add the batch's counters, which only the owner can. Raises LeaseLost."""
        ordered = sorted(tallies)
        counts = [tallies[stream] for stream in ordered]
        columns: list[Sequence[Any]] = [
            [tally.accepted for tally in counts],
            [tally.duplicates for tally in counts],
            rows.jsons([tally.rejected for tally in counts]),
            rows.jsons([tally.inferred for tally in counts]),
            [tally.lost for tally in counts],
            [tally.last_entry_id for tally in counts],
            [tally.last_event_at and us_of(tally.last_event_at) for tally in counts],
        ]
        values = map(rows.literal, COUNTED, [ordered, *columns])
        cursor.execute(FENCE, [SECONDS, *values, self.owner])
        if cursor.rowcount != len(ordered):
            raise LeaseLost

    @again
    def release(self) -> None:
        """Give every stream back, so that another engine need not wait.

        Who measures lag beside the loop may hold some of the rows in another order.
        """
        with connection.cursor() as cursor:
            _release(cursor, self.owner, self.streams)
        self.owned = set()


def _release(cursor: CursorWrapper, owner: str, streams: Sequence[str]) -> None:
    cursor.execute(
        "UPDATE analytics_streamstate SET owner = '', lease_until = NULL"
        " WHERE owner = %s AND stream = ANY(%s)",
        [owner, list(streams)],
    )
