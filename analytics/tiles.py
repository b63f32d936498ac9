"""The figures over the charts of a page, in words: the page and its script show the same ones."""

from __future__ import annotations

from typing import TypedDict

from analytics import formulas


class Tile(TypedDict):
    """`figure` is None when there is none, and `note` says why; `at` epoch seconds of its newest
    event; `formula` is the anchor of how it is made; given by the name of a figure.
    """

    id: str
    label: str
    figure: str | None
    note: str
    gain: str  # profit, loss or blank: its colour
    at: float | None
    formula: str


def tile(
    name: str,
    label: str,
    figure: str | None,
    *,
    note: str = "",
    gain: str = "",
    at: float | None = None,
    formula: str = "",
) -> Tile:
    return Tile(
        id=f"tile-{name}",
        label=label,
        figure=figure,
        note=note,
        gain=gain,
        at=at,
        formula=formulas.anchors().get(formula, ""),
    )
