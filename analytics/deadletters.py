"""Entries that could not become events, kept whole with the reason until a person replays them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.module_loading import import_string

from analytics import series
from analytics.events import InvalidEvent, as_stored, decode
from analytics.models import DeadLetter
from analytics.streams import Entry, Stored

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.backends.utils import CursorWrapper

PERMISSION = "analytics.replay_deadletter"


class Letter(NamedTuple):
    """A refused entry and why."""

    entry: Entry
    reason_code: str
    reason: str


def write(cursor: CursorWrapper, letters: Sequence[Letter]) -> dict[str, dict[str, int]]:
    """Store refused entries once each; returns the new ones by stream and reason code."""
    cursor.execute(
        "INSERT INTO analytics_deadletter"
        " (stream, entry_id, reason_code, reason, raw, replay_result)"
        " SELECT *, '' FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bytea[])"
        " ON CONFLICT (stream, entry_id) DO NOTHING RETURNING stream, reason_code",
        [
            [letter.entry.stream for letter in letters],
            [letter.entry.entry_id for letter in letters],
            [letter.reason_code for letter in letters],
            [_storable(letter.reason) for letter in letters],
            [packed(letter.entry.fields) for letter in letters],
        ],
    )
    counts: dict[str, dict[str, int]] = {}
    for stream, reason_code in cursor.fetchall():
        by_reason = counts.setdefault(stream, {})
        by_reason[reason_code] = by_reason.get(reason_code, 0) + 1
    return counts


def _storable(reason: str) -> str:
    return reason.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")


def packed(fields: Mapping[str, str]) -> bytes:
    """The fields byte for byte, as MessagePack."""
    return msgspec.msgpack.encode({_bytes(key): _bytes(value) for key, value in fields.items()})


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def unpacked(raw: bytes) -> dict[str, str]:
    """The fields as they were read; bytes that are not UTF-8 as lone surrogates."""
    found = msgspec.msgpack.decode(raw, type=dict[bytes, bytes])
    return {
        key.decode("utf-8", "surrogateescape"): value.decode("utf-8", "surrogateescape")
        for key, value in found.items()
    }


def shown(raw: bytes) -> dict[str, str]:
    """The fields for a person: what is no text is written as an escape."""
    found = msgspec.msgpack.decode(bytes(raw), type=dict[bytes, bytes])
    return {
        key.decode("utf-8", "backslashreplace"): value.decode("utf-8", "backslashreplace")
        for key, value in found.items()
    }


def replay(dead_letter_id: int, *, by: User, now: datetime) -> str:
    """Read and store the entry again, as after a mended producer or decoder; once and for all.

    Returns what came of it, which is also kept in the row. Raises PermissionDenied, and
    DeadLetter.DoesNotExist.
    """
    if not by.has_perm(PERMISSION):
        raise PermissionDenied
    with transaction.atomic():
        letter = DeadLetter.objects.select_for_update().get(pk=dead_letter_id)
        if letter.replayed_at is not None:
            return letter.replay_result
        try:
            with transaction.atomic():
                letter.replay_result = _store_again(letter, now=now)
            letter.replayed_at, letter.replayed_by = now, by
        except InvalidEvent as refusal:
            letter.replay_result = f"refused again: {refusal.reason_code}: {refusal.message}"
        letter.save(update_fields=["replayed_at", "replayed_by", "replay_result"])
        return letter.replay_result


def _store_again(letter: DeadLetter, *, now: datetime) -> str:
    fields = unpacked(bytes(letter.raw))
    events = decode(letter.stream, letter.entry_id, fields, now=now.timestamp())
    store: Any = import_string(settings.STREAM_HANDLERS[letter.stream])
    with connection.cursor() as cursor:
        stored: Stored = store(cursor, as_stored(letter.stream, events), now=now)
        series.record(cursor, [*stored.readings, *stored.runs], now=now)
        cursor.execute(
            "UPDATE analytics_streamstate SET accepted = accepted + %s,"
            " duplicates = duplicates + %s WHERE stream = %s",
            [stored.fresh, stored.duplicates, letter.stream],
        )
    return f"stored: {stored.fresh} new, {stored.duplicates} known"
