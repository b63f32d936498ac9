"""What the head of a trading page offers: scopes, ranges, the pages beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict

from analytics import asked
from analytics.asked import Asked

PAGES = (
    ("trading", "Trading"),
    ("performance", "Performance"),
    ("risk", "Risk"),
    ("execution", "Execution"),
)


def of(query: QueryDict, view: Asked, known: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    """For templates/analytics/_toolbar.html; `known` are the scopes that exist."""
    scope = view.scope
    here = [(currency, strategy) for env, currency, strategy in known if env == scope.env]
    return {
        "view": view,
        "pages": PAGES,
        "range": view.range,
        "ranges": asked.WORDS,
        "range_word": view.range_word,
        "envs": sorted({env for env, _, _ in known} | {scope.env}),
        "currencies": sorted({currency for currency, _ in here} | {scope.currency}),
        "strategies": sorted({strategy for _, strategy in here if strategy}),
        "kept_range": asked.kept(query, "range", "from", "to"),
        "kept_scope": asked.kept(query, "env", "currency", "strategy"),
        "empty": not known,
    }
