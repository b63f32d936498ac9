"""The types of the two interfaces between a server and the portal: ASGI and WSGI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
