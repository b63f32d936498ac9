"""Every address of the portal, as a route and as a path that leads to a real record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver

VERBS = ("changelist", "add", "change", "delete", "history", "revert", "redirect")


class Address(NamedTuple):
    """`model` and `verb` are blank outside the admin's model pages."""

    route: str
    name: str
    model: str
    verb: str


def addresses() -> list[Address]:
    return [_address(route, pattern) for route, pattern in _walk(get_resolver(), "")]


def path_of(address: Address, samples: dict[str, Any]) -> str:
    """Fill the route with the record of its model, or with the named samples."""
    record = samples.get(address.model)
    values = {**samples, "object_id": getattr(record, "pk", "0"), "event_id": _event_of(record)}
    route = address.route.replace("^", "").replace("$", "").replace("\\.", ".")
    filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), _plain(route))
    return f"/{filled}"


def _event_of(record: Any) -> int:
    """The first entry in the history of the record, 0 when it has none."""
    owner = admin.site._registry.get(type(record))
    histories: list[Any] = getattr(owner, "histories", lambda _: [])(record)
    first = histories[0].order_by("pgh_id").first() if histories else None
    return first.pgh_id if first else 0


def _plain(route: str) -> str:
    """Regular expressions as if they were converters: (?P<key>[-:\\w]+) becomes <key>."""
    return re.sub(r"\(\?P(<\w+>)(?:[^()]|\([^()]*\))*\)", r"\1", route)


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, route)
        else:
            yield route, pattern


def _address(route: str, pattern: URLPattern) -> Address:
    name = pattern.name or ""
    found = re.match(r"admin/(\w+)/(\w+)/", route)
    model = f"{found[1]}.{found[2]}" if found else ""
    verb = name.removeprefix(f"{model.replace('.', '_')}_") if model else ""
    if model and not name:
        verb = "redirect"  # Django's old addresses of a change page
    return Address(route, name, model, verb if verb in VERBS else "")
