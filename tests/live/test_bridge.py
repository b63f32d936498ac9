"""Pages inside the live process: whole, block by block, and for browsers that leave."""

from __future__ import annotations

import hashlib
import io
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpx
import pytest
import uvicorn

from ops_portal.bridge import BLOCK, Bridge

PATIENCE = 30  # seconds
LARGE = 3_000_000  # bytes
seen_before: ContextVar[str] = ContextVar("seen_before", default="")


class Whole(list[bytes]):
    """As a response of Django that is there as a whole."""

    streaming = False


class Pages:
    """A WSGI application of some pages, which remembers how they ended."""

    def __init__(self) -> None:
        self.go_on, self.closed, self.left = (threading.Event() for _ in range(3))

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        page = getattr(self, environ["PATH_INFO"].split("/")[1])
        found: Iterable[bytes] = page(environ, start)
        return found

    def told(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("201 Created", [("X-Seen", seen_before.get()), ("Content-Type", "text/plain")])
        seen_before.set("yes")
        texts = sorted(f"{name}={value}" for name, value in environ.items() if name.isupper())
        return Whole(["\n".join(texts).encode("latin1")])

    def sum(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        try:
            first = environ["wsgi.input"].readline()
            body = first + environ["wsgi.input"].read()
        except ConnectionError:
            self.left.set()
            raise
        start("200 OK", [])
        return Whole([hashlib.sha256(body).hexdigest().encode(), b" ", first])

    def export(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [])
        try:
            yield b"first"
            self.go_on.wait(PATIENCE)
            yield b"second"
        finally:
            self.closed.set()

    def endless(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [])
        try:
            while True:
                yield b"x" * BLOCK
        finally:
            self.closed.set()

    def file(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [("Content-Length", str(LARGE))])
        found: Iterable[bytes] = environ["wsgi.file_wrapper"](io.BytesIO(b"f" * LARGE), 4_096)
        return found

    def broken(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        raise ValueError("no page")

    def cut(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [("Content-Length", str(LARGE))])
        yield b"begun"
        raise ValueError("no end")


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages()


@pytest.fixture(autouse=True)
def _nothing_yet(pages: Pages) -> None:
    for event in (pages.go_on, pages.closed, pages.left):
        event.clear()


@pytest.fixture(scope="module")
def address(pages: Pages) -> Iterator[str]:
    with served(Bridge(pages, threads=1)) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def served(application: Any) -> Iterator[int]:
    config = uvicorn.Config(application, lifespan="off", log_level="critical", ws="none")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(PATIENCE)


@contextmanager
def sending(address: str, beginning: bytes) -> Iterator[None]:
    """A form of eight bytes of which only a beginning comes."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as sender:
        sender.sendall(b"POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n" + beginning)
        yield


def test_a_page_sees_its_request_and_its_answer_arrives(address: str) -> None:
    headers = [("Cookie", "a=1"), ("Cookie", "b=2"), ("X-Real", "1"), ("X_Real", "2")]

    answer = httpx.get(f"{address}/told/%C3%A4?q=%C3%A4", headers=headers)
    lines = answer.content.decode("latin1").encode("latin1").decode().splitlines()

    assert (answer.status_code, answer.headers["content-type"]) == (201, "text/plain")
    assert {"PATH_INFO=/told/ä", "QUERY_STRING=q=%C3%A4", "HTTP_COOKIE=a=1; b=2"} <= set(lines)
    assert {"REQUEST_METHOD=GET", "REMOTE_ADDR=127.0.0.1", "HTTP_X_REAL=1"} <= set(lines)


def test_a_request_sees_nothing_of_the_one_before_in_its_thread(address: str) -> None:
    seen = [httpx.get(f"{address}/told").headers["x-seen"] for _ in range(2)]

    assert seen == ["", ""]


@pytest.mark.parametrize("size", [0, 7, LARGE])
def test_what_is_sent_arrives_whole(address: str, size: int) -> None:
    body = b"line\n" + b"b" * size

    answer = httpx.post(f"{address}/sum", content=body, timeout=PATIENCE)

    assert answer.text == f"{hashlib.sha256(body).hexdigest()} line\n"


def test_an_export_arrives_as_it_is_made(address: str, pages: Pages) -> None:
    with httpx.stream("GET", f"{address}/export", timeout=PATIENCE) as answer:
        blocks = answer.iter_raw()
        first = next(blocks)
        pages.go_on.set()

        assert (first, b"".join(blocks)) == (b"first", b"second")


def test_a_file_arrives_whole_and_its_head_alone_where_only_that_is_asked(address: str) -> None:
    assert httpx.get(f"{address}/file", timeout=PATIENCE).content == b"f" * LARGE
    assert httpx.head(f"{address}/file").headers["content-length"] == str(LARGE)


def test_an_export_ends_when_its_reader_leaves(address: str, pages: Pages) -> None:
    with httpx.stream("GET", f"{address}/endless", timeout=PATIENCE) as answer:
        next(answer.iter_raw())

    assert pages.closed.wait(PATIENCE)
    assert httpx.get(f"{address}/told").status_code == 201


def test_a_form_that_does_not_come_holds_no_thread(address: str) -> None:
    with sending(address, b""):
        assert httpx.get(f"{address}/told", timeout=PATIENCE).status_code == 201


def test_a_body_that_stops_in_the_middle_is_an_error_and_no_short_body(
    address: str, pages: Pages
) -> None:
    with sending(address, b"half"):
        pass

    assert pages.left.wait(PATIENCE)
    assert httpx.get(f"{address}/told", timeout=PATIENCE).status_code == 201


def test_a_page_that_fails_is_an_error_for_the_browser(address: str) -> None:
    assert httpx.get(f"{address}/broken").status_code == 500
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{address}/cut")
