"""Connections to servers that were spoken to a moment ago, kept open for the next request."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import httpx

IDLE_SECONDS = 4.0  # most servers close what was silent for five
MOST_IDLE = 16  # to one server
LOOK_SECONDS = 0.25  # how late an overdue request may be cut

# Scheme, name, port, and the address that was checked: who shares them may share a connection.
Server = tuple[str, str, int, str]


class Line:
    """A client with one connection, which one request at a time uses."""

    def __init__(self) -> None:
        self.ends = self.idle_since = 0.0
        self.reused = False
        self._socket: socket.socket | None = None
        self.client = httpx.Client(
            verify=_trust(),
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=1, keepalive_expiry=IDLE_SECONDS),
        )

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Learn of the socket from the client's trace events."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._socket = info["return_value"].get_extra_info("socket")
            self.reused = False

    def cut(self) -> None:
        """End the request from outside: the client's own timeouts are per read, and a server that
        drips a byte at a time would outlast them all.
        """
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


class Lines:
    """The open connections of this process, and a thread that cuts and closes them in time."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._idle: dict[Server, list[Line]] = {}
        self._busy: set[Line] = set()
        self._keeper: threading.Thread | None = None

    @contextmanager
    def line(self, server: Server, *, ends: float) -> Iterator[Line]:
        """A connection for one request, which is cut at `ends`; kept unless the request failed."""
        line = self._take(server, ends=ends)
        kept = False
        try:
            yield line
            kept = True
        finally:
            self._give_back(server, line, kept=kept)

    def _take(self, server: Server, *, ends: float) -> Line:
        with self._changed:
            waiting = self._idle.get(server)
            line = waiting.pop() if waiting else None
            if line is None:
                line = Line()
            else:
                line.reused = True
            line.ends = ends
            self._busy.add(line)
            self._keep()
            return line

    def _give_back(self, server: Server, line: Line, *, kept: bool) -> None:
        line.client.cookies.clear()  # what one receiver was given is not another's
        with self._changed:
            self._busy.discard(line)
            waiting = self._idle.setdefault(server, [])
            if kept and len(waiting) < MOST_IDLE:
                line.idle_since = time.monotonic()
                waiting.append(line)
                return
        line.client.close()

    def _keep(self) -> None:
        """Wake the thread, or start it where there is none: a forked child has none."""
        if self._keeper is None or not self._keeper.is_alive():
            self._keeper = threading.Thread(target=self._tend, name="lines", daemon=True)
            self._keeper.start()
        self._changed.notify()

    def _tend(self) -> None:
        while True:
            with self._changed:
                while not self._busy and not self._idle:
                    self._changed.wait()
                now = time.monotonic()
                for line in self._busy:
                    if line.ends < now:
                        line.cut()
                stale = self._stale(now)
            for line in stale:
                line.client.close()
            time.sleep(LOOK_SECONDS)

    def _stale(self, now: float) -> list[Line]:
        """Take out those that were silent for too long."""
        stale: list[Line] = []
        for server, waiting in list(self._idle.items()):
            fresh = [line for line in waiting if now - line.idle_since < IDLE_SECONDS]
            stale += [line for line in waiting if line not in fresh]
            if fresh:
                self._idle[server] = fresh
            else:
                del self._idle[server]
        return stale


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """Read once: the authorities' certificates take longer to read than a message to send."""
    return httpx.create_ssl_context(trust_env=False)
