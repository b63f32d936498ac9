"""One live process for the tests, users with sessions, and sockets to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from redis import Redis
from websockets.asyncio.client import ClientConnection, connect

from tests.live.process import LiveProcess

PATIENCE = 20.0  # seconds; generous, speed is judged in bench/


def database_url() -> str:
    """The URL of the test database, for child processes."""
    at = connection.settings_dict
    host, name = quote(str(at["HOST"]), safe=""), at["NAME"]
    return f"postgres://{at['USER']}:{at['PASSWORD']}@{host}:{at['PORT']}/{name}"


@pytest.fixture(scope="session")
def live(django_db_setup: None, django_db_blocker: Any) -> Iterator[LiveProcess]:
    process = LiveProcess(database_url=database_url(), redis_url=settings.REDIS_URL)
    yield process
    process.stop()


@pytest.fixture
def redis() -> Iterator[Redis]:
    with Redis.from_url(settings.REDIS_URL) as client:
        yield client


@pytest.fixture
def log_in(transactional_db: None) -> Callable[..., Client]:
    """Make a user with the named permissions ("app.codename") and a session of his."""

    def make(name: str, *permissions: str) -> Client:
        user = User.objects.create_user(name)
        for permission in permissions:
            app, codename = permission.split(".")
            user.user_permissions.add(
                Permission.objects.get(content_type__app_label=app, codename=codename)
            )
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def alice(log_in: Callable[..., Client]) -> Client:
    """Sees trading and alerts."""
    return log_in("alice", "analytics.view_trade", "alerts.view_alert")


class Page:
    """A browser's side of the socket."""

    def __init__(self, socket: ClientConnection, session_key: str) -> None:
        self.socket = socket
        self.session_key = session_key

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def hello(self, *topics: str, since: str | None = None, hz: int = 30) -> str:
        """Say hello and wait until the server greets back: from then on nothing is missed."""
        await self.say(type="hello", topics=topics, since=since, hz=hz)
        return str((await self.next("ping"))["seq"])

    async def next(self, kind: str, *, key: str | None = None) -> Any:
        """The next message of this kind (and, in a batch, with this key)."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message = json.loads(await self.socket.recv())
                if message["type"] == kind and (key is None or key in keys_of(message)):
                    return message

    async def is_denied(self, topic: str) -> bool:
        """Ask for the topic and see whether a refusal comes before the greeting."""
        await self.say(type="hello", topics=[topic], hz=1)
        async with asyncio.timeout(PATIENCE):
            while True:
                kind = json.loads(await self.socket.recv())["type"]
                if kind in ("denied", "ping"):
                    return bool(kind == "denied")

    async def close_code(self) -> int | None:
        """Read until the server closes, and say with which code."""
        async with asyncio.timeout(PATIENCE):
            await self.socket.wait_closed()
        return self.socket.close_code


def keys_of(batch: dict[str, Any]) -> list[str]:
    return [item[1] for item in batch["items"]]


@pytest.fixture
def open_page(live: LiveProcess) -> Callable[..., Any]:
    """Open a socket with this client's cookie: `async with open_page(alice) as page`."""

    @asynccontextmanager
    async def opened(client: Client | None, *, origin: str | None = "") -> AsyncIterator[Page]:
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value if client else ""
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"} if client else {}
        headers |= {"Origin": origin or f"http://{live.host}"} if origin is not None else {}
        address = f"ws://{live.host}/ws/"
        async with connect(
            address, additional_headers=headers, proxy=None, max_size=None, max_queue=None
        ) as socket:
            yield Page(socket, cookie)

    return opened
