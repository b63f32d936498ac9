"""Plain statements that PostgreSQL plans once a connection, not at each request.

Django writes the values into the text of a statement, so that no two are alike and each is parsed
and planned anew, which takes longer than most answers. Here the values travel apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper


@contextmanager
def prepared() -> Iterator[CursorWrapper]:
    """A cursor of Django's connection, in its transaction, whose statements are prepared after a
    few uses (`prepare_threshold`). The type of each value must follow from the statement.
    """
    with connection.cursor() if connection.queries_logged else _plain() as cursor:
        yield cursor  # what is logged has its values in it, as Django's own cursor writes them


@contextmanager
def writing() -> Iterator[CursorWrapper]:
    """The same for a statement that writes. In a request the history puts the person before each
    such statement, and two in one cannot be prepared: there the values are written in.
    """
    with connection.cursor() if connection.execute_wrappers else prepared() as cursor:
        yield cursor


def _plain() -> CursorWrapper:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        plain: Any = psycopg.Cursor(connection.connection)  # as the stubs know no other than ours
    return connection.make_cursor(plain)
