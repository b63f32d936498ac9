"""The one table that a run prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEAD = ("what", "ours", "peer", "ratio", "goal", "")


@dataclass(frozen=True)
class Row:
    """One measurement beside its peer of the same run.

    `ratio`: how many times better ours is; None where there is no peer. `met`: None without a goal.
    """

    what: str
    ours: str
    peer: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None


def number(value: float) -> str:
    """`62.1 k`, `1.24 G`, `7.3`."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g}"


def goal(least: float, reached: float) -> tuple[str, bool]:
    """The last two fields of a row whose figure must be at least this."""
    return f">= {number(least)}", reached >= least


def milliseconds(seconds: Sequence[float]) -> str:
    """`p50 4.1, p99 12 ms`."""
    ordered = sorted(seconds)
    if not ordered:
        return "nothing arrived"
    return f"p50 {_at(ordered, 0.5) * 1e3:.3g}, p99 {_at(ordered, 0.99) * 1e3:.3g} ms"


def quantile(values: Sequence[float], share: float) -> float:
    """Infinite for no values: what never arrived is late."""
    ordered = sorted(values)
    return _at(ordered, share) if ordered else float("inf")


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def as_markdown(rows: Sequence[Row]) -> str:
    """Columns of equal width, so that it reads as well in a terminal."""
    cells = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEAD))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]]) + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    ratio = "" if row.ratio is None else f"{row.ratio:.3g}x"
    verdict = "" if row.met is None else "met" if row.met else "MISSED"
    return (row.what, row.ours, row.peer, ratio, row.goal, verdict)
