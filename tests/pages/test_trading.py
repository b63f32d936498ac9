"""The trading page and its JSON: who may see it, what the address means, how much it asks."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import ANY

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from analytics import charts, live
from analytics.charts import span
from analytics.live import Frame
from analytics.models import EventRollup, Portfolio, Trade, TradeRollup
from analytics.scope import Scope
from tests.analytics.entries import execution, one, store
from tests.factories import person

pytestmark = pytest.mark.django_db

NOW = timezone.now()


ROLLUPS = """
INSERT INTO analytics_traderollup (unit, bucket, env, strategy, symbol, currency, source, trades,
    wins, losses, breakeven, gross_profit, gross_loss, pnl, fees)
SELECT %(unit)s, at, 'live', 's', 'BTC/USDT', 'USDT', 'bot', 172, 90, 80, 2, 10, 9, 1, 0.1
FROM generate_series(%(first)s, %(last)s - %(step)s::interval, %(step)s::interval) AS at
"""


def fills(*entries: dict[str, str]) -> list[Frame]:
    """Store them as one batch; what it would push."""
    entry_id = f"{int(NOW.timestamp() * 1000)}-0"
    events = [one("trade_executions", entry, entry_id) for entry in entries]
    return store("trade_executions", events)[0].frames


def fill(number: int, pnl: str, *, ago: timedelta = timedelta(), **fields: str) -> list[Frame]:
    at = str(int((NOW - ago).timestamp() * 1000))
    return fills(execution(number, timestamp=at, pnl=pnl, **fields))


@pytest.fixture
def bob(client: Client) -> Client:
    """A viewer."""
    client.force_login(person("bob"))
    return client


def state(client: Client, query: str = "") -> dict[str, Any]:
    response = client.get(f"/trading/state/{query}")
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


@pytest.mark.parametrize("path", ["/trading/", "/trading/state/"])
def test_a_stranger_is_sent_to_the_login_and_a_person_without_role_is_refused(
    client: Client, path: str
) -> None:
    assert client.get(path).status_code == 302

    client.force_login(person("charlie"))

    assert client.get(path).status_code == 403
    assert client.post(path).status_code in (403, 405)


def test_the_figures_are_those_of_the_scope(bob: Client) -> None:
    fill(1, "12.5")
    fill(2, "-2.5", strategy="other")
    fill(3, "99", env="paper")

    whole = state(bob)["figures"]
    one = state(bob, "?strategy=other")["figures"]

    assert (whole["pnl"], whole["trades"], whole["win_ratio"]) == ("10", 2, 0.5)
    assert (one["pnl"], one["trades"]) == ("-2.5", 1)
    assert state(bob, "?env=paper")["figures"]["pnl"] == "99"


def test_no_trade_is_shown_as_absent_never_as_zero(bob: Client) -> None:
    page = bob.get("/trading/").content.decode()

    assert "Nothing has arrived yet" in page
    assert page.count('class="tile is-absent"') + page.count("is-stale is-absent") == 5
    assert "+0.00" not in page
    assert state(bob)["figures"]["win_ratio"] is None


def test_a_silent_feed_makes_every_figure_stale(bob: Client) -> None:
    fill(1, "1", ago=timedelta(hours=2))

    assert "is-stale" in bob.get("/trading/").content.decode()


def test_a_figure_smaller_than_a_cent_keeps_its_digits(bob: Client) -> None:
    fill(1, "0.0001443", symbol="ETH/BTC", currency="BTC")

    page = bob.get("/trading/?currency=BTC").content.decode()

    assert "+0.0001443" in page


@pytest.mark.parametrize(
    ("query", "name", "hours"),
    [
        ("", "24h", 24),
        ("?range=1h", "1h", 1),
        ("?range=live", "live", 0.25),
        ("?range=nonsense", "24h", 24),
        ("?from=2026-01-01T00:00:00Z&to=2026-01-01T02:00:00Z", "custom", 2),
        ("?from=2026-01-01T02:00&to=2026-01-01T00:00", "24h", 24),
        ("?from=1&to=<script>", "24h", 24),
        ("?env=nowhere&currency=none&strategy=%00", "24h", 24),
        ("?before=nonsense~x", "24h", 24),
    ],
)
def test_the_address_says_the_range_and_nonsense_falls_back(
    bob: Client, query: str, name: str, hours: float
) -> None:
    found = state(bob, query)

    assert found["range"] == name
    length = (found["to"] - found["from"]) / 3_600_000
    assert hours <= length < hours + found["width"] / 3_600_000
    assert bob.get(f"/trading/{query}").status_code == 200


@pytest.mark.parametrize("days", [0.01, 0.2, 1, 7, 11, 30, 126, 365, 1_001, 4_000])
def test_a_curve_never_has_more_than_two_thousand_points(days: float) -> None:
    drawn = span(NOW - timedelta(days=days), NOW)

    assert (drawn.end - drawn.start) / timedelta(seconds=drawn.width) <= 2_000
    assert drawn.width == 60 or drawn.width <= days * 86_400 / 125


@pytest.mark.parametrize(
    ("days", "unit"),
    [(1, "m"), (10, "m"), (11, "h"), (30, "h"), (125, "h"), (126, "d"), (365, "d")],
)
def test_the_longer_a_curve_the_wider_the_rollups_it_is_read_from(days: int, unit: str) -> None:
    assert span(NOW - timedelta(days=days), NOW).unit == unit


def test_the_curve_starts_with_what_was_made_before_the_range(bob: Client) -> None:
    fill(1, "100", ago=timedelta(days=3, hours=5, minutes=7))
    fill(2, "20", ago=timedelta(hours=26))
    fill(3, "3", ago=timedelta(hours=2))

    day = state(bob)

    assert day["base"] == 120
    assert [point[1] for point in day["pnl"]] == [3]
    assert [point[1] for point in state(bob, "?range=all")["pnl"]] == [100, 20, 3]


def test_wide_buckets_come_with_the_minutes_of_the_last_hours(bob: Client) -> None:
    fill(1, "5", ago=timedelta(hours=30))
    fill(2, "3", ago=timedelta(minutes=4))
    fill(3, "4", ago=timedelta(minutes=2))

    week = state(bob, "?range=7d")

    assert week["width"] > 60_000
    assert sum(point[1] for point in week["pnl"]) == 12
    assert [point[1] for point in week["tail"]["pnl"]] == [3, 4]


def test_trades_are_paged_by_key_and_every_trade_is_seen_once(bob: Client) -> None:
    fills(*(execution(n, timestamp=str(int(NOW.timestamp() * 1000) - n // 3)) for n in range(130)))
    query, seen = "", []
    while True:
        response = bob.get(f"/trading/{query}")
        seen += [row["id"] for row in response.context["state"]["trades"]]
        query = response.context["older"]
        if not query:
            break

    assert len(seen) == len(set(seen)) == 130
    assert seen == list(Trade.objects.order_by("-closed_at", "-id").values_list("pk", flat=True))


def test_a_row_of_the_page_is_what_the_frame_brings(bob: Client) -> None:
    [trade] = [frame.data for frame in fill(1, "7") if frame.key.startswith("trade:")]

    assert state(bob)["trades"] == [trade]


def test_the_page_names_the_feed_position_from_before_its_queries(bob: Client) -> None:
    assert bob.get("/trading/").context["state"]["seq"] == live.position()


def test_the_page_and_its_state_say_the_same(bob: Client) -> None:
    Portfolio.objects.create(env="live", currency="USDT", starting_capital=1000)
    fill(1, "12.5", ago=timedelta(minutes=5))
    fill(2, "-20", ago=timedelta(minutes=3))

    page = bob.get("/trading/").context["state"]

    assert state(bob) == page | {"now": ANY, "to": ANY, "from": ANY, "tail": ANY}


def test_the_number_of_queries_does_not_grow(
    bob: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        fill(number, "1", ago=timedelta(minutes=number), strategy=f"s{number % 7}")
    bob.get("/trading/")

    with django_assert_max_num_queries(24):
        bob.get("/trading/")


@pytest.mark.slow
def test_a_curve_over_years_is_read_from_rollups_in_milliseconds() -> None:
    """The rollups of six and a half years, 10,000,000 trades, at 172 trades an hour."""
    first, last = datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 8, 13, tzinfo=UTC)
    with connection.cursor() as cursor:
        for unit, step in (("h", "1 hour"), ("d", "1 day")):
            cursor.execute(ROLLUPS, {"unit": unit, "step": step, "first": first, "last": last})
        cursor.execute("ANALYZE analytics_traderollup")
    took = []
    for _ in range(5):
        started = time.perf_counter()
        found = charts.state(Scope("live", "USDT"), span(first, last), now=last)["pnl"]
        took.append(1000 * (time.perf_counter() - started))

    print(
        f"{len(found)} points over the rollups of 1e7 trades: {min(took):.1f} ms with all figures"
    )
    assert 250 < len(found) <= 500
    assert sum(point[1] for point in found) == (last - first).days
    assert min(took) < 1_000


def test_signals_are_counted_by_type_and_bar(bob: Client) -> None:
    bucket = NOW.replace(second=0, microsecond=0)
    for label, count in (("buy", 3), ("sell", 1)):
        for unit in "mhd":
            EventRollup.objects.create(
                unit=unit, bucket=bucket, kind="signal", label=label, env="live", strategy="s",
                count=count,
            )  # fmt: skip

    found = state(bob, "?range=1h")

    assert found["figures"]["signals"] == 4
    assert [counts for _, counts in found["signals"]] == [{"buy": 3, "sell": 1}]


def test_money_is_exact_to_the_last_digit(bob: Client) -> None:
    fill(1, "0.1")
    fill(2, "0.2")

    assert state(bob)["figures"]["pnl"] == "0.3"
    assert TradeRollup.objects.filter(unit="d").get().pnl == Decimal("0.3")
