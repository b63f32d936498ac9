"""Writes executions at an even rate for next to no CPU, which belongs to what is measured."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings

from bench.events import Fields, execution

MARK = 10**12  # stands for the time in a prepared command: as many digits as milliseconds now
PAUSE = 0.002  # seconds between two pipelines
END = b"\r\n"

type Command = tuple[bytes, bytes]  # what stands before and after the time


class NotWritten(Exception):
    """Valkey refused an entry."""


def prepared(count: int) -> list[Command]:
    """XADD of so many executions, whole but for their time."""
    rng, base = random.Random(5), int(time.time() * 1e6)
    mark = str(MARK).encode()
    commands: list[Command] = []
    for number in range(base, base + count):
        before, after = _xadd(execution(number, at_ms=MARK, rng=rng)).split(mark)
        commands.append((before, after))
    return commands


def _xadd(fields: Fields) -> bytes:
    words = ["XADD", "trade_executions", "*", *(word for pair in fields.items() for word in pair)]
    parts = [b"*%d" % len(words)]
    for word in map(str.encode, words):
        parts += [b"$%d" % len(word), word]
    return END.join(parts) + END


def write(commands: list[Command], *, rate: int) -> None:
    """Each with the moment of its XADD, in small pipelines."""
    url, sent, began = urlsplit(settings.REDIS_URL), 0, time.time()
    with socket.create_connection((url.hostname, url.port)) as wire:
        while sent < len(commands):
            now = time.time()
            due = min(len(commands), int((now - began) * rate))
            if due > sent:
                _send(wire, commands[sent:due], at_ms=int(now * 1e3))
                sent = due
            time.sleep(PAUSE)


def _send(wire: socket.socket, commands: Iterable[Command], *, at_ms: int) -> None:
    """Returns when all are answered, each by the id of its entry: two lines."""
    at = str(at_ms).encode()
    texts = [before + at + after for before, after in commands]
    wire.sendall(b"".join(texts))
    answers, lines = b"", 2 * len(texts)
    while answers.count(END) < lines:
        answers += wire.recv(1 << 16)
        if not answers.startswith(b"$"):
            raise NotWritten(answers.decode())
