"""Every kind of receiver. A new one is a module with a KIND and a line here (docs/receivers.md)."""

from __future__ import annotations

from alerts.receivers import (
    apprise,
    discord,
    email,
    pagerduty,
    slack,
    slack_bot,
    stream,
    teams,
    telegram,
    webhook,
    webpush,
)
from alerts.receivers.base import Field, Kind

MODULES = (
    email,
    slack,
    slack_bot,
    telegram,
    discord,
    teams,
    pagerduty,
    webhook,
    webpush,
    apprise,
    stream,
)
KINDS: dict[str, Kind] = {module.KIND.name: module.KIND for module in MODULES}


def kind_of(name: str) -> Kind:
    """Raises KeyError for a name that no module has."""
    return KINDS[name]


def offered() -> list[Kind]:
    """The kinds that people may choose."""
    return [kind for kind in KINDS.values() if kind.offered]


def fields_offered() -> dict[str, tuple[Field, list[str]]]:
    """Each field by its name, with the kinds that ask for it."""
    found: dict[str, tuple[Field, list[str]]] = {}
    for kind in offered():
        for field in kind.fields:
            found.setdefault(field.name, (field, []))[1].append(kind.name)
    return found
