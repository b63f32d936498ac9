"""Connections that a library opens by itself, held to the addresses that lib/http.py allows.

Whatever it makes of an address (another host, a redirect, a second look at the name, a proxy), in
the end it connects, and there the interpreter's audit events ask first.
"""

from __future__ import annotations

import ipaddress
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from ops_portal.lib import http

CONNECTING = frozenset(("socket.connect", "socket.sendto", "socket.sendmsg"))


class Refused(OSError):
    """A library takes it for a connection that failed."""


class _Watch(threading.local):
    refused: list[str] | None = None  # in this thread; None while nobody watches


_watch = _Watch()


@contextmanager
def only_allowed() -> Iterator[list[str]]:
    """Refuse what this thread connects to and may not reach; the list names what was refused."""
    _install()
    refused: list[str] = []
    _watch.refused = refused
    try:
        yield refused
    finally:
        _watch.refused = None


@cache
def _install() -> None:
    """Once in a process, and only where it is needed: a hook cannot be taken away again."""
    sys.addaudithook(_ask)


def _ask(event: str, args: tuple[Any, ...]) -> None:
    if event not in CONNECTING or _watch.refused is None:
        return
    target = args[1]
    place = str(target[0] if isinstance(target, tuple) else target)
    try:
        allowed = http.allowed(ipaddress.ip_address(place))
    except ValueError:  # a socket of this machine, or a name that nobody looked up
        allowed = False
    if not allowed:
        _watch.refused.append(place)
        raise Refused(f"{place} may not be reached.")
