"""What every test may rely on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql.operations import DatabaseOperations

from tests.browser import browser, open_page, portal_url

MADE_BY_DJANGO = {"django_content_type", "auth_permission"}
_plain_flush = DatabaseOperations.sql_flush


def _flush_past_the_triggers(
    operations: DatabaseOperations, style: Any, tables: Sequence[str], **options: Any
) -> list[str]:
    """History tables refuse TRUNCATE, yet a transactional test must leave an empty database.

    What Django makes anew after each flush stays: a server beside the tests remembers its ids.
    """
    emptied = [table for table in tables if table not in MADE_BY_DJANGO]
    statements = _plain_flush(operations, style, emptied, **options)
    return ["SET LOCAL session_replication_role = replica;", *statements] if statements else []


DatabaseOperations.sql_flush = _flush_past_the_triggers  # type: ignore[method-assign,assignment]


__all__ = ["browser", "open_page", "portal_url"]
