"""The sockets of this process by user: limits, permission checks, messages to a user."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import DatabaseError
from redis.exceptions import RedisError

from analytics.access import read_access_soon
from analytics.feed import Feed
from ops_portal.lib.vital import vital

if TYPE_CHECKING:
    from analytics.consumers import LiveConsumer

logger = logging.getLogger(__name__)

SOCKETS_PER_USER = 20  # in this process
RECHECK_SECONDS = 30.0
RETRY_SECONDS = 1.0


class Sockets:
    """Who is connected here, and the process's one channel for messages to a user.

    The channel joins the group `user.<id>` while that user has a socket here.
    """

    def __init__(self) -> None:
        self.feed = Feed(settings.REDIS_URL)
        self._of_user: defaultdict[int, set[LiveConsumer]] = defaultdict(set)
        self._layer = get_channel_layer()
        self._channel = ""
        self._tasks = [
            vital(work)
            for work in (self.feed.read(), self.feed.beat(), self._listen(), self._patrol())
        ]

    async def admit(self, consumer: LiveConsumer, user_id: int) -> bool:
        """Count the socket in; False when its user has too many."""
        if len(self._of_user[user_id]) >= SOCKETS_PER_USER:
            return False
        self._of_user[user_id].add(consumer)
        if len(self._of_user[user_id]) == 1 and self._channel:
            await self._subscribe(user_id)
        return True

    async def forget(self, consumer: LiveConsumer, user_id: int) -> None:
        self.feed.hub.leave(consumer.socket)
        self._of_user[user_id].discard(consumer)
        if not self._of_user[user_id]:
            del self._of_user[user_id]
            if self._channel:
                await self._unsubscribe(user_id)

    async def recheck(self, consumers: Iterable[LiveConsumer]) -> None:
        """Look the sessions up again, each once, and tell their sockets what they may see now.

        An unreachable database changes nothing: there are no new frames then either.
        """
        of_session: defaultdict[str, list[LiveConsumer]] = defaultdict(list)
        for consumer in consumers:
            of_session[consumer.session_key].append(consumer)
        for session_key, sharing in of_session.items():
            try:
                access = await read_access_soon(session_key)
            except DatabaseError as error:
                logger.warning("cannot check live sessions", extra={"error": str(error)})
                return
            for consumer in sharing:
                consumer.notices.put_nowait({"type": "access.read", "access": access})

    async def _patrol(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            await self.recheck([one for group in self._of_user.values() for one in group])

    async def _listen(self) -> None:
        while True:
            try:
                self._channel = await self._layer.new_channel()
                for user_id in list(self._of_user):
                    await self._layer.group_add(group_of(user_id), self._channel)
                await self._obey()
            except (RedisError, OSError) as error:
                logger.warning("live feed cannot listen", extra={"error": str(error)})
                self._channel = ""
                await asyncio.sleep(RETRY_SECONDS)

    async def _obey(self) -> None:
        while True:
            message: dict[str, Any] = await self._layer.receive(self._channel)
            await self.recheck(list(self._of_user.get(message["user"], ())))

    async def _subscribe(self, user_id: int) -> None:
        try:
            await self._layer.group_add(group_of(user_id), self._channel)
        except (RedisError, OSError) as error:  # the patrol still looks every 30 s
            logger.warning("live feed cannot subscribe", extra={"error": str(error)})

    async def _unsubscribe(self, user_id: int) -> None:
        try:
            await self._layer.group_discard(group_of(user_id), self._channel)
        except (RedisError, OSError) as error:
            logger.warning("live feed cannot unsubscribe", extra={"error": str(error)})


def group_of(user_id: int) -> str:
    return f"user.{user_id}"


_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Sockets] = WeakKeyDictionary()


def sockets_of_this_loop() -> Sockets:
    """The registry of the running event loop, made with the first socket."""
    loop = asyncio.get_running_loop()
    if loop not in _of_loop:
        _of_loop[loop] = Sockets()
    return _of_loop[loop]
