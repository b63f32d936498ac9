"""The outbound client reaches what is public or allowed, and nothing else."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections import deque
from email.utils import formatdate
from typing import Any

import pytest
from pytest_django import Settings

from ops_portal.lib import http
from tests.sinks import WebSink, says, web_sink

REFUSED_HOSTS = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "0.0.0.0",  # noqa: S104
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200",
    "192.0.0.8", "192.88.99.1", "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "localhost", "localhost.", "LOCALHOST",
    "[::1]", "[::]", "[::127.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::ffff:169.254.169.254]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::1]",
    "[2002:7f00:1::]", "[2002:a00:1::]", "[fc00::1]", "[fd00:ec2::254]", "[fe80::1]", "[fec0::1]",
    "0x7f.0.0.1", "127.0.0.1.", "127.0.0.01", "[::ffff:0:7f00:1]", "[64:ff9b::169.254.169.254]",
    "[2002:a9fe:a9fe::1]", "[::ffff:100.64.0.1]", "[fd12::1]", "0xa9fea9fe", "2852039166",
    "[ff02::1]", "[100::1]", "[2001:db8::1]", "[2001::1]",
]  # fmt: skip
REFUSED_URLS = [
    "file:///etc/passwd", "ftp://8.8.8.8/", "gopher://8.8.8.8:70/", "ldap://8.8.8.8/",
    "//8.8.8.8/", "8.8.8.8", "", "http://", "http:///hook", "http://user@8.8.8.8/",
    "http://user:pass@8.8.8.8/", "http://8.8.8.8@127.0.0.1/", "http://8.8.8.8:99999/",
    "http://8.8.8.8:-1/", "http://[::1", "http://[fe80::1%25lo]/", "http://exаmple.org/",
    "http://127。0。0。1/", "http://①②⑦.⓪.⓪.①/", "http://127.0.0.1\\@8.8.8.8/",
    "javascript:alert(1)", "http://8.8.8.8\\.example/",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_is_allowed(settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED_NETS = []


@pytest.mark.parametrize("host", REFUSED_HOSTS)
def test_an_inner_address_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises((http.Forbidden, http.Unreachable)):
        http.request("GET", f"http://{host}:9/latest/meta-data", deadline=3)


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(http.Forbidden):
        http.request("GET", url, deadline=3)


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_allowed(text: str) -> None:
    assert http.allowed(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
def test_an_own_network_is_allowed_by_setting(text: str, settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED_NETS = ["127.0.0.0/8"]

    assert http.allowed(ipaddress.ip_address(text))


def answers_of(*texts: str) -> Any:
    def resolver(host: str, port: int, **_: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in texts]

    return resolver


def test_one_bad_answer_among_good_ones_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answers_of("8.8.8.8", "10.0.0.1"))

    with pytest.raises(http.Forbidden, match=r"10\.0\.0\.1"):
        http.request("GET", "http://two-faced.example/")


def test_a_name_is_asked_once_and_cannot_change_its_mind(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.OUTBOUND_ALLOWED_NETS = ["127.0.0.1/32"]
    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str, port: int, *rest: Any, **more: Any) -> Any:
        if host != "rebind.example":
            return real(host, port, *rest, **more)
        asked.append(host)
        text = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port))]

    with web_sink() as sink:
        port = sink.url.split(":")[2].split("/")[0]
        monkeypatch.setattr(socket, "getaddrinfo", rebinding)
        answer = http.post_json(f"http://rebind.example:{port}/hook", {})

    assert answer.status == 200
    assert asked == ["rebind.example"]
    assert sink.posts[0].headers["Host"] == f"rebind.example:{port}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_not_a_road(status: int, web: WebSink) -> None:
    web.plan = deque([says(status, Location="http://169.254.169.254/")])

    assert http.post_json(web.url, {}).status == status
    assert len(web.posts) == 1


def test_a_proxy_of_the_environment_is_ignored(
    monkeypatch: pytest.MonkeyPatch, web: WebSink
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    assert http.post_json(web.url, {}).status == 200


def test_a_name_that_nobody_answers_for_ends_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(30) and None)

    with pytest.raises(http.Unreachable):
        http.request("GET", "http://slow.example/", deadline=0.3)

    answered.set()
    for thread in threading.enumerate():  # the one that was left behind ends without a complaint
        if "_look_up" in thread.name:
            thread.join(10)


def test_an_answer_that_is_no_address_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answers_of("8.8.8.8", "nowhere"))

    with pytest.raises(http.Unreachable):
        http.request("GET", "http://odd.example/", deadline=3)


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("7", 7, 7),
        (formatdate(time.time() + 3_600, usegmt=True), 60, 3_600),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 0, 0),
    ],
    ids=["seconds", "in an hour", "long ago"],
)
def test_both_forms_of_retry_after_are_read(
    header: str, low: float, high: float, web: WebSink
) -> None:
    web.plan = deque([says(429, Retry_After=header)])

    asked = http.post_json(web.url, {}).retry_after

    assert asked is not None
    assert low <= asked <= high


@pytest.mark.parametrize("header", ["soon", "", "-5", "1.5"])
def test_a_retry_after_that_says_nothing_is_none(header: str, web: WebSink) -> None:
    web.plan = deque([says(429, Retry_After=header)])

    assert http.post_json(web.url, {}).retry_after is None
