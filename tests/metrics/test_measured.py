"""The process counts what it serves, and beats while its server lives."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from prometheus_client import REGISTRY

from health.models import Process
from ops_portal.measured import Measured, MeasuredPages


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def talk(application: Any, **scope: str) -> Any:
    return ApplicationCommunicator(application, scope)  # type: ignore[no-untyped-call]


async def teapot(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"short and stout"})


async def broken(scope: Any, receive: Any, send: Any) -> None:
    raise ValueError("no")


async def echo(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


async def refusal(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.close"})


async def test_a_request_is_counted_by_method_and_status() -> None:
    before = counted("ops_portal_http_requests_total", method="GET", status="418")
    timed = counted("ops_portal_http_request_seconds_count")
    request = talk(Measured(teapot), type="http", method="GET")

    await request.send_input({"type": "http.request"})
    await request.receive_output()
    await request.receive_output()
    await request.wait()

    assert counted("ops_portal_http_requests_total", method="GET", status="418") == before + 1
    assert counted("ops_portal_http_request_seconds_count") == timed + 1


async def test_a_request_that_raises_counts_as_500_and_an_odd_method_as_other() -> None:
    before = counted("ops_portal_http_requests_total", method="other", status="500")
    request = talk(Measured(broken), type="http", method="BREW")

    with pytest.raises(ValueError, match="no"):
        await request.wait()

    assert counted("ops_portal_http_requests_total", method="other", status="500") == before + 1


async def test_open_sockets_and_their_messages_are_counted() -> None:
    opened = counted("ops_portal_websockets_open")
    sent = counted("ops_portal_websocket_messages_total")
    socket = talk(Measured(echo), type="websocket")

    await socket.send_input({"type": "websocket.connect"})
    await socket.send_input({"type": "websocket.receive", "text": "hello"})
    assert (await socket.receive_output())["type"] == "websocket.accept"
    assert (await socket.receive_output())["text"] == "hello"

    assert counted("ops_portal_websockets_open") == opened + 1
    assert counted("ops_portal_websocket_messages_total") == sent + 1
    await socket.send_input({"type": "websocket.disconnect"})
    await socket.wait()
    assert counted("ops_portal_websockets_open") == opened


async def test_a_refused_socket_was_never_open() -> None:
    before = counted("ops_portal_websockets_total", outcome="refused")
    socket = talk(Measured(refusal), type="websocket")

    await socket.send_input({"type": "websocket.connect"})
    await socket.wait()

    assert counted("ops_portal_websockets_total", outcome="refused") == before + 1


@pytest.mark.django_db(transaction=True)
async def test_the_process_beats_from_start_to_end_of_its_server() -> None:
    server = talk(Measured(teapot), type="lifespan")

    await server.send_input({"type": "lifespan.startup"})
    assert (await server.receive_output())["type"] == "lifespan.startup.complete"
    async with asyncio.timeout(30):
        while not await Process.objects.filter(kind="live", stopped_at=None).aexists():
            await asyncio.sleep(0.05)
    await server.send_input({"type": "lifespan.shutdown"})
    assert (await server.receive_output(30))["type"] == "lifespan.shutdown.complete"

    assert await Process.objects.filter(kind="live", stopped_at__isnull=False).aexists()


def test_a_page_of_the_web_process_is_counted() -> None:
    before = counted("ops_portal_http_requests_total", method="POST", status="204")

    def page(environ: Any, start_response: Any) -> list[bytes]:
        start_response("204 No Content", [])
        return []

    MeasuredPages(page)({"REQUEST_METHOD": "POST"}, lambda *answer: None)

    assert counted("ops_portal_http_requests_total", method="POST", status="204") == before + 1
