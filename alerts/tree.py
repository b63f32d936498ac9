"""The routing tree: which way an alert's labels take, and what holds at its end. Pure.

1. The root takes everything. A node is entered when all its matchers fit.
2. Its children are asked in order; the first that fits ends the search, unless it `continues`.
3. Where no child fits, the node itself is the end of the way.
4. What a node leaves open it has from its parent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from alerts.calendars import Calendar
from alerts.matchers import Matchers, match

ALL_LABELS = "..."  # in group_by: every label, so that each alert is a group of its own
GROUP_BY = ("alertname",)
WAIT, INTERVAL, REPEAT = 5, 300, 14_400  # seconds, where no route says otherwise


class Channel(NamedTuple):
    """A receiver that is told of groups."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Node:
    """One route. None and empty tuples of receivers mean: as the parent.

    `nobody` cuts off the parent's receivers and people.
    """

    id: int
    name: str = ""
    matchers: Matchers = ()
    continues: bool = False
    children: tuple[Node, ...] = ()
    receivers: tuple[Channel, ...] = ()
    policy_id: int | None = None
    nobody: bool = False
    mute: tuple[Calendar, ...] = ()
    active: tuple[Calendar, ...] = ()
    group_by: tuple[str, ...] | None = None
    wait: int | None = None
    interval: int | None = None
    repeat: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """The end of one way through the tree, with everything it inherited; times in seconds."""

    way: tuple[Node, ...]
    receivers: tuple[Channel, ...] = ()
    policy_id: int | None = None
    nobody: bool = False
    group_by: tuple[str, ...] = GROUP_BY
    wait: int = WAIT
    interval: int = INTERVAL
    repeat: int = REPEAT

    @property
    def route_id(self) -> int:
        return self.way[-1].id

    @property
    def names(self) -> list[str]:
        return [node.name for node in self.way]

    def muted_by(self, at: float) -> tuple[Calendar, ...]:
        """The calendars that keep this place quiet at the time (epoch seconds); none: it is heard.

        They are those of the last node, not handed down: each that mutes and is open, and all
        of those that let through where none of them is.
        """
        node = self.way[-1]
        closed = () if any(each.is_open(at) for each in node.active) else node.active
        return (*(each for each in node.mute if each.is_open(at)), *closed)

    def changes_at(self, at: float) -> float:
        """When its calendars may say something else; infinity: it has none."""
        node = self.way[-1]
        held = (*node.mute, *node.active)
        return min((each.next_change(at) for each in held), default=math.inf)

    def group_labels(self, labels: Mapping[str, str]) -> dict[str, str]:
        """The labels that alerts of one group share; one that is missing is left out."""
        if ALL_LABELS in self.group_by:
            return dict(labels)
        return {name: labels[name] for name in self.group_by if name in labels}

    def group_key(self, labels: Mapping[str, str]) -> str:
        """The group's name as Alertmanager writes it: `{}/{team="a"}:{alertname="b"}`."""
        way = "/".join(_braced((m.name, m.op, m.value) for m in node.matchers) for node in self.way)
        shared = sorted(self.group_labels(labels).items())
        return f"{way}:{_braced((name, '=', value) for name, value in shared)}"


def places(root: Node, labels: Mapping[str, str]) -> list[Place]:
    """Where the labels lead, in the order of the tree; never empty."""
    return [settled(way) for way in _ways(root, labels, ())]


def settled(way: tuple[Node, ...]) -> Place:
    """What holds at the end of the way."""
    place = Place(way)
    receivers, policy_id, nobody = place.receivers, place.policy_id, False
    for node in way:
        own = bool(node.receivers) or node.policy_id is not None
        if node.nobody:
            receivers, policy_id, nobody = (), None, True
        receivers = node.receivers or receivers
        policy_id = policy_id if node.policy_id is None else node.policy_id
        nobody = nobody and not own
    return Place(
        way=way,
        receivers=receivers,
        policy_id=policy_id,
        nobody=nobody,
        group_by=_last(way, "group_by", GROUP_BY),
        wait=_last(way, "wait", WAIT),
        interval=_last(way, "interval", INTERVAL),
        repeat=_last(way, "repeat", REPEAT),
    )


def _ways(
    node: Node, labels: Mapping[str, str], before: tuple[Node, ...]
) -> Iterator[tuple[Node, ...]]:
    way, ended = (*before, node), True
    for child in node.children:
        if match(child.matchers, labels):
            yield from _ways(child, labels, way)
            ended = False
            if not child.continues:
                break
    if ended:
        yield way


def _last[T](way: tuple[Node, ...], name: str, default: T) -> T:
    said = [getattr(node, name) for node in way if getattr(node, name) is not None]
    return said[-1] if said else default


def _braced(parts: Iterator[tuple[str, str, str]]) -> str:
    inside = ",".join(f"{name}{op}{_quoted(value)}" for name, op, value in parts)
    return f"{{{inside}}}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
