"""Rows as entries of a file, and entries written into rows."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model

from alerts.conditions import BrokenRule
from alerts.declared.kinds import Kind
from alerts.definitions import BadDefinition, value_of
from alerts.episodes import plan_of
from alerts.models import Rule
from ops_portal.lib import secrets

Entry = dict[str, Any]
SEALED = "secret"
POSITION = "position"


def entry_of(kind: Kind, row: Any) -> Entry:
    """The row as the file says it, without what is as in a new row."""
    entry = {name: value for name, value in _said(kind, row).items() if value is not None}
    for name, key in kind.lists.items():
        named = sorted(getattr(row, name).values_list(key, flat=True))
        entry.update({name: named} if named else {})
    for name, part in kind.below.items():
        below = [entry_of(part, each) for each in getattr(row, name).order_by(POSITION, "pk")]
        entry.update({name: below} if below else {})
    return entry


def _said(kind: Kind, row: Any) -> Entry:
    """Its fields and links; None for what is as in a new row."""
    told: Entry = {}
    for name in kind.fields:
        value = getattr(row, name)
        is_fresh = name != kind.key and value == _fresh(kind, name)
        told[name] = None if is_fresh else _plain(kind, name, value)
    for name, key in kind.links.items():
        other = getattr(row, name)
        told[name] = getattr(other, key) if other is not None else None
    if kind.secret and row.secret:
        told[SEALED] = reference_to(kind, row.name)
    return told


def put(kind: Kind, entry: Entry, row: Any, *, above: Any = None, position: int = 0) -> Any:
    """Make the row (None: a new one) what the entry says. Raises BadDefinition.

    A row that is so already is not written.
    """
    row = kind.model() if row is None else row
    is_new = row._state.adding
    before = None if is_new else (_said(kind, row), _opened(kind, row), _place(row))
    _set(kind, entry, row)
    if above is not None:
        setattr(row, kind.parent, above)
        row.position = position
    if before != (_said(kind, row), _opened(kind, row), _place(row)):
        _check(kind, entry, row)
        row.save()
    for name, key in kind.lists.items():
        wanted = [_named(kind, name, key, each) for each in entry.get(name) or ()]
        if {each.pk for each in wanted} != set(getattr(row, name).values_list("pk", flat=True)):
            getattr(row, name).set(wanted)
    for name, part in kind.below.items():
        _put_parts(part, entry.get(name) or [], row, name)
    return row


def _put_parts(part: Kind, entries: Sequence[Entry], above: Any, name: str) -> None:
    """Rows below one, known by their names where they have one, else by their places."""
    there: dict[object, Model] = {}
    for place, each in enumerate(getattr(above, name).order_by(POSITION, "pk")):
        there.setdefault(_identity(part, each.name if "name" in part.fields else "", place), each)
    wanted = [_identity(part, each.get("name", ""), n) for n, each in enumerate(entries)]
    if len(set(wanted)) < len(wanted):
        raise BadDefinition(f"{above}: two of the {name} have one name.")
    kept = {there[identity].pk for identity in wanted if identity in there}
    getattr(above, name).exclude(pk__in=kept).delete()
    for place, (identity, entry) in enumerate(zip(wanted, entries, strict=True)):
        put(part, entry, there.get(identity), above=above, position=place)


def _identity(part: Kind, name: str, place: int) -> object:
    return name if "name" in part.fields else place


def reference_to(kind: Kind, name: str) -> str:
    """The variable of the environment that holds the secret of the row."""
    return f"${{{_variable(kind, name)}}}"


def _variable(kind: Kind, name: str) -> str:
    plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.upper())
    return f"{kind.section[:-1].upper()}_{plain}_SECRET"


def _set(kind: Kind, entry: Entry, row: Any) -> None:
    known = {
        *kind.fields,
        *kind.links,
        *kind.lists,
        *kind.below,
        *([SEALED] if kind.secret else []),
    }
    unknown = sorted(str(name) for name in entry if name not in known)
    if unknown:
        raise BadDefinition(f"{_title(kind, entry)}: unknown {', '.join(unknown)}.")
    for name in kind.fields:
        value = entry.get(name)
        setattr(row, name, _fresh(kind, name) if value is None else _read(kind, entry, name))
    for name, key in kind.links.items():
        other = entry.get(name)
        setattr(row, name, None if other is None else _named(kind, name, key, other))
    if kind.secret:
        _set_secret(kind, entry, row)
    if isinstance(row, Rule):
        row.name_answers()


def _set_secret(kind: Kind, entry: Entry, row: Any) -> None:
    """The file says that there is one; the environment says which, else it stays as it is."""
    said = str(entry.get(SEALED) or "")
    variable = said.removeprefix("${").removesuffix("}")
    if not said:
        row.secret = b""
        return
    if said == variable:
        raise BadDefinition(
            f"{_title(kind, entry)}: a secret is named, as {reference_to(kind, entry['name'])}."
        )
    given = os.environ.get(variable)
    if given is None and not row.secret:
        raise BadDefinition(f"{_title(kind, entry)}: {variable} is not set in the environment.")
    if given is not None and given != _opened(kind, row):
        row.secret = secrets.encrypt(given)


def _opened(kind: Kind, row: Any) -> str:
    return secrets.decrypt(row.secret) if kind.secret and row.secret else ""


def _check(kind: Kind, entry: Entry, row: Any) -> None:
    asked = {*kind.fields, *kind.links}
    theirs = {each.name for each in row._meta.fields if each.name not in asked}
    try:
        row.full_clean(exclude=theirs)
        if isinstance(row, Rule):
            plan_of(row)
    except ValidationError as error:
        told = "; ".join(f"{name}: {' '.join(why)}" for name, why in error.message_dict.items())
        raise BadDefinition(f"{_title(kind, entry)}: {told}") from error
    except BrokenRule as error:
        raise BadDefinition(f"{_title(kind, entry)}: {error}") from error


def _place(row: Any) -> int:
    return int(getattr(row, POSITION, 0))


def _field(kind: Kind, name: str) -> Any:
    return kind.model._meta.get_field(name)


def _fresh(kind: Kind, name: str) -> Any:
    return _field(kind, name).get_default()


def _read(kind: Kind, entry: Entry, name: str) -> Any:
    value, each = entry[name], _field(kind, name)
    try:
        if name in kind.texts:
            return kind.texts[name].read(value)
        return each.to_python(value_of(name, value))
    except ValidationError as error:
        raise BadDefinition(f"{_title(kind, entry)}: {name}: {' '.join(error.messages)}") from error
    except (TypeError, ValueError) as error:
        raise BadDefinition(f"{_title(kind, entry)}: {name}: {error}") from error


def _named(kind: Kind, name: str, key: str, value: object) -> Any:
    related = _field(kind, name).related_model
    found = related.objects.filter(**{key: str(value)}).first()
    if found is None:
        raise BadDefinition(f"{kind.section}: there is no {related._meta.verbose_name} “{value}”.")
    return found


def _plain(kind: Kind, name: str, value: Any) -> Any:
    if name in kind.texts:
        return kind.texts[name].write(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _title(kind: Kind, entry: Mapping[str, Any]) -> str:
    return f"{kind.section} {entry.get(kind.key, '')}".strip()
