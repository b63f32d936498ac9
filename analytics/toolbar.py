"""What the head of a trading page offers: scopes, ranges, the pages beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict

from analytics import asked, choices, offers
from analytics.asked import Asked
from analytics.charts import ms
from analytics.choices import Choice
from analytics.paths import WHOLE
from analytics.scope import Scope
from ops_portal.lib.sheets import FORMS

PAGES = (
    ("trading", "Trading"),
    ("performance", "Performance"),
    ("risk", "Risk"),
    ("execution", "Execution"),
    ("report", "Report"),
)


def of(query: QueryDict, view: Asked, known: Sequence[Choice]) -> dict[str, Any]:
    """For templates/analytics/_toolbar.html; `known` are the scopes that exist."""
    return {
        **scopes(view.scope, known),
        "view": view,
        "range": view.range,
        "range_from": ms(view.span.start),
        "range_to": ms(view.span.end),
        "ranges": asked.WORDS,
        "range_word": view.range_word,
        "kept_range": asked.kept(query, "range", "from", "to", "zone", "compare"),
        "kept_scope": asked.kept(
            query, "env", "currency", "strategy", "symbol", "source", "compare"
        ),
        "empty": not known,
        "forms": FORMS,
        "offers": offers.of_pages(compares=view.compares),
    }


def scopes(scope: Scope, known: Sequence[Choice]) -> dict[str, Any]:
    """What each part of a scope may be: of those that exist, and what was asked for."""
    here = [one for one in known if one.env == scope.env]
    symbols = {one.symbol for one in here if one.currency == scope.currency}
    return {
        "pages": PAGES,
        "envs": sorted({one.env for one in known} | {scope.env}),
        "currencies": sorted({one.currency for one in here} | {scope.currency}),
        "strategies": sorted({*(one.strategy for one in here), scope.strategy} - {"", WHOLE}),
        "symbols": sorted((symbols | {scope.symbol}) - {""}),
        "sources": sorted({*choices.sources(scope.env), scope.source} - {""}),
    }
