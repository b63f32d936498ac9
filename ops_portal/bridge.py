"""The portal's pages (WSGI) inside the live process (ASGI), with as few hops as can be.

A request is answered in three steps:

1. What the browser sends at once is awaited in the loop: a slow sender of a form holds no thread.
2. A thread makes the page. A whole page comes back as the thread's result, one way there and one
   way back, and the loop sends it.
3. A large file or an export goes out block by block. The thread waits until the server takes each,
   so that a slow reader fills no memory, and stops when the reader is gone.
"""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import Any, NamedTuple
from wsgiref.util import FileWrapper

from ops_portal.lib.gateways import Message, Receive, Send, Wsgi

BLOCK = 65_536  # bytes of a file that are sent at once
BODY = (b"content-length", b"transfer-encoding")  # a request without these has no body


class Gone(ConnectionError):
    """The browser closed the connection."""


class Head(NamedTuple):
    status: int
    headers: list[tuple[bytes, bytes]]

    @property
    def is_short(self) -> bool:
        """The answer is known to fit into one block."""
        return any(name == b"content-length" and int(value) <= BLOCK for name, value in self[1])

    def message(self) -> Message:
        return {"type": "http.response.start", "status": self.status, "headers": self.headers}


class Answer(NamedTuple):
    """What is left for the loop to send; no head when the thread has sent it."""

    head: Head | None
    body: bytes = b""


class Bridge:
    """An ASGI application for HTTP alone; `threads` requests are answered at once."""

    def __init__(self, pages: Wsgi, *, threads: int) -> None:
        self._pages = pages
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="page")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        has_body = any(name in BODY for name, _ in scope["headers"])
        first = await receive() if has_body else None
        loop = asyncio.get_running_loop()
        exchange = Exchange(self._pages, loop, receive, send, first)
        with suppress(Gone):
            answer = await loop.run_in_executor(
                self._threads, copy_context().run, exchange.answer, _environ(scope)
            )
            if answer.head:
                await send(answer.head.message())
            await send({"type": "http.response.body", "body": answer.body})


class Exchange:
    """One request and its answer, seen from the thread."""

    def __init__(
        self,
        pages: Wsgi,
        loop: asyncio.AbstractEventLoop,
        receive: Receive,
        send: Send,
        first: Message | None,
    ) -> None:
        self._pages, self._loop, self._receive, self._send = pages, loop, receive, send
        self._sent_body = Body(lambda: self._wait(self._received()), first)
        self._head: Head | None = None
        self._watch: asyncio.Task[None] | None = None

    def answer(self, environ: dict[str, Any]) -> Answer:
        environ["wsgi.input"] = io.BufferedReader(self._sent_body, BLOCK)
        found: Any = self._pages(environ, self._start)
        try:
            if environ["REQUEST_METHOD"] == "HEAD":
                return Answer(self._head)
            whole = not getattr(found, "streaming", True)  # Django says so
            if whole or (self._head and self._head.is_short):
                return Answer(self._head, b"".join(found))
            for block in found:
                self._wait(self._hand_over(block))
            return Answer(self._head)
        finally:
            if hasattr(found, "close"):
                found.close()

    def _start(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        coded = [(name.lower().encode("latin1"), text.encode("latin1")) for name, text in headers]
        self._head = Head(int(status[:3]), coded)

    async def _hand_over(self, block: bytes) -> None:
        if self._head:
            await self._send(self._head.message())
            self._head = None
            if not self._sent_body.more:  # else nobody but the page may receive
                self._watch = asyncio.create_task(self._until_gone())
        if self._watch and self._watch.done():
            raise Gone
        await self._send({"type": "http.response.body", "body": block, "more_body": True})

    async def _until_gone(self) -> None:
        """Ends when the server says so, at the end of the answer at the latest."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _received(self) -> Message:
        return await self._receive()

    def _wait[T](self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class Body(io.RawIOBase):
    """What the browser sends, read as it arrives."""

    def __init__(self, receive: Callable[[], Message], first: Message | None) -> None:
        self._receive = receive
        self._held = memoryview(b"")
        self.more = first is not None
        if first is not None:
            self._take(first)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while self.more and not self._held:
            self._take(self._receive())
        size = min(len(buffer), len(self._held))
        buffer[:size], self._held = self._held[:size], self._held[size:]
        return size

    def _take(self, message: Message) -> None:
        """Raises Gone for a body that will never be whole."""
        if message["type"] == "http.disconnect":
            raise Gone
        self._held = memoryview(message.get("body", b""))
        self.more = message.get("more_body", False)


def _environ(scope: Message) -> dict[str, Any]:
    root, path = scope.get("root_path", ""), scope["path"]
    host, port = scope.get("server") or ("localhost", 80)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": root.encode().decode("latin1"),
        "PATH_INFO": path.removeprefix(root).encode().decode("latin1"),
        "QUERY_STRING": scope["query_string"].decode("latin1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or [""])[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": _blocks,
    }
    for name, value in scope["headers"]:
        _add(environ, name.decode("latin1"), value.decode("latin1"))
    return environ


def _add(environ: dict[str, Any], name: str, value: str) -> None:
    """A header under its name of CGI; with `_` it could pass for one that a proxy has set."""
    if "_" in name:
        return
    key = name.upper().replace("-", "_")
    if key not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
        key = f"HTTP_{key}"
    between = "; " if key == "HTTP_COOKIE" else ","
    environ[key] = f"{environ[key]}{between}{value}" if key in environ else value


def _blocks(file: Any, _size: int) -> FileWrapper:
    return FileWrapper(file, BLOCK)
