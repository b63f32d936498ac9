"""What history tells of one record: who changed what, when, from where and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Field, Model, QuerySet

from ops_portal.lib.history import ADDED, REMOVED

NEWEST = 200  # changes a page shows


@dataclass(frozen=True)
class Difference:
    """A field before and after, as people read it; `old` is blank for what was added."""

    label: str
    old: str
    new: str


@dataclass
class Change:
    """One row of history. `who` is the name as it is today, `via` where the request went."""

    pk: int
    verb: str
    subject: str
    name: str
    at: datetime
    differences: list[Difference]
    who_id: int | None = None
    who: str = ""
    ip: str = ""
    via: str = ""
    reason: str = ""
    revertible: bool = False
    event: Any = field(default=None, repr=False)


def changes(*histories: QuerySet[Any], newest: int = NEWEST) -> list[Change]:
    """Read the changes of several histories as one story, newest first.

    Each queryset holds the events of one record, or of the parts of one record.
    """
    told = [change for events in histories for change in _story(events, newest)]
    told.sort(key=lambda change: change.at, reverse=True)
    _name_people(told)
    return told[:newest]


def differences(old: Any, new: Any, fields: Iterable[Field[Any, Any]]) -> list[Difference]:
    """Compare two events (or an event and its record) field by field; `old` None: all are new."""
    found = []
    for each in fields:
        before = getattr(old, each.attname, None) if old is not None else None
        after = getattr(new, each.attname)
        if before != after:
            shown = "" if old is None else shown_value(old, each)
            found.append(Difference(label_of(each), shown, shown_value(new, each)))
    return found


def tracked_fields(event_model: type[Model]) -> list[Field[Any, Any]]:
    """The fields that a person could change; not those the portal keeps for itself."""
    own = {"id", "version", "change_reason", "updated_at"}
    return [
        each
        for each in event_model._meta.concrete_fields
        if not each.name.startswith("pgh_") and each.name not in own
    ]


def label_of(each: Field[Any, Any]) -> str:
    return str(each.verbose_name).capitalize()


def shown_value(record: Any, each: Field[Any, Any]) -> str:
    value = getattr(record, each.attname)
    if value is None or value == "":
        return "-"
    if each.is_relation:
        return _related(record, each)
    if each.choices:
        return str(dict(each.flatchoices).get(value, value))
    if isinstance(value, dict):
        return ", ".join(f"{key}={value[key]}" for key in sorted(value)) or "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _related(record: Any, each: Field[Any, Any]) -> str:
    """The name of the related record as it is today, its number when it is gone."""
    try:
        return str(getattr(record, each.name))
    except ObjectDoesNotExist:
        return f"#{getattr(record, each.attname)} (gone)"


def _story(events: QuerySet[Any], newest: int) -> Iterator[Change]:
    fields = tracked_fields(events.model)
    before: dict[int, Any] = {}
    latest: dict[int, Change] = {}
    rows = list(events.order_by("-pgh_id")[: newest + 1])
    for event in reversed(rows):
        key = getattr(event, "pgh_obj_id", None)
        old = before.get(key) if key is not None else None
        comparable = old is not None or event.pgh_label == ADDED
        change = _change(event, differences(old, event, fields) if comparable else [])
        if key is not None:
            before[key] = event
            if (previous := latest.get(key)) is not None:
                previous.revertible = previous.verb != REMOVED
            latest[key] = change
        yield change


def _change(event: Any, found: list[Difference]) -> Change:
    context = event.pgh_context or {}
    subject = str(event.pgh_tracked_model._meta.verbose_name)
    if event.pgh_label == ADDED:
        found = [each for each in found if each.new != "-"]
    return Change(
        pk=event.pgh_id,
        verb=event.pgh_label,
        subject=subject,
        name=f"{subject} {event.name}" if hasattr(event, "name") else "",
        at=event.pgh_created_at,
        differences=found,
        who_id=context.get("user"),
        ip=context.get("ip") or "",
        via=context.get("url") or "",
        reason=context.get("reason") or "",
        event=event,
    )


def _name_people(told: list[Change]) -> None:
    wanted = {change.who_id for change in told if change.who_id}
    names = dict(User.objects.filter(pk__in=wanted).values_list("pk", "username"))
    for change in told:
        change.who = names.get(change.who_id, "") if change.who_id else "the portal"
