"""A mail server and a web server that write down what reaches them and answer as they are told."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class MailSink:
    """Mails in the order of their coming; `plan` answers the next ones, then 250."""

    mails: list[Message] = field(default_factory=list)
    plan: deque[str | float] = field(default_factory=deque)  # an SMTP reply, or seconds to stall
    plans: dict[str, deque[str | float]] = field(default_factory=dict)  # by address, before `plan`
    url: str = ""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        own = self.plans.get(envelope.rcpt_tos[0])
        answer = (own or self.plan).popleft() if own or self.plan else "250 taken"
        if own is not None and isinstance(answer, float):
            await asyncio.sleep(answer)  # this connection alone
            return "250 late"
        if isinstance(answer, float):
            time.sleep(answer)  # noqa: ASYNC251  the whole server stalls, as a dead one does
            return "250 late"
        if answer.startswith("2"):
            self.mails.append(message_from_bytes(envelope.original_content or b"", policy=default))
        return answer


@contextmanager
def mail_sink() -> Iterator[MailSink]:
    sink = MailSink()
    controller = Controller(sink, hostname="127.0.0.1", port=_free_port())
    controller.start()
    sink.url = f"smtp://127.0.0.1:{controller.port}"
    try:
        yield sink
    finally:
        controller.stop()


@dataclass(frozen=True)
class Post:
    """A request that came in."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float
    peer: tuple[str, int]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class WebSink:
    """Requests in the order of their coming; `plan` answers the next ones, then 200 `ok`."""

    posts: list[Post] = field(default_factory=list)
    plan: deque[Answer] = field(default_factory=deque)
    url: str = ""


def says(status: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def hangs(seconds: float) -> Answer:
    return lambda handler: time.sleep(seconds)


def pours(handler: BaseHTTPRequestHandler) -> None:
    """A body without end."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x" * 65_536)
    except OSError:
        pass


def drips(handler: BaseHTTPRequestHandler) -> None:
    """A header that never ends, a byte at a time."""
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(1_000):
            handler.wfile.write(b"a")
            handler.wfile.flush()
            time.sleep(0.2)
    except OSError:
        pass


def leaves(handler: BaseHTTPRequestHandler) -> None:
    """An answer, and the connection is closed without a word."""
    says(200, b"ok")(handler)
    handler.close_connection = True


def breaks_off(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def web_sink(*, delay: float = 0.0, stays_open: bool = False) -> Iterator[WebSink]:
    sink = WebSink()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1" if stays_open else "HTTP/1.0"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers, at = dict(self.headers), time.monotonic()
            sink.posts.append(Post(self.path, headers, body, at, self.client_address))
            time.sleep(delay)
            answer = sink.plan.popleft() if sink.plan else says(200, b"ok")
            answer(self)

        do_GET = do_POST  # noqa: N815  asked by name

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    sink.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
