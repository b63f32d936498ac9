"""The socket at /ws/: lets a browser in, keeps asking whether it may stay, and hands it to the hub.

The client sends `hello` once and `pace` when its tab is hidden or shown:
    {"type": "hello", "since": "<stream id>" | null, "topics": ["trading", ...], "hz": 4}
    {"type": "pace", "hz": 1}
and gets `batch`, `reset`, `ping` and `denied` messages (see hub.py).
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, NoReturn

import msgspec
from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.utils import await_many_dispatch
from django.conf import settings
from django.db import DatabaseError
from django.http import parse_cookie

from analytics.access import Access, header_map, origin_allowed, read_access_soon
from analytics.hub import Socket, message
from analytics.sockets import SOCKETS_PER_USER, Sockets, sockets_of_this_loop

logger = logging.getLogger(__name__)

LONGEST_MESSAGE = 16 * 1024  # characters
HELLO_SECONDS = 10.0
COMMANDS_AT_ONCE, COMMANDS_PER_SECOND = 20, 5
DEFAULT_HZ, HIDDEN_HZ = 5, 1


class Close:
    """Why we close, as the page sees it. 4xxx are ours: the page must not simply try again."""

    BAD_COMMAND = 1008
    TOO_LONG = 1009
    TRY_LATER = 1013
    NOT_LOGGED_IN = 4401
    LOST_PERMISSION = 4403
    TOO_MANY = 4429


class Hello(msgspec.Struct, tag_field="type", tag="hello"):
    topics: list[str]
    since: str | None = None
    hz: int = DEFAULT_HZ


class Pace(msgspec.Struct, tag_field="type", tag="pace"):
    hz: int


_command = msgspec.json.Decoder(Hello | Pace)


class LiveConsumer(AsyncWebsocketConsumer):
    """One browser tab."""

    access: Access | None = None
    sockets: Sockets | None = None
    pump: asyncio.Task[None] | None = None
    deadline: asyncio.TimerHandle | None = None
    topics: frozenset[str] = frozenset()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one socket.

        Rare messages (`access.read`, `expelled`) come through `notices` from the process's one
        channel, so a socket costs Redis nothing.
        """
        self.scope, self.base_send = scope, send
        self.notices: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.tokens, self.tokens_at = float(COMMANDS_AT_ONCE), 0.0
        headers = header_map(scope)
        cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
        self.session_key = cookies.get(settings.SESSION_COOKIE_NAME, "")
        self.origin_allowed = origin_allowed(headers)
        self.socket = Socket(self._send_text, self._on_stuck)
        try:
            await await_many_dispatch([receive, self.notices.get], self.dispatch)
        except StopConsumer:
            return
        finally:
            await self._forget()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Call the handler without Channels' sweep of database connections before each message:
        nothing here touches the database but `read_access`, which sweeps its own thread.
        """
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        if not self.origin_allowed:
            await self.refuse(None)  # before accepting: an HTTP 403
        await self.accept()
        try:
            self.access = await read_access_soon(self.session_key) if self.session_key else None
        except DatabaseError:
            await self.refuse(Close.TRY_LATER, "database unreachable")
        if self.access is None:
            await self.refuse(Close.NOT_LOGGED_IN, "not logged in")
        self.sockets = sockets_of_this_loop()
        if not await self.sockets.admit(self, self.access.user_id):
            self.sockets = None
            await self.refuse(Close.TOO_MANY, f"more than {SOCKETS_PER_USER} sockets")
        self.deadline = asyncio.get_running_loop().call_later(HELLO_SECONDS, self._on_silence)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if text_data is None or len(text_data) > LONGEST_MESSAGE:
            await self.refuse(Close.TOO_LONG, "message too long")
        elif not self._spend_token():
            await self.refuse(Close.BAD_COMMAND, "too many commands")
        elif self.sockets is not None:
            try:
                command = _command.decode(text_data)
            except msgspec.MsgspecError:
                await self.refuse(Close.BAD_COMMAND, "unknown command")
            await (self._hello(command) if isinstance(command, Hello) else self._pace(command.hz))

    async def access_read(self, message: dict[str, Any]) -> None:
        """The session was looked up again, by clock or because somebody told us."""
        found: Access | None = message["access"]
        if found is None:
            await self.refuse(Close.NOT_LOGGED_IN, "logged out")
        elif not self.topics <= found.topics:
            await self.refuse(Close.LOST_PERMISSION, "permissions changed")
        else:
            self.access = found

    async def expelled(self, message: dict[str, Any]) -> None:
        await self.refuse(message["code"], message["reason"])

    async def _hello(self, hello: Hello) -> None:
        if self.access is None or self.sockets is None:
            return
        if self.deadline is not None:
            self.deadline.cancel()
        feed = self.sockets.feed
        if not await feed.wait_until_ready():
            await self.refuse(Close.TRY_LATER, "live feed not ready")
        for topic in sorted(set(hello.topics) - self.access.topics):
            self.socket.tell(message("denied", topic=topic[:64]))
        self.topics = frozenset(hello.topics) & self.access.topics
        if self.pump is None:
            self.pump = asyncio.create_task(self.socket.pump())
            self.pump.add_done_callback(self._on_pumped)
        await feed.join(self.socket, self.topics, hello.hz, hello.since)

    async def _pace(self, hz: int) -> None:
        if self.sockets is not None and self.socket.cohort is not None:
            self.sockets.feed.hub.join(self.socket, self.topics, hz)

    def _spend_token(self) -> bool:
        now = asyncio.get_running_loop().time()
        gained = (now - self.tokens_at) * COMMANDS_PER_SECOND
        self.tokens, self.tokens_at = min(self.tokens + gained, COMMANDS_AT_ONCE) - 1, now
        return self.tokens >= 0

    async def _send_text(self, text: str) -> None:
        try:
            await self.base_send({"type": "websocket.send", "text": text})
        except OSError:  # the browser is gone; uvicorn's ClientDisconnected is an OSError
            self.notices.put_nowait({"type": "expelled", "code": 1006, "reason": "gone"})
            await asyncio.Event().wait()

    def _on_stuck(self) -> None:
        self._expel(Close.TRY_LATER, "too slow")

    def _on_pumped(self, pump: asyncio.Task[None]) -> None:
        if not pump.cancelled() and (error := pump.exception()) is not None:
            logger.warning("a socket's pump failed", exc_info=error)
            self._expel(Close.TRY_LATER, "broken")

    def _on_silence(self) -> None:
        self._expel(Close.BAD_COMMAND, "no hello")

    def _expel(self, code: int, reason: str) -> None:
        self.notices.put_nowait({"type": "expelled", "code": code, "reason": reason})

    async def refuse(self, code: int | None, reason: str = "") -> NoReturn:
        """Close and end; a socket that cannot be written ends without a word."""
        try:
            async with asyncio.timeout(1):
                await self.close(code, reason)
        except (TimeoutError, OSError):
            pass
        raise StopConsumer

    async def _forget(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
        if self.pump is not None:
            self.pump.cancel()
        if self.sockets is not None and self.access is not None:
            await self.sockets.forget(self, self.access.user_id)
