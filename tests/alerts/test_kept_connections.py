"""A connection stays open for the next request, which is checked as if there were none."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from ops_portal.lib import http
from tests.sinks import WebSink, breaks_off, leaves, pours, says, web_sink


@pytest.fixture
def open_web(settings: Settings) -> Iterator[WebSink]:
    settings.OUTBOUND_ALLOWED_NETS = ["127.0.0.0/8"]
    with web_sink(stays_open=True) as sink:
        yield sink


def ask(sink: WebSink, times: int = 1) -> list[int]:
    return [http.post_json(sink.url, {"number": number}).status for number in range(times)]


def connections(sink: WebSink) -> int:
    return len({post.peer for post in sink.posts})


def test_requests_to_one_server_share_a_connection(open_web: WebSink) -> None:
    assert ask(open_web, 5) == [200] * 5

    assert connections(open_web) == 1


def test_a_network_that_is_forbidden_now_is_not_reached_over_an_open_connection(
    open_web: WebSink, settings: Settings
) -> None:
    ask(open_web)
    settings.OUTBOUND_ALLOWED_NETS = []

    with pytest.raises(http.Forbidden):
        ask(open_web)

    assert len(open_web.posts) == 1


def test_a_name_that_leads_elsewhere_now_gets_a_connection_of_its_own(
    open_web: WebSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, leads_to = open_web.url.split(":")[2].split("/")[0], ["127.0.0.1"]

    def resolver(host: str, port: int, *_: Any, **__: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (leads_to[0], port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    http.post_json(f"http://wanders.example:{port}/", {})
    leads_to[0] = "169.254.169.254"

    with pytest.raises(http.Forbidden, match=r"169\.254"):
        http.post_json(f"http://wanders.example:{port}/", {})

    assert len(open_web.posts) == 1


def test_a_connection_that_the_server_closed_is_opened_again(open_web: WebSink) -> None:
    open_web.plan = deque([leaves])

    assert ask(open_web, 2) == [200, 200]

    assert connections(open_web) == 2


def test_what_breaks_without_an_answer_is_said_once_more_over_a_new_connection(
    open_web: WebSink,
) -> None:
    open_web.plan = deque([says(200), breaks_off])

    assert ask(open_web, 2) == [200, 200]

    assert [post.json["number"] for post in open_web.posts] == [0, 1, 1]


def test_a_new_connection_that_breaks_is_no_answer(open_web: WebSink) -> None:
    open_web.plan = deque([breaks_off, says(200)])

    with pytest.raises(http.Unreachable):
        ask(open_web)

    assert len(open_web.posts) == 1


def test_an_answer_that_was_not_read_to_its_end_ends_the_connection(open_web: WebSink) -> None:
    open_web.plan = deque([pours])

    with pytest.raises(http.Unreachable):
        ask(open_web)

    assert ask(open_web) == [200]
    assert connections(open_web) == 2


def test_what_a_server_gives_to_one_request_is_not_told_by_the_next(open_web: WebSink) -> None:
    open_web.plan = deque([says(200, Set_Cookie="who=first")])

    ask(open_web, 2)

    assert "Cookie" not in open_web.posts[1].headers


def test_a_stalling_answer_is_cut_on_a_connection_that_was_open(open_web: WebSink) -> None:
    ask(open_web)
    open_web.plan = deque([lambda handler: time.sleep(20)])

    started = time.monotonic()
    with pytest.raises(http.Unreachable):
        http.post_json(open_web.url, {}, deadline=0.5)

    assert time.monotonic() - started < 10
