"""The cells of one row, read as fields; whatever cannot be read names its column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha1

from analytics.fields import InvalidEvent, instant, number, text


class BadCell(Exception):
    """A row that cannot be imported: the column (blank: the whole row) and why."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}" if column else reason)
        self.column = column
        self.reason = reason


class Cells:
    """One row. `places` says where each field is; a missing column is an empty cell."""

    __slots__ = ("header", "places", "row")

    def __init__(self, row: Sequence[str], header: Sequence[str], places: Mapping[str, int]):
        if len(row) != len(header):
            raise BadCell("", f"The row has {len(row)} cells, the header {len(header)}.")
        self.row = row
        self.header = header
        self.places = places

    def raw(self, field: str) -> str:
        place = self.places.get(field)
        return "" if place is None else self.row[place].strip()

    def text(self, field: str) -> str:
        try:
            return text(self._clean(field), field)
        except InvalidEvent as error:
            raise self.bad(field, error.message) from None

    def number(self, field: str) -> Decimal | None:
        """None for an empty cell; NaN and infinity are no numbers here."""
        raw = self.raw(field)
        if not raw:
            return None
        try:
            found = number(raw, field)
        except InvalidEvent as error:
            raise self.bad(field, error.message) from None
        if found is None:
            raise self.bad(field, f"`{field}` is not a number.")
        return found

    def amount(self, field: str) -> Decimal:
        """A number that must be there."""
        found = self.number(field)
        if found is None:
            raise self.bad(field, f"`{field}` is empty.")
        return found

    def instant(self, field: str) -> datetime | None:
        try:
            return instant(self.raw(field) or None, field)
        except InvalidEvent as error:
            raise self.bad(field, error.message) from None

    def moment(self, field: str) -> datetime:
        """A time that must be there."""
        found = self.instant(field)
        if found is None:
            raise self.bad(field, f"`{field}` is empty.")
        return found

    def word(self, field: str, words: Mapping[str, str], *, otherwise: str = "") -> str:
        """One of `words`; `otherwise` for an empty cell."""
        raw = self.raw(field).lower()
        if not raw:
            return otherwise
        if raw not in words:
            raise self.bad(field, f"`{field}` is {raw[:40]!r}, which is none of its words.")
        return words[raw]

    def bad(self, field: str, reason: str) -> BadCell:
        place = self.places.get(field)
        return BadCell(field if place is None else self.header[place], reason)

    @property
    def digest(self) -> str:
        """What tells a row from others where the file has no ids."""
        return sha1("\x1f".join(self.row).encode(), usedforsecurity=False).hexdigest()

    def _clean(self, field: str) -> str:
        raw = self.raw(field)
        if "\x00" in raw:
            raise self.bad(field, "A NUL character.")
        return raw
