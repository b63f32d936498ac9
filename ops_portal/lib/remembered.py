"""Whole pages that are drawn once for each set of values they show.

A page that is asked for again while nothing it shows has changed is put together from memory. The
key is the content itself: the values given to the template, whoever reads with all their rights,
the address and the time zone. So what is remembered cannot go stale and is nobody else's. What must
be new in each answer is a hole in the remembered text: the CSRF token always, and whatever the
caller names.

`shared` does not even read the values again while PostgreSQL's snapshot is still the one under
which the page was put together: two equal snapshots see the same committed rows. The clock is
looked at once a second there. So a thousand readers between two commits cost one reading, also
where they ask at the same time.
"""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import conditional_escape
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString, mark_safe

BYTES = 8_000_000  # of text that a process keeps
MARK = secrets.token_hex(16)  # nobody can write a hole into a page
WAITING_SECONDS = 1.0  # for the page that another request is making
HOLE = re.compile(rf"{MARK}-(\w+)-")

type Text = tuple[bytes, ...]  # text, name of a hole, text, ...
type Make = Callable[[], HttpResponse]
type Draw = Callable[[Mapping[str, SafeString]], str]  # the page, given the holes to show


class Shelf:
    """Texts by key, the least used leave first when they take too much room."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: OrderedDict[Hashable, Text] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Text | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: Hashable, text: Text) -> None:
        with self._lock:
            self._room += _size(self._kept.pop(key, ()))
            self._kept[key] = text
            self._room -= _size(text)
            while self._room < 0:
                self._room += _size(self._kept.popitem(last=False)[1])

    def clear(self) -> None:
        with self._lock:
            self._room += sum(map(_size, self._kept.values()))
            self._kept.clear()


shelf = Shelf(BYTES)  # by content
moments = Shelf(BYTES)  # by snapshot and second
turns: WeakValueDictionary[Hashable, Lock] = WeakValueDictionary()  # of who makes a page
turns_lock = Lock()


def shared(
    request: HttpRequest, make: Make, *, fresh: Mapping[str, object], now: datetime
) -> HttpResponse:
    """The reader's page as it was, if nothing was committed since it was put together; else what
    `make` answers. Of several who ask at one moment one makes it, and the others wait for that.
    """
    moment = _moment(request, now)
    if moment is None:
        return make()
    text = moments.get(moment)
    if text is None:
        with _turn(moment):
            text = moments.get(moment)
            if text is None:
                return make()
    return HttpResponse(_filled(request, text, fresh, now))


@contextmanager
def _turn(moment: Hashable) -> Iterator[None]:
    """One at a time for each moment, but nobody waits for long."""
    with turns_lock:
        turn = turns.setdefault(moment, Lock())
    held = turn.acquire(timeout=WAITING_SECONDS)
    try:
        yield
    finally:
        if held:
            turn.release()


def render(
    request: HttpRequest,
    template_name: str,
    values: Mapping[str, Hashable],
    *,
    fresh: Mapping[str, object],
    now: datetime,
) -> HttpResponse:
    """A page of the portal that shows `values`, its frame, and `fresh` and the time anew.

    The template must not look at the clock or at a database.
    """
    frame: Mapping[str, Hashable] = import_string(settings.PAGE_FRAME)(request)
    types = tuple(map(type, values.values()))  # True, 1 and "1" are written differently
    key = template_name, types, tuple(frame.items()), tuple(values.items())

    def draw(holes: Mapping[str, SafeString]) -> str:
        return render_to_string(template_name, {**values, **frame, **holes}, request)

    return page(request, key, draw, fresh=fresh, now=now)


def page(
    request: HttpRequest,
    key: Hashable,
    draw: Draw,
    *,
    fresh: Mapping[str, object],
    now: datetime,
) -> HttpResponse:
    """The page under this key and this reader; drawn if it is not remembered.

    `now` is from before its values were read. A page with a message to its reader is shown once,
    so it is not remembered.
    """
    if len(get_messages(request)):
        return HttpResponse(_filled(request, _split(draw(_holes(fresh))), fresh, now))
    whole = reader(request), key
    text = shelf.get(whole)
    if text is None:
        text = _split(draw(_holes(fresh)))
        shelf.put(whole, text)
    moment = _moment(request, now)
    if moment is not None:
        moments.put(moment, text)
    return HttpResponse(_filled(request, text, fresh, now))


def person(request: HttpRequest) -> Hashable:
    """Who asks, by every name that is shown, and with what rights."""
    user: Any = request.user
    return (
        (user.pk, user.get_username(), user.get_full_name(), user.email),
        (user.is_superuser, user.is_staff, frozenset(user.get_all_permissions())),
    )


def reader(request: HttpRequest) -> Hashable:
    """All that a template may learn from a request: who asks for which address, in which zone and
    theme and with which keyboard.
    """
    return (
        person(request),
        (request.method, request.get_host(), request.is_secure(), request.get_full_path()),
        (timezone.get_current_timezone_name(), request.COOKIES.get("theme", "")),
        "Macintosh" in request.META.get("HTTP_USER_AGENT", ""),
    )


def _moment(request: HttpRequest, now: datetime) -> Hashable | None:
    """The reader, the snapshot that came with the reader's row and the second; None where the page
    must be put together: for a request that may change something, inside a transaction, whose own
    changes no snapshot shows, and where a message waits.
    """
    snapshot: str | None = getattr(request.user, "snapshot", None)
    if snapshot is None or request.method != "GET" or len(get_messages(request)):
        return None
    return reader(request), snapshot, int(now.timestamp())


def _holes(fresh: Mapping[str, object]) -> dict[str, SafeString]:
    names = ("csrf_token", "now_ms", *fresh)
    return {name: mark_safe(f"{MARK}-{name}-") for name in names}  # noqa: S308 - letters


def _split(page: str) -> Text:
    return tuple(part.encode() for part in HOLE.split(page))


def _filled(request: HttpRequest, text: Text, fresh: Mapping[str, object], now: datetime) -> bytes:
    parts = list(text)
    fresh = {**fresh, "now_ms": int(now.timestamp() * 1_000)}
    written = {
        name.encode(): conditional_escape(str(value)).encode() for name, value in fresh.items()
    }
    if b"csrf_token" in text[1::2]:
        written[b"csrf_token"] = get_token(request).encode()
    parts[1::2] = [written[name] for name in text[1::2]]
    return b"".join(parts)


def _size(text: Text) -> int:
    return sum(map(len, text))
