"""How much of a time each component was up, from the changes of its state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from health.models import Component, Flip
from health.status import State

UP = (State.UP, State.DEGRADED)  # degraded: it works, and says that it could work better
NONE = timedelta()


@dataclass(frozen=True, slots=True)
class Uptime:
    """`known`: how long it was watched in that time; `down`: not up for so much of it."""

    name: str
    known: timedelta
    down: timedelta

    @property
    def ratio(self) -> float:
        return 1 - self.down / self.known


def of_components(start: datetime, end: datetime) -> list[Uptime]:
    """Of those that were known by then, the worst first; `end` is not in the future."""
    components = Component.objects.exclude(env="backtest").filter(first_seen_at__lt=end)
    flips: dict[int, list[Flip]] = {}
    for flip in Flip.objects.filter(component__in=components, at__gte=start).order_by("at", "pk"):
        flips.setdefault(flip.component_id, []).append(flip)
    found = [_of(one, flips.get(one.pk, []), start, end) for one in components]
    return sorted((one for one in found if one.known > NONE), key=lambda one: (one.ratio, one.name))


def _of(component: Component, flips: Sequence[Flip], start: datetime, end: datetime) -> Uptime:
    """The state before a change is that which it left; after the last one it is today's."""
    begin = max(start, component.first_seen_at)
    if flips and begin > start and flips[0].from_state == State.STALE:
        begin = min(
            flips[0].at, end
        )  # its first reports were a backlog: it was watched once it spoke
    at, down = begin, NONE
    for flip in flips:
        until = min(max(flip.at, begin), end)
        down += until - at if flip.from_state not in UP else NONE
        at = until
    down += end - at if component.state not in UP else NONE
    where = "" if component.env == "live" else f" ({component.env})"
    return Uptime(f"{component.name}{where}", end - begin, down)
