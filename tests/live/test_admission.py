"""Who may open a socket, and that losing the right to it ends it at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_database
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus

from analytics.live import tell_user
from tests.live.conftest import PATIENCE
from tests.live.process import LiveProcess

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "https://evil.example.org",
        "http://localhost",
        "http://localhost:{port}.evil.example.org",
        "http://evil.localhost:{port}",
        "http://alice@localhost:{port}",
        "ws://localhost:{port}",
        "http://127.0.0.1:{port}",
        "http://localhost:{port}, http://localhost:{port}",
        "https://desk.example.org.evil.example.org",
        "HTTPS://desk.example.org:444",
    ],
)
async def test_a_foreign_origin_is_refused(
    origin: str | None, alice: Client, open_page: Any, live: LiveProcess
) -> None:
    sent = origin.format(port=live.port) if origin else None

    with pytest.raises(InvalidStatus) as refused:
        async with open_page(alice, origin=sent):
            pass

    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("origin", ["http://localhost:{port}", "https://desk.example.org"])
async def test_our_own_and_the_trusted_origin_are_let_in(
    origin: str, alice: Client, open_page: Any, live: LiveProcess
) -> None:
    async with open_page(alice, origin=origin.format(port=live.port)) as page:
        await page.hello("trading")


async def test_without_a_login_the_socket_closes_with_4401(db: None, open_page: Any) -> None:
    async with open_page(None) as page:
        assert await page.close_code() == 4401


async def test_an_expired_session_closes_with_4401(alice: Client, open_page: Any) -> None:
    await in_database(Session.objects.update)(expire_date="2020-01-01T00:00:00Z")

    async with open_page(alice) as page:
        assert await page.close_code() == 4401


async def test_a_session_that_idled_too_long_closes_with_4401(
    alice: Client, open_page: Any
) -> None:
    await in_database(grow_idle)(alice)

    async with open_page(alice) as page:
        assert await page.close_code() == 4401


def grow_idle(client: Client) -> None:
    session = client.session
    session["seen_at"] = time.time() - settings.SESSION_IDLE_SECONDS - 1
    session.save()


async def test_logging_out_closes_the_sockets_of_that_session_alone(
    alice: Client, open_page: Any
) -> None:
    elsewhere = Client()
    user = await in_database(User.objects.get)(username="alice")
    await in_database(elsewhere.force_login)(user)
    async with open_page(alice) as here, open_page(elsewhere) as there:
        await here.hello("trading")
        await there.hello("trading")

        await in_database(end_session)(user, here.session_key)

        assert await here.close_code() == 4401
        await there.say(type="pace", hz=1)
        await there.hello("trading")


def end_session(user: User, session_key: str) -> None:
    Session.objects.filter(session_key=session_key).delete()
    tell_user(user.pk, "logout")


@pytest.mark.parametrize("loss", ["permission", "activity", "password"])
async def test_losing_the_right_closes_within_two_seconds(
    loss: str, alice: Client, open_page: Any
) -> None:
    user = await in_database(User.objects.get)(username="alice")
    async with open_page(alice) as page:
        await page.hello("trading")
        begun = time.monotonic()

        await in_database(take_away)(user, loss)

        assert await page.close_code() == (4403 if loss == "permission" else 4401)
        print(f"closed {1000 * (time.monotonic() - begun):.0f} ms after losing the {loss}")


def take_away(user: User, loss: str) -> None:
    if loss == "permission":
        user.user_permissions.clear()
    elif loss == "activity":
        user.is_active = False
        user.save()
    else:
        user.set_password("another one")
        user.save()
    tell_user(user.pk, "permissions.changed")


async def test_sockets_are_told_from_inside_a_running_loop_too(
    alice: Client, open_page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await in_database(User.objects.get)(username="alice")
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # as the tests with a browser do
    async with open_page(alice) as page:
        await page.hello("trading")
        await in_database(Session.objects.all().delete)()

        tell_user(user.pk, "logout")

        assert await page.close_code() == 4401


async def test_gaining_a_right_leaves_the_socket_open(alice: Client, open_page: Any) -> None:
    user = await in_database(User.objects.get)(username="alice")
    async with open_page(alice) as page:
        await page.hello("trading")

        await in_database(make_superuser)(user)

        async with asyncio.timeout(PATIENCE):
            while await page.is_denied("system"):
                await asyncio.sleep(0.3)


def make_superuser(user: User) -> None:
    user.is_superuser = True
    user.save()
    tell_user(user.pk, "permissions.changed")


async def test_a_user_has_at_most_twenty_sockets(
    alice: Client, log_in: Callable[..., Client], open_page: Any
) -> None:
    bob = await in_database(log_in)("bob", "analytics.view_trade")
    async with AsyncExitStack() as stack:
        for _ in range(20):
            page = await stack.enter_async_context(open_page(alice))
            await page.hello("trading")

        one_more = await stack.enter_async_context(open_page(alice))
        assert await one_more.close_code() == 4429
        other_user = await stack.enter_async_context(open_page(bob))
        await other_user.hello("trading")


async def test_a_thousand_commands_a_second_close_the_socket(alice: Client, open_page: Any) -> None:
    async with open_page(alice) as page:
        await page.hello("trading")

        try:
            for _ in range(1_000):
                await page.say(type="pace", hz=2)
        except ConnectionClosed:
            pass

        assert await page.close_code() == 1008


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x" * 20_000, 1009),
        ("é" * 10_000, 1009),
        ("no json", 1008),
        ('{"type":"delete everything"}', 1008),
        ('{"type":"hello"}', 1008),
        ('{"type":"hello","topics":"trading"}', 1008),
        ("[" * 10_000, 1008),
        (b"\x00\x01", 1009),
    ],
    ids=[
        "long",
        "long in bytes",
        "no json",
        "unknown",
        "no topics",
        "wrong type",
        "deep",
        "binary",
    ],
)
async def test_what_is_no_command_closes_the_socket(
    text: str | bytes, code: int, alice: Client, open_page: Any
) -> None:
    async with open_page(alice) as page:
        await page.socket.send(text)

        assert await page.close_code() == code


async def test_a_socket_without_hello_is_closed(alice: Client, open_page: Any) -> None:
    async with open_page(alice) as page:
        assert await page.close_code() == 1008
