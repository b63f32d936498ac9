"""The live feed: frames from the engine to the browsers, over one capped stream."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Thread
from typing import Any, Literal, cast

import msgspec
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

STREAM = "ops:live"
TELL_SECONDS = 3.0
LISTED = 25  # rows of a list that a page shows, and so that frames tell of at once
CUT = "cut"  # the key of the frame that tells that there were more
KEPT = 5_000  # entries; a page that was away longer gets a reset


@dataclass(frozen=True, slots=True)
class Frame:
    """The newest state of one key of a topic.

    Newest wins per (topic, key); `urgent` jumps the tick.
    """

    topic: str
    key: str
    ts: float  # epoch seconds of the value
    data: Any  # JSON-able
    urgent: bool = False


def push(redis: Redis, frames: Sequence[Frame]) -> None:
    """Publish the frames as one entry of `ops:live`.

    Call after commit; a lost push is never a lost row.
    """
    if frames:
        items = [(frame.topic, frame.key, frame.ts, frame.data, frame.urgent) for frame in frames]
        redis.xadd(STREAM, {"f": msgspec.json.encode(items)}, maxlen=KEPT, approximate=True)


def newest_id(redis: Redis) -> str:
    """The stream id that a page must read BEFORE its queries and hand to its socket as `since`."""
    newest = cast("list[tuple[bytes, dict[bytes, bytes]]]", redis.xrevrange(STREAM, count=1))
    return newest[0][0].decode() if newest else "0-0"


def position() -> str:
    """`newest_id` for a page; blank when Redis does not answer, and the page opens without it."""
    try:
        return newest_id(_redis())
    except RedisError as error:
        logger.warning("live feed not read", extra={"error": str(error)})
        return ""


@lru_cache(maxsize=1)
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)


def tell_user(user_id: int, kind: Literal["permissions.changed", "logout"]) -> None:
    """Have every live process look again, after commit, at what this user may see.

    Sockets whose session ended or that lost a topic are closed at once; the others do not notice.
    No page waits for Redis: a thread of its own tells them, and a socket that was not told looks
    again by itself.
    """
    message = {"type": "user.changed", "user": user_id, "kind": kind}
    teller = Thread(target=_tell, args=(f"user.{user_id}", message), name="teller")
    transaction.on_commit(teller.start, robust=True)


def _tell(group: str, message: dict[str, Any]) -> None:
    try:
        asyncio.run(asyncio.wait_for(get_channel_layer().group_send(group, message), TELL_SECONDS))
    except (RedisError, OSError) as error:  # a timeout is an OSError, too
        logger.warning("sockets could not be told", extra={"error": str(error)})
