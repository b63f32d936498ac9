"""From stream entries to events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from analytics.events import plain
from analytics.events.envelope import Bag, envelope, ms_of
from analytics.events.names import OBJECTS, OWN, canonical_names, is_flat
from analytics.events.reports import read_alert, read_error, read_performance, read_system
from analytics.events.structs import Event
from analytics.events.table import KINDS, Table, joined
from analytics.events.trading import read_decision, read_execution, read_signal
from analytics.fields import (
    DAY_US,
    InvalidEvent,
    as_text,
    capped_extra,
    check_text,
    flatten,
    unwrap,
)

MARKS = ("{", "[", "(", '"')  # of objects inside a field
PRODUCER = "ops-portal"  # our own alerts come back on the stream we publish to

READERS: Mapping[str, Callable[[Bag], Event]] = {
    "trading_signals": read_signal,
    "trade_executions": read_execution,
    "risk_decisions": read_decision,
    "performance_metrics": read_performance,
    "system_metrics": read_system,
    "error_events": read_error,
    "alerts": read_alert,
}


# What an entry can raise in the tolerant way beside InvalidEvent: it is refused all the same.
UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class Refusal(NamedTuple):
    """Why the entry at `place` gave no event."""

    place: int
    reason_code: str
    reason: str


class Decoded(NamedTuple):
    """What entries of one stream gave; a Table where the stream is stored row for row."""

    events: Table | list[Event]
    refused: list[Refusal]


def decode_all(stream: str, entries: plain.Entries, *, now: float) -> Decoded:
    """The events of many entries, and the entries that gave none. Never raises for an entry."""
    tables, places = plain.read(stream, entries, now=now)
    events: list[Event] = []
    refused: list[Refusal] = []
    for place in places:
        entry_id, pairs = entries[place]
        fields = dict(zip(pairs[::2], pairs[1::2], strict=True))
        try:
            events += decode(stream, entry_id, fields, now=now)
        except InvalidEvent as refusal:
            refused.append(Refusal(place, refusal.reason_code, refusal.message))
        except UNREADABLE as error:
            refused.append(Refusal(place, "unreadable", f"{type(error).__name__}: {error}"))
    return Decoded(as_stored(stream, events, tables), refused)


def as_stored(
    stream: str, events: list[Event], tables: Sequence[Table] = ()
) -> Table | list[Event]:
    """Events in the form that the stream's store takes."""
    if stream not in KINDS:
        return events
    return joined([*tables, Table.of(stream, events)] if events or not tables else tables)


def decode(
    stream: str, entry_id: str, fields: Mapping[Any, Any], *, now: float | None = None
) -> list[Event]:
    """The events of one entry: mostly one, several when the entry holds a list.

    `now` in epoch seconds bounds timestamps (now + 24 h) together with the entry's own time.
    An alert that the portal published itself gives none. Raises InvalidEvent.
    """
    if stream not in READERS:
        raise InvalidEvent("unknown_stream", f"Nothing reads {stream}.")
    entry_us = ms_of(entry_id) * 1_000
    latest = max(entry_us, int((now or 0.0) * 1e6)) + DAY_US
    try:
        whole = "\n".join(fields.values())
    except TypeError:
        fields = as_text(fields)
        whole = "\n".join(fields.values())
    check_text(whole)
    keys = tuple(fields)
    names = canonical_names(stream, keys)
    if is_flat(names) and not any(mark in whole for mark in MARKS):
        flat: dict[str, Any] = dict(zip(names, fields.values(), strict=True))
        return _events(stream, entry_id, latest, [(flat, [])])
    return _events(stream, entry_id, latest, _nested(stream, fields))


def _nested(stream: str, fields: Mapping[str, Any]) -> list[tuple[dict[str, Any], list[str]]]:
    inferred: list[str] = []
    events = unwrap(fields, inferred, OWN[stream])
    return [(_renamed(stream, flatten(event, inferred)), list(inferred)) for event in events]


def _renamed(stream: str, flat: dict[str, Any]) -> dict[str, Any]:
    """Canonical names; of an object either the known leaves or the object itself, not both."""
    own = OWN[stream]
    objects = {key for key, value in flat.items() if isinstance(value, dict) and key not in OBJECTS}
    opened = {name.split(".", 1)[0] for name in flat if name in own and "." in name} & objects
    lifted = stream in ("performance_metrics", "system_metrics")
    kept: dict[str, Any] = {}
    for key, value in flat.items():
        parent, dot, leaf = key.partition(".")
        if key in opened or (dot and parent in objects - opened and not lifted):
            continue
        if lifted and dot and not isinstance(value, dict | list):
            kept.setdefault(leaf if parent == "metrics" else key.replace(".", "_"), value)
        elif not (dot and parent in OBJECTS):
            kept[key] = value
    names = canonical_names(stream, tuple(kept))
    return dict(zip(names, kept.values(), strict=True))


def _events(
    stream: str, entry_id: str, latest: int, found: list[tuple[dict[str, Any], list[str]]]
) -> list[Event]:
    events = []
    for at, (fields, inferred) in enumerate(found):
        if stream == "alerts" and fields.get("producer") == PRODUCER:
            continue
        suffix = f"#{at}" if len(found) > 1 else ""
        bag = Bag(stream, entry_id, suffix, latest, fields, inferred)
        envelope(bag)
        event = READERS[stream](bag)
        if fields:
            event.extra.update(_extra(fields))
        events.append(event)
    return events


def _extra(rest: dict[str, Any]) -> dict[str, Any]:
    return capped_extra({key: value for key, value in rest.items() if value not in (None, "")})
