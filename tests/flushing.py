"""How a transactional test leaves an empty database: rows go, what the migrations wrote stays.

Content types, permissions and roles keep their ids, because a server that runs beside the tests
remembers them. History tables refuse DELETE and TRUNCATE, so their triggers sleep meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.management.commands import flush
from django.db.backends.postgresql.operations import DatabaseOperations

KEPT = frozenset({"django_content_type", "auth_permission", "auth_group", "auth_group_permissions"})
# Locks wait for whoever still writes, as TRUNCATE would; DELETE of a few rows is far quicker.
EMPTY = """
DO $$
DECLARE name text;
BEGIN
  SET LOCAL session_replication_role = replica;
  LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE;
  FOREACH name IN ARRAY '{{{tables}}}'::text[] LOOP
    EXECUTE format('DELETE FROM %I', name);
  END LOOP;
END $$
"""


def _statements(
    operations: DatabaseOperations, style: Any, tables: Sequence[str], **options: Any
) -> list[str]:
    given = sorted(set(tables) - KEPT)
    return [EMPTY.format(tables=", ".join(given))] if given else []


def install() -> None:
    """Replace Django's way of flushing, which makes anew what is kept here."""
    DatabaseOperations.sql_flush = _statements  # type: ignore[method-assign,assignment]
    flush.emit_post_migrate_signal = lambda *_, **__: None  # type: ignore[attr-defined]
