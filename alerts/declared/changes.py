"""What a file changes: found by doing it, in one transaction that a dry run rolls back."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pghistory
import yaml
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from alerts.declared.kinds import KINDS, Kind
from alerts.declared.rows import Entry, entry_of, put
from alerts.definitions import LARGEST, BadDefinition, dumped
from alerts.models import Declaration, Rule

Document = dict[str, list[Entry]]


@dataclass(frozen=True, slots=True)
class Change:
    """One row before and after, None where it is not there.

    `edited`: since the file was applied somebody has changed it in the portal.
    """

    section: str
    key: str
    before: Entry | None
    after: Entry | None
    edited: bool = False

    @property
    def verb(self) -> str:
        if self.before is None:
            return "add"
        return "remove" if self.after is None else "change"

    def lines(self) -> Iterator[str]:
        """The difference as `diff` writes it."""
        old = dumped(self.before).splitlines() if self.before else []
        new = dumped(self.after).splitlines() if self.after else []
        found = difflib.unified_diff(old, new, lineterm="", n=2)
        return (line for number, line in enumerate(found) if number > 1)


def exported() -> str:
    """Everything that a file can declare, as YAML; the same rows give the same text."""
    found = {kind.section: [entry_of(kind, row) for row in _rows(kind)] for kind in KINDS}
    return dumped({section: entries for section, entries in found.items() if entries})


def read(text: str) -> Document:
    """The entries of a file by section. Raises BadDefinition."""
    if len(text) > LARGEST:
        raise BadDefinition(f"At most {LARGEST:,} characters.")
    try:
        found = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise BadDefinition(f"This is not YAML: {error}") from error
    known = {kind.section: kind for kind in KINDS}
    if not isinstance(found, dict) or not set(found) <= set(known):
        raise BadDefinition(f"A file holds {', '.join(known)}, each with a list.")
    for section, entries in found.items():
        _check_entries(known[section], entries)
    return found


def _check_entries(kind: Kind, entries: object) -> None:
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise BadDefinition(f"{kind.section}: this is a list of entries.")
    keys = [str(entry.get(kind.key) or "") for entry in entries]
    if "" in keys:
        raise BadDefinition(f"{kind.section}: each entry has a {kind.key}.")
    if kind.single and len(keys) > 1:
        raise BadDefinition(f"{kind.section}: there is one that takes everything; others below it.")
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise BadDefinition(f"{kind.section}: said twice: {', '.join(twice)}.")


def apply(
    document: Document,
    *,
    by: User | None,
    reason: str,
    source: str,
    now: datetime,
    prune: bool = False,
    dry: bool = False,
) -> list[Change]:
    """Make the rows what the file says, all or none; returns what that changes.

    `prune`: rows that came from a file and stand in it no longer are deleted. What was made in the
    portal is never deleted. Raises BadDefinition.
    """
    context = {"reason": reason, "url": f"portal apply {source}", "user": by.pk if by else None}
    try:
        with transaction.atomic(), pghistory.context(**context):
            found = _change_all(document, reason=reason, prune=prune)
            _check_constraints()
            _declare(document, source=source, now=now)
            transaction.set_rollback(dry)
    except IntegrityError as error:
        raise BadDefinition(f"The tables refuse it: {error}") from error
    return found


def _change_all(document: Document, *, reason: str, prune: bool) -> list[Change]:
    found: list[Change] = []
    for kind in KINDS:
        found += _apply(kind, document.get(kind.section, []), reason=reason)
    if prune:
        for kind in reversed(KINDS):
            found += _prune(kind, document.get(kind.section, []))
    return found


def drifted(section: str, entry: Entry, declared: Entry | None) -> bool:
    """Whether a row that came from a file is no longer what the file said."""
    return declared is not None and entry != declared


def _apply(kind: Kind, entries: list[Entry], *, reason: str) -> list[Change]:
    there = {_key(kind, row): row for row in _rows(kind)}
    bodies = dict(Declaration.objects.filter(section=kind.section).values_list("key", "body"))
    late = kind.own_links
    made = []
    if late:  # rows that others of the kind may name
        for entry in entries:
            key = _entry_key(kind, entry)
            if key not in there:
                there[key] = put(kind, {k: v for k, v in entry.items() if k not in late}, None)
                made.append(key)
    found = []
    for entry in entries:
        key = _entry_key(kind, entry)
        row = there.get(key)
        if row is not None and kind.final:
            continue
        before = entry_of(kind, row) if row is not None and key not in made else None
        if kind.model is Rule:
            row = Rule() if row is None else row
            row.change_reason = reason[:200]
        given = _with_defaults(kind, entry)
        after = entry_of(kind, put(kind, given, row))
        if before != after:
            edited = drifted(kind.section, before, bodies.get(key)) if before else False
            found.append(Change(kind.section, key, before, after, edited))
    return found


def _with_defaults(kind: Kind, entry: Entry) -> Entry:
    if kind.model is Rule:
        return {"title": entry["name"], "severity": "warning", **entry}
    return entry


def _prune(kind: Kind, entries: list[Entry]) -> list[Change]:
    named = {_entry_key(kind, entry) for entry in entries}
    gone = Declaration.objects.filter(section=kind.section).exclude(key__in=named)
    keys = set(gone.values_list("key", flat=True))
    found = []
    for row in _rows(kind):
        key = _key(kind, row)
        if key in keys and not kind.final:
            found.append(Change(kind.section, key, entry_of(kind, row), None))
            try:
                row.delete()
            except ProtectedError as error:
                raise BadDefinition(f"{kind.section} {key}: something else uses it.") from error
    gone.delete()
    return found


def _declare(document: Document, *, source: str, now: datetime) -> None:
    """Keep what the file said, as it is stored, so that later edits can be told from it."""
    rows = []
    for kind in KINDS:
        named = {_entry_key(kind, entry) for entry in document.get(kind.section, [])}
        rows += [
            Declaration(
                section=kind.section,
                key=key,
                body=entry_of(kind, row),
                source=source[:200],
                applied_at=now,
            )
            for row in _rows(kind)
            if (key := _key(kind, row)) in named
        ]
    Declaration.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["section", "key"],
        update_fields=["body", "source", "applied_at"],
    )


def _rows(kind: Kind) -> list[Any]:
    rows: Any = kind.model._default_manager
    return list(rows.filter(kind.declared).order_by(kind.key))


def _key(kind: Kind, row: Any) -> str:
    return "" if kind.single else str(getattr(row, kind.key))


def _entry_key(kind: Kind, entry: Entry) -> str:
    return "" if kind.single else str(entry[kind.key])


def _check_constraints() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
