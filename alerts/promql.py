"""PromQL as text: whether it can be read, before anybody asks it."""

from __future__ import annotations

import promql_parser

LONGEST_QUERY = 4_000  # characters


class Wrong(ValueError):
    """The text is no PromQL; the message says why."""


def check(text: str) -> None:
    """Raises Wrong for what no server would answer."""
    read(text)


def read(text: str) -> promql_parser.Expr:
    """Raises Wrong."""
    if len(text) > LONGEST_QUERY:
        raise Wrong(f"A query has at most {LONGEST_QUERY:,} characters.")
    try:
        return promql_parser.parse(text)
    except ValueError as error:
        raise Wrong(f"This is not PromQL: {error}.") from error
