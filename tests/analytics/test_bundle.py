"""Statements that travel together are as good as one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DataError, connection, transaction
from django.db.backends.utils import CursorWrapper

from analytics import rows
from analytics.bundle import Bundle, NotSent

pytestmark = pytest.mark.django_db


@pytest.fixture
def cursor() -> Iterator[CursorWrapper]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE told (word text, n bigint) ON COMMIT DROP")
        yield cursor


class Asked:
    """How often the server was asked."""

    times = 0

    def __call__(self, execute: Callable[..., Any], *asked: Any) -> Any:
        self.times += 1
        return execute(*asked)


def test_the_server_is_asked_once_and_answers_in_order(cursor: CursorWrapper) -> None:
    bundle, asked = Bundle(cursor), Asked()
    added = bundle.add("INSERT INTO told VALUES (%s, 1), (%s, 2)", ["50 %; --", "o'clock"])
    found = bundle.add("SELECT word FROM told ORDER BY n", [])
    gone = bundle.add("DELETE FROM told WHERE n > %s RETURNING word", [1])

    with connection.execute_wrapper(asked):
        bundle.send()

    assert asked.times == 1
    assert (added.count, added.rows) == (2, [])
    assert found.rows == [("50 %; --",), ("o'clock",)]
    assert (gone.count, gone.rows) == (1, [("o'clock",)])


def test_an_answer_is_unknown_before_it_was_asked_for(cursor: CursorWrapper) -> None:
    answer = Bundle(cursor).add("SELECT 1", [])

    with pytest.raises(NotSent):
        _ = answer.rows
    with pytest.raises(NotSent):
        _ = answer.count


def test_what_was_sent_is_not_sent_again(cursor: CursorWrapper) -> None:
    bundle = Bundle(cursor)
    bundle.add("INSERT INTO told VALUES ('once', 1)", [])
    bundle.send()
    bundle.send()
    after = bundle.add("SELECT count(*) FROM told", [])
    bundle.send()

    assert after.rows == [(1,)]


def test_one_that_fails_takes_the_others_along(cursor: CursorWrapper) -> None:
    bundle = Bundle(cursor)
    bundle.add("INSERT INTO told VALUES ('one', 1)", [])
    bundle.add("INSERT INTO told VALUES ('two', %s::bigint)", ["many"])

    with pytest.raises(DataError), transaction.atomic():
        bundle.send()

    cursor.execute("SELECT count(*) FROM told")
    assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    ("kind", "values", "meant"),
    [
        ("text", ["a", 'b"\\', ""], ["a", 'b"\\', ""]),
        ("int8", [1, -2], [1, -2]),
        ("float8", [0.5, None, -1e300], [0.5, None, -1e300]),
        ("numeric", ["1.50", None], ["1.50", None]),
        ("timestamptz", [1_000_001], ["1970-01-01 00:00:01.000001+00"]),
    ],
)
def test_a_literal_is_the_array_of_its_values(
    cursor: CursorWrapper, kind: str, values: list[object], meant: list[object]
) -> None:
    shown = "text" if kind in ("numeric", "timestamptz") else kind
    cursor.execute(f"SELECT %s::{kind}[]::{shown}[]", [rows.literal(kind, values)])

    assert cursor.fetchone() == (meant,)
