"""The chain of an alert's transitions, checked: which row was changed, removed or moved.

Each transition carries SHA-256(hash of the one before, its own content). Before the first stands
the hash of what the alert was born with. The contents are put into bytes by the statement below,
not by the functions of the trigger: who could change the rows could change those too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import connection, transaction

CHUNK = 2_000  # rows that are read at once
ROWS = """
SELECT coalesce(a.id, t.alert_id), a.version, t.seq, t.hash,
    CASE WHEN t.seq = 1 THEN jsonb_build_array(
        a.uid, a.fingerprint, a.rule_name, a.labels,
        (extract(epoch FROM a.started_at) * 1000000)::bigint)::text END,
    jsonb_build_array(
        t.alert_id, t.seq, t.action, t.from_state, t.to_state, t.actor_id, t.via, t.note,
        encode(float8send(t.value), 'hex'), t.detail,
        (extract(epoch FROM t.at) * 1000000)::bigint)::text
FROM alerts_alert AS a FULL JOIN alerts_transition AS t ON t.alert_id = a.id
ORDER BY 1, t.seq
"""

Place = tuple[int, int]  # alert, seq


class Row(NamedTuple):
    """A transition and its alert; `seq` None: an alert without any, `version` None: no alert."""

    alert: int
    version: int | None
    seq: int | None
    hash: bytes | None
    birth: str | None
    content: str


@dataclass(frozen=True, slots=True)
class Break:
    """A transition that is not what it was."""

    alert: int
    seq: int
    what: str


@dataclass(slots=True)
class Verdict:
    """What was found: how much was read, and every break in the order of alerts."""

    alerts: int = 0
    transitions: int = 0
    anchored: int = 0  # transitions that an anchor knows
    breaks: list[Break] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ok": not self.breaks}


def verify(heads: Mapping[Place, bytes]) -> Verdict:
    """Check every chain, and that the transitions in `heads` are there with these hashes."""
    verdict, open_heads = Verdict(), dict(heads)
    alert: int | None = None
    last = 0
    version: int | None = None
    before = b""
    for row in _rows():
        if row.alert != alert:
            _end(verdict, alert, last, version)
            alert, version, last, before = row.alert, row.version, 0, b""
            verdict.alerts += 1
        if row.seq is None or row.hash is None:
            continue
        verdict.transitions += 1
        what = _wrong(row, before, last) or _unlike(row, open_heads, verdict)
        if what:
            verdict.breaks.append(Break(row.alert, row.seq, what))
        last, before = row.seq, row.hash
    _end(verdict, alert, last, version)
    known = {(each.alert, each.seq) for each in verdict.breaks}
    lost = [Break(*place, "gone: an anchor knows it") for place in open_heads if place not in known]
    verdict.breaks = sorted(verdict.breaks + lost, key=lambda found: (found.alert, found.seq))
    return verdict


def _wrong(row: Row, before: bytes, last: int) -> str:
    """What is wrong with the row after the one of `last` and `before`; blank: nothing."""
    if row.version is None:
        return "its alert is gone"
    if row.seq != last + 1:
        return f"transition {last + 1} before it is gone"
    start = sha256(row.birth.encode()).digest() if row.birth is not None else before
    if sha256(start + row.content.encode()).digest() == row.hash:
        return ""
    return "changed, or what the alert was born with" if row.birth else "changed or moved"


def _unlike(row: Row, open_heads: dict[Place, bytes], verdict: Verdict) -> str:
    assert row.seq is not None  # noqa: S101  for the type checker: rows without are passed over
    known = open_heads.pop((row.alert, row.seq), None)
    if known is None:
        return ""
    verdict.anchored += 1
    return "" if known == row.hash else "changed together with its hash: an anchor knows another"


def _end(verdict: Verdict, alert: int | None, last: int, version: int | None) -> None:
    """The last transition of an alert carries the alert's version."""
    if alert is not None and version is not None and version > last:
        verdict.breaks.append(Break(alert, last + 1, "gone: the alert counts further"))


def _rows() -> Iterator[Row]:
    """All rows as they are at one moment, read in chunks."""
    with transaction.atomic():
        with connection.cursor() as settings:
            settings.execute("SET LOCAL statement_timeout = 0")
        with connection.chunked_cursor() as cursor:
            cursor.execute(ROWS)
            while found := cursor.fetchmany(CHUNK):
                for alert, version, seq, sealed, birth, content in found:
                    yield Row(alert, version, seq, _bytes(sealed), birth, content)


def _bytes(sealed: Any) -> bytes | None:
    return None if sealed is None else bytes(sealed)
