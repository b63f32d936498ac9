"""The peer of the fan-out benchmark: Channels as its tutorial has it, one group for all sockets."""

import asyncio
import json
import os
import sys
import time
from typing import Any

import django
from django.conf import settings

BACKENDS = {
    "core": "channels_redis.core.RedisChannelLayer",
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
}
LAYER = os.environ.get("BENCH_LAYER", "pubsub")
HOST: dict[str, Any] = {"address": os.environ["REDIS_URL"], "socket_timeout": None}
settings.configure(
    SECRET_KEY="x" * 50,
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["channels"],
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": BACKENDS[LAYER],
            "CONFIG": {"hosts": [HOST], **({"capacity": 10_000} if LAYER == "core" else {})},
        }
    },
)
django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402


class Tick(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.channel_layer.group_add("all", self.channel_name)
        await self.accept()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Say nothing to the hello."""

    async def tick(self, event: dict[str, str]) -> None:
        await self.send(event["d"])


application = ProtocolTypeRouter({"websocket": URLRouter([path("ws/", Tick.as_asgi())])})


async def burst(messages: int, pause: float = 0.0) -> None:
    """Send so many messages to the group, in the shape that the crowd reads."""
    layer = get_channel_layer()
    for _ in range(messages):
        item = ["plain", "k", time.time(), {"value": 12.5, "note": "x" * 120}]
        text = json.dumps({"items": [item]})
        await layer.group_send("all", {"type": "tick", "d": text})
        await asyncio.sleep(pause)


if __name__ == "__main__":
    asyncio.run(burst(int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0))
