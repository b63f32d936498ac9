"""The long tail of services by Apprise, which opens connections of its own."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from alerts.receivers import apprise
from alerts.receivers.base import ReceiverError, Target
from alerts.receivers.registry import kind_of
from tests.alerts.receivers import message
from tests.sinks import WebSink, says

pytestmark = pytest.mark.django_db

ROADS = [  # with a host of its own, with one where others have a token, by a name
    "ntfy://127.0.0.1:9/topic",
    "lametric://AAAAAAAAAAAAAAAA@127.0.0.1",
    "notica://127.0.0.1:9/path/token",
    "notifico://127.0.0.1:9/15551234567/15551234568",
    "pushdeer://127.0.0.1:9/key",
    "zulip://bot@127.0.0.1/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "gotify://localhost:9/token",
    "rocket://user:word@[::1]:9/#room",
]


def send(address: str) -> None:
    kind = kind_of("apprise")
    kind.send(Target({"service_url": address}), kind.render(message()), key="k1")


@pytest.mark.parametrize("address", ROADS)
def test_it_reaches_no_inner_address(address: str, settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED_NETS = []

    with pytest.raises(ReceiverError, match=r"127\.0\.0\.1|::1") as refusal:
        send(address)

    assert refusal.value.permanent


def test_it_follows_no_redirect_to_an_inner_address(web: WebSink, settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED_NETS = ["127.0.0.1/32"]
    address = web.url.replace("http://", "ntfy://").replace("/hook", "/desk")
    web.plan.append(says(307, Location=web.url.replace("127.0.0.1", "127.0.0.2")))

    with pytest.raises(ReceiverError, match=r"127\.0\.0\.2"):
        send(address)

    assert len(web.posts) == 1


def test_it_reads_no_file_of_the_machine() -> None:
    with pytest.raises(ReceiverError, match="may not use"):
        send("fcm://project/device?keyfile=/etc/passwd")
    with pytest.raises(ValidationError, match="file"):
        apprise.known_service("fcm://project/device?KeyFile=/etc/passwd")


def test_it_sends_to_an_own_service(web: WebSink) -> None:
    address = web.url.replace("http://", "ntfy://").replace("/hook", "/desk")

    send(address)

    (post,) = web.posts
    assert "Drawdown on BTC" in post.body.decode()
