"""What a page can be asked for: the environments, currencies, strategies, symbols and sources."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.db import connection

# Each step goes to the next that there is: an index has many rows of each.
PAIRS = """
WITH RECURSIVE pair AS (
    (SELECT env, currency, strategy, symbol, source FROM analytics_traderollup WHERE unit = 'd'
     ORDER BY env, currency, strategy, symbol, source LIMIT 1)
    UNION ALL
    SELECT next.* FROM pair, LATERAL (
        SELECT env, currency, strategy, symbol, source FROM analytics_traderollup AS r
        WHERE unit = 'd' AND (r.env, r.currency, r.strategy, r.symbol, r.source)
              > (pair.env, pair.currency, pair.strategy, pair.symbol, pair.source)
        ORDER BY env, currency, strategy, symbol, source LIMIT 1) AS next
)"""
KNOWN = f"""{PAIRS}, signalled AS (
    (SELECT env, strategy FROM analytics_eventrollup WHERE unit = 'd' AND kind = 'signal'
     ORDER BY env, strategy LIMIT 1)
    UNION ALL
    SELECT next.* FROM signalled, LATERAL (
        SELECT env, strategy FROM analytics_eventrollup AS r WHERE unit = 'd' AND kind = 'signal'
          AND (r.env, r.strategy) > (signalled.env, signalled.strategy)
        ORDER BY env, strategy LIMIT 1) AS next
)
SELECT env, currency, strategy, symbol FROM pair
UNION
SELECT env, %s, strategy, '' FROM signalled
ORDER BY 1, 2, 3, 4
"""  # noqa: S608 - constants only
# Without reading all trades: who sent events, whose files were imported, who traded last.
SOURCES = """
SELECT source FROM (
    SELECT labels->>'source' AS source FROM analytics_series
    WHERE name IN ('signals', 'execution_latency_seconds', 'slippage_bps', 'limit_usage_ratio')
      AND labels->>'env' = %(env)s
    UNION
    SELECT options->>'source' FROM analytics_import
    WHERE coalesce(options->>'env', 'live') = %(env)s
    UNION
    SELECT source FROM (
        SELECT source FROM analytics_trade WHERE env = %(env)s
        ORDER BY closed_at DESC, id DESC LIMIT 1000) AS newest
) AS found WHERE source <> '' ORDER BY 1
"""


class Choice(NamedTuple):
    """Something that was traded, or signalled: then without a symbol."""

    env: str
    currency: str
    strategy: str
    symbol: str


def known() -> list[Choice]:
    """All that ever traded or signalled."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [settings.REPORTING_CURRENCY])
        return [Choice(*row) for row in cursor.fetchall()]


def sources(env: str) -> list[str]:
    """Who sent what an environment knows."""
    with connection.cursor() as cursor:
        cursor.execute(SOURCES, {"env": env})
        return [source for (source,) in cursor.fetchall()]
