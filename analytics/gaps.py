"""Entries of a stream that were gone before the group ever got them.

An entry that was trimmed after its delivery shows among the pending ones; one that was trimmed
before leaves a hole between the group's last entry and the stream's first, which only the counters
of Redis tell the size of. A stream that vanished takes along what was known to wait in it; one
that vanished while no engine ran takes along what nobody counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

NOTHING = "0-0"  # the group has read nothing yet: what is gone was history, not ours

Info = Mapping[str, Any]


class Gaps:
    """Looks at the streams of one group, and remembers what it has counted.

    Numbered: 1. a hole is counted once, and what it grows by; 2. at the next look the group steps
    over it, so that an engine that starts later does not count it again; 3. where everything was
    read the group's own counter is set right, because it lies after a restart of Redis.
    """

    def __init__(self, redis: Redis, group: str) -> None:
        self.redis = redis
        self.group = group
        self._counted: dict[str, tuple[str, int]] = {}  # stream -> last id of the group, hole
        self._unread: dict[str, int] = {}

    def began_anew(self, stream: str, last: str) -> bool:
        """Whether the stream no longer is the one in which `last` was stored; "" knows of none.

        Its group went with it: one that is still there, after a crash of Redis perhaps, tells
        that nothing but the newest entries can be missing, and those were stored.
        """
        if not last:
            return False
        try:
            groups: Any = self.redis.xinfo_groups(stream)
            info: Any = self.redis.xinfo_stream(stream)
        except ResponseError as error:
            if "no such key" not in str(error):
                raise
            return True
        if any(row["name"] == self.group for row in groups):
            return False
        if not info["length"]:
            return bool(info["last-generated-id"] != last)
        return _order(info["first-entry"][0]) > _order(last)

    def look(self, streams: Iterable[str]) -> dict[str, int]:
        """Entries lost since the last look, by stream. Nobody may read meanwhile."""
        names = list(streams)
        pipe = self.redis.pipeline(transaction=False)
        for stream in names:
            pipe.xinfo_stream(stream)
            pipe.xinfo_groups(stream)
        answers: list[Any] = pipe.execute(raise_on_error=False)
        found = {
            stream: self._lost(stream, answers[2 * at], answers[2 * at + 1])
            for at, stream in enumerate(names)
        }
        return {stream: count for stream, count in found.items() if count}

    def _lost(self, stream: str, info: Any, groups: Any) -> int:
        for answer in (info, groups):
            if isinstance(answer, ResponseError):
                return self._vanished(stream)
            if isinstance(answer, Exception):
                raise answer
        group = next((row for row in groups if row["name"] == self.group), None)
        if group is None:
            return self._vanished(stream)
        if "entries-added" not in info:  # before Redis 7 nobody counts
            return 0
        hole = missing(info, group)
        self._remember(stream, info, group)
        at, before = self._counted.get(stream, (NOTHING, 0))
        before = before if at == group["last-delivered-id"] else 0
        if hole > before:
            self._counted[stream] = (group["last-delivered-id"], hole)
            return hole - before
        self._settle(stream, info, group, hole)
        return 0

    def _vanished(self, stream: str) -> int:
        self._counted.pop(stream, None)
        return self._unread.pop(stream, 0)

    def _remember(self, stream: str, info: Info, group: Info) -> None:
        unread = info["entries-added"] - (group["entries-read"] or 0)
        self._unread[stream] = max(0, min(unread, info["length"]))

    def _settle(self, stream: str, info: Info, group: Info, hole: int) -> None:
        self._counted.pop(stream, None)
        read = info["entries-added"] - info["length"]
        if hole and info["length"]:
            self._set(stream, _before(info["recorded-first-entry-id"]), read)
        elif group["last-delivered-id"] != NOTHING and (hole or _is_level(info, group)):
            self._set(stream, info["last-generated-id"], info["entries-added"])

    def _set(self, stream: str, entry_id: str, read: int) -> None:
        self.redis.xgroup_setid(stream, self.group, entry_id, entries_read=read)


def missing(info: Info, group: Info) -> int:
    """How many entries lie in the hole between what the group got last and what is still there."""
    last = group["last-delivered-id"]
    read = group["entries-read"]
    if last == NOTHING or read is None:
        return 0
    if info["length"] and _order(info["recorded-first-entry-id"]) <= _order(last):
        return 0
    if not info["length"] and last == info["last-generated-id"]:
        return 0
    return max(0, int(info["entries-added"] - info["length"] - read))


def _is_level(info: Info, group: Info) -> bool:
    """Everything was read, and the group's counter says something else."""
    level = group["last-delivered-id"] == info["last-generated-id"]
    return bool(level and group["entries-read"] != info["entries-added"])


def _order(entry_id: str) -> tuple[int, int]:
    ms, _, number = entry_id.partition("-")
    return int(ms), int(number or 0)


def _before(entry_id: str) -> str:
    """The greatest id below this one."""
    ms, number = _order(entry_id)
    return f"{ms}-{number - 1}" if number else f"{ms - 1}-{2**64 - 1}"
