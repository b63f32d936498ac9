"""Rows as a CSV file that spreadsheets open safely."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

RISKY = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_file(
    columns: Sequence[str], lines: Iterable[Sequence[Any]], *, name: str
) -> StreamingHttpResponse:
    """Streamed; `name` without the ending."""
    writer = csv.writer(_Echo())

    def written() -> Iterator[str]:
        yield writer.writerow(columns)
        for line in lines:
            yield writer.writerow([cell(value) for value in line])

    response = StreamingHttpResponse(written(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def cell(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(RISKY):
        return f"'{value}"
    return value.isoformat() if hasattr(value, "isoformat") else value
