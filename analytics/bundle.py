"""Statements of one transaction that travel together: the server is asked once for all of them.

For a batch of a few events the way to the server and back takes longer than most statements do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper


class NotSent(Exception):
    """An answer was read before its bundle was sent."""


class Answer:
    """What the server will say to a statement."""

    __slots__ = ("_count", "_rows")

    def __init__(self) -> None:
        self._rows: list[tuple[Any, ...]] | None = None
        self._count = 0

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """Those that the statement returned. Raises NotSent."""
        if self._rows is None:
            raise NotSent
        return self._rows

    @property
    def count(self) -> int:
        """How many rows it touched. Raises NotSent."""
        if self._rows is None:
            raise NotSent
        return self._count

    def take(self, rows: list[tuple[Any, ...]], count: int) -> None:
        self._rows, self._count = rows, count


class Bundle:
    """Statements in their order, each with its values."""

    def __init__(self, cursor: CursorWrapper) -> None:
        self.cursor = cursor
        self._asked: list[tuple[str, Answer]] = []

    def add(self, statement: str, values: Sequence[Any] | Mapping[str, Any]) -> Answer:
        """Ask with the others, once they are sent; arrays travel fastest as `rows.literal`."""
        answer = Answer()
        text: str = self.cursor.mogrify(statement, values)  # the driver's own cursor has it
        self._asked.append((text, answer))
        return answer

    def send(self) -> None:
        """Ask now. Raises what the first that fails does; the transaction is over then."""
        asked, self._asked = self._asked, []
        if not asked:
            return
        cursor = self.cursor
        cursor.execute(";".join(text for text, _ in asked))
        for place, (_, answer) in enumerate(asked):
            if place:
                cursor.nextset()
            answer.take(cursor.fetchall() if cursor.description else [], cursor.rowcount)
