"""Counts and times what a process serves: requests and sockets, without a database or a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from time import perf_counter
from typing import Any

from asgiref.sync import sync_to_async
from prometheus_client import Counter, Gauge, Histogram

from health import processes
from ops_portal.lib.gateways import Message, Receive, Send, Wsgi
from ops_portal.lib.vital import vital

type Application = Callable[[Any, Any, Any], Awaitable[None]]

EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS = Counter("ops_portal_http_requests_total", "Requests answered.", ["method", "status"])
SECONDS = Histogram(
    "ops_portal_http_request_seconds", "Until the last byte was handed over.", buckets=EDGES
)
SOCKETS = Gauge("ops_portal_websockets_open", "Open sockets.", multiprocess_mode="livesum")
HANDSHAKES = Counter("ops_portal_websockets_total", "Sockets asked for.", ["outcome"])
MESSAGES = Counter("ops_portal_websocket_messages_total", "Messages sent to sockets.")


class Measured:
    """Wraps the ASGI application; the lifespan of the server makes this process beat."""

    def __init__(self, application: Application, *, kind: str = "live") -> None:
        self._application = application
        self._kind = kind
        self._open = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        began, status = perf_counter(), 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._application(scope, receive, watch)
        finally:
            _answered(scope["method"], status, perf_counter() - began)

    async def _websocket(self, scope: Message, receive: Receive, send: Send) -> None:
        accepted = False

        async def watch(message: Message) -> None:
            nonlocal accepted
            if message["type"] == "websocket.send":
                MESSAGES.inc()
            elif message["type"] == "websocket.accept":
                accepted = True
                self._open += 1
                SOCKETS.inc()
            await send(message)

        try:
            await self._application(scope, receive, watch)
        finally:
            HANDSHAKES.labels("accepted" if accepted else "refused").inc()
            if accepted:
                self._open -= 1
                SOCKETS.dec()

    async def _live(self, receive: Receive, send: Send) -> None:
        """Beat between the start and the end of the server."""
        await receive()
        beating = vital(self._beat_forever())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        beating.cancel()
        await sync_to_async(processes.say_goodbye, thread_sensitive=False)(self._kind)
        await send({"type": "lifespan.shutdown.complete"})

    async def _beat_forever(self) -> None:
        say = sync_to_async(processes.say_alive, thread_sensitive=False)
        while True:
            await say(self._kind, {"sockets": self._open})
            await asyncio.sleep(processes.BEAT_SECONDS)


class MeasuredPages:
    """Wraps the WSGI application of the `web` process; the time is that until the answer."""

    def __init__(self, application: Wsgi) -> None:
        self._application = application

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        began, status = perf_counter(), 500

        def watch(line: str, *rest: Any) -> Any:
            nonlocal status
            status = int(line[:3])
            return start_response(line, *rest)

        try:
            return self._application(environ, watch)
        finally:
            _answered(environ["REQUEST_METHOD"], status, perf_counter() - began)


def _answered(method: str, status: int, seconds: float) -> None:
    REQUESTS.labels(method if method in METHODS else "other", str(status)).inc()
    SECONDS.observe(seconds)
