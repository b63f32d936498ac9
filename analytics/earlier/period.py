"""When the period before a range was, and its points at the times of the range."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from analytics.charts import Span, ms
from analytics.earlier.rows import Row


def span_before(drawn: Span) -> Span:
    """As long as the range, whole buckets earlier, so that both curves share their times."""
    width = timedelta(seconds=drawn.width)
    shift = -(-(drawn.end - drawn.start) // width) * width
    return Span(drawn.start - shift, drawn.end - shift, drawn.width)


def told(drawn: Span, before: Span, figures: Iterable[Row], **lines: Any) -> dict[str, Any]:
    """As states carry it: the times of the period in epoch seconds, figures, and curves by name.

    A curve is a list of [ms, value] of the period, told at the times of the range.
    """
    shift = ms(drawn.start) - ms(before.start)
    return {
        "start": before.start.timestamp(),
        "end": before.end.timestamp(),
        "figures": [row._asdict() for row in figures],
        **{name: _moved(points, shift) for name, points in lines.items()},
    }


def _moved(points: Iterable[Sequence[Any]], shift: int) -> list[list[Any]]:
    return [[at + shift, value] for at, value in points]
