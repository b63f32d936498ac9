"""Whose trades and events a page or a figure speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from analytics.paths import WHOLE


@dataclass(frozen=True, slots=True)
class Scope:
    """An environment and one currency in it; all its strategies (`*`) or one; blank: every one.

    `several`: the environment has other currencies too, so that its orders must be told apart.
    """

    env: str
    currency: str
    strategy: str = WHOLE
    symbol: str = ""
    source: str = ""
    several: bool = False

    @property
    def chosen(self) -> dict[str, Any]:
        return {name: getattr(self, name)
                for name in ("env", "currency", "strategy", "symbol", "source")}  # fmt: skip

    @property
    def asked(self) -> dict[str, Any]:
        """The parameters of statements over relations of `buckets`."""
        return {**self.chosen, "book": settings.BOOK}

    @property
    def is_part(self) -> bool:
        """A symbol or a source: a part that no portfolio gives a capital of its own."""
        return bool(self.symbol or self.source)
