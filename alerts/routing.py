"""What people said about routing, read once per edit: the tree of routes as `alerts.tree` asks it.

A trigger changes the edition with every edit, whatever road it took, so that every process asks
one row and reads the rest only when that row has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from alerts.matchers import from_json
from alerts.models import Alert, Route, RoutingEdition
from alerts.tree import Channel, Node, Place, places

NO_ROUTES = Node(id=0, name="Everything")


@dataclass(frozen=True, slots=True)
class Book:
    """What holds under one edition."""

    edition: UUID | None
    root: Node


class _Memory:
    book: Book | None = None


_memory = _Memory()


def book() -> Book:
    """The newest edition, from memory where it has not changed."""
    edition = RoutingEdition.objects.values_list("mark", flat=True).first()
    known = _memory.book
    if known is None or known.edition != edition or edition is None:
        known = _memory.book = Book(edition, _tree())
    return known


def places_of(labels: Mapping[str, str]) -> list[Place]:
    """Where an alert with these labels goes; at least to one place."""
    return places(book().root, labels)


def labels_of(alert: Alert) -> dict[str, str]:
    """The labels that matchers see: the alert's own, its name and its severity."""
    return {"alertname": alert.rule_name, "severity": alert.severity, **alert.labels}


def told(found: list[Place]) -> list[dict[str, Any]]:
    """The places as the alert's history keeps them."""
    return [
        {
            "route": place.route_id,
            "way": place.names,
            "channels": [channel.name for channel in place.receivers],
        }
        for place in found
    ]


def _tree() -> Node:
    rows = list(Route.objects.prefetch_related("receivers").order_by("position"))
    children: dict[int | None, list[Route]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    roots = children.get(None)
    return _node(roots[0], children) if roots else NO_ROUTES


def _node(row: Route, children: Mapping[int | None, list[Route]]) -> Node:
    receivers = sorted(row.receivers.all(), key=lambda receiver: receiver.pk)
    return Node(
        id=row.pk,
        name=row.name,
        matchers=from_json(row.matchers),
        continues=row.continues,
        children=tuple(_node(child, children) for child in children.get(row.pk, ())),
        receivers=tuple(Channel(receiver.pk, receiver.name) for receiver in receivers),
        policy_id=row.policy_id,
        nobody=row.nobody,
        group_by=None if row.group_by is None else tuple(row.group_by),
        wait=row.wait_seconds,
        interval=row.interval_seconds,
        repeat=row.repeat_seconds,
    )
