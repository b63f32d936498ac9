"""Plain `{{name}}` substitution over a flat map of strings: no logic, no attributes, one pass."""

from __future__ import annotations

import re
from collections.abc import Mapping

PLACEHOLDER = re.compile(r"\{\{ ?([A-Za-z_][A-Za-z0-9_]{0,63}) ?\}\}")
LONGEST = 4_000  # characters of a filled text


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with each known `{{name}}` replaced; unknown names stay as they are written.

    A value is never read as a template again. The result is cut at 4,000 characters.
    """
    filled = PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), template)
    return filled if len(filled) <= LONGEST else filled[: LONGEST - 1] + "…"


def one_line(text: str, *, longest: int = 200) -> str:
    """The text with control characters and line breaks as spaces, for subjects and titles."""
    flat = " ".join("".join(c if c.isprintable() or c == " " else " " for c in text).split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def plain_lines(text: str) -> str:
    """The text without control and direction signs, its lines kept: for bodies of messages."""
    return "\n".join(
        "".join(c if c.isprintable() else " " for c in line) for line in text.split("\n")
    )


def plain_number(value: float | None) -> str:
    """A value as a person writes it: six significant digits, `no data` for none."""
    return "no data" if value is None else f"{value:.6g}"
