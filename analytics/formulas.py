"""How each figure is made, read from docs/metrics.md: one text for the repository and the pages."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings

DOCS = settings.BASE_DIR / "docs" / "metrics.md"
_name = re.compile(r"`([a-z0-9_]+)`")


class Formula(NamedTuple):
    """One line of the tables; `names` are the figures that it tells, the first gives the anchor."""

    names: tuple[str, ...]
    formula: str
    unit: str
    source: str

    @property
    def anchor(self) -> str:
        return self.names[0]


@lru_cache(maxsize=1)
def formulas() -> tuple[Formula, ...]:
    """In the order of the document."""
    lines = DOCS.read_text(encoding="utf-8").partition("### Each figure")[2].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    rows = [row for row in cells if len(row) == 4 and row[0].lstrip().startswith("`")]
    return tuple(Formula(tuple(_name.findall(row[0])), *row[1:]) for row in rows)


@lru_cache(maxsize=1)
def anchors() -> dict[str, str]:
    """Figure -> the anchor of its formula."""
    return {name: one.anchor for one in formulas() for name in one.names}
