"""The live feed: frames from the engine to the browsers, over one capped stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
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
