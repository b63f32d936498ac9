"""Rows as files that spreadsheets open safely: CSV, XLSX, and JSON for programs."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.http import FileResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse

RISKY = ("=", "+", "-", "@", "\t", "\r")
FORMS = ("csv", "json", "xlsx")
BLOCK = 65_536  # characters of a file that are sent at once
LONGEST_CELL = 32_767  # characters that a cell of a workbook holds
MOST_LINES = 1_048_575  # below the heads
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TIME, DAY = "yyyy-mm-dd hh:mm:ss.000", "yyyy-mm-dd"
# A text is a text, whatever it looks like: no formula, no address, no number.
AS_IT_IS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def sheet_file(
    form: str, columns: Sequence[str], lines: Iterable[Sequence[Any]], *, name: str
) -> HttpResponseBase:
    """In one of FORMS; `name` without the ending."""
    make = {"csv": csv_file, "json": json_file, "xlsx": xlsx_file}[form]
    response: HttpResponseBase = make(columns, lines, name=name)
    return response


def csv_file(
    columns: Sequence[str], lines: Iterable[Sequence[Any]], *, name: str
) -> StreamingHttpResponse:
    """Streamed; `name` without the ending."""

    def written() -> Iterator[str]:
        """In blocks: each goes through the server by itself, which takes longer than a line."""
        block = io.StringIO()
        writer = csv.writer(block)
        writer.writerow(columns)
        for line in lines:
            writer.writerow([cell(value) for value in line])
            if block.tell() > BLOCK:
                yield block.getvalue()
                block.seek(block.truncate(0))
        yield block.getvalue()

    response = StreamingHttpResponse(written(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def json_file(columns: Sequence[str], lines: Iterable[Sequence[Any]], *, name: str) -> JsonResponse:
    """A list of objects; money is text, to the last digit, times are ISO 8601."""
    rows = [dict(zip(columns, line, strict=True)) for line in lines]
    response = JsonResponse(rows, safe=False)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response


def xlsx_file(columns: Sequence[str], lines: Iterable[Sequence[Any]], *, name: str) -> FileResponse:
    """A workbook of one sheet: numbers are numbers (to 15 digits), times are times in UTC."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    with xlsxwriter.Workbook(file, AS_IT_IS) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        formats = {form: book.add_format({"num_format": form}) for form in (TIME, DAY)}
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, 18)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column, bold)
        for number, line in enumerate(lines, start=1):
            if number > MOST_LINES:
                break
            for place, value in enumerate(line):
                _put(sheet, number, place, value, formats)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)


def _put(sheet: Any, line: int, place: int, value: Any, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        naive = value.astimezone(UTC).replace(tzinfo=None)
        sheet.write_datetime(line, place, naive, formats[TIME])
    elif isinstance(value, date):
        sheet.write_datetime(line, place, value, formats[DAY])
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(line, place, float(value))
    else:
        sheet.write_string(line, place, str(value)[:LONGEST_CELL])


def cell(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(RISKY) else value
    return value.isoformat() if isinstance(value, date | time) else value
