"""No address of the pages sends more than 2,000 points of a series, whatever range it is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from analytics.models import Portfolio
from tests.factories import person

pytestmark = pytest.mark.django_db

MOST = 2_000
LENGTHS = (
    *(timedelta(hours=1), timedelta(hours=33), timedelta(days=9.9)),
    *(timedelta(days=250), timedelta(days=4_000)),
)
STATES = (
    "/trading/state/", "/trading/performance/state/", "/trading/performance/more/",
    "/trading/risk/state/", "/trading/execution/state/",
)  # fmt: skip
# Something in every minute of four days, every hour of a year and every day of eleven years.
ROLLUPS = """
INSERT INTO analytics_traderollup (unit, bucket, env, strategy, symbol, currency, source, trades,
    wins, losses, breakeven, gross_profit, gross_loss, pnl, fees)
SELECT unit, date_trunc(word, %(now)s, 'UTC') - n * step::interval, 'live', 's', 'BTC/USDT', 'USDT',
    'bot', 2, 1, 1, 0, 10, 9 + (n %% 3), 1 - (n %% 3), 0.1
FROM (VALUES ('m', 'minute', '1 minute', 5760), ('h', 'hour', '1 hour', 8760),
    ('d', 'day', '1 day', 4015)) AS u(unit, word, step, many), generate_series(0, many - 1) AS n
"""
TRADES = """
INSERT INTO analytics_trade (env, source, trade_key, strategy, symbol, currency, side, closed_at,
    pnl, fees, fills, exit_reason)
SELECT 'live', 'bot', n, 's', 'BTC/USDT', 'USDT', 'sell', %(now)s - n * interval '10 seconds', 1, 0,
    1, ''
FROM generate_series(1, 3000) AS n
"""


def longest(node: Any) -> int:
    """The longest list anywhere in it."""
    if isinstance(node, dict):
        return max(map(longest, node.values()), default=0)
    return max([len(node), *map(longest, node)]) if isinstance(node, list) else 0


def test_no_series_is_longer_than_two_thousand_points(client: Client) -> None:
    now = timezone.now()
    client.force_login(person("alice"))
    Portfolio.objects.create(env="live", currency="USDT", starting_capital=100_000)
    with connection.cursor() as cursor:
        cursor.execute(ROLLUPS, {"now": now})
        cursor.execute(TRADES, {"now": now})
    ranges = [urlencode({"from": (now - length).isoformat()}) for length in LENGTHS]
    queries = [*ranges, "range=all", "range=7d&compare=1"]

    found = {
        f"{path}?{query}": longest(client.get(f"{path}?{query}").json())
        for path in STATES
        for query in queries
    }

    assert max(found.values()) > 400, "there is something to draw"
    assert {address: many for address, many in found.items() if many > MOST} == {}
