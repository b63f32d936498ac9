"""The live feed: frames from the engine to the browsers, over one capped stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import msgspec
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from redis import Redis

STREAM = "ops:live"
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


def tell_user(user_id: int, kind: Literal["permissions.changed", "logout"]) -> None:
    """Have every live process look again, after commit, at what this user may see.

    Sockets whose session ended or that lost a topic are closed at once; the others do not notice.
    """
    message = {"type": "user.changed", "user": user_id, "kind": kind}
    send = async_to_sync(get_channel_layer().group_send)
    transaction.on_commit(lambda: send(f"user.{user_id}", message), robust=True)
