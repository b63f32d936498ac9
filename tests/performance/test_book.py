"""The book as arrays: the same from rollups, from rows and by hand, whatever came how."""

from __future__ import annotations

import random
from dataclasses import astuple
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import batched
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction

from analytics import book, trades
from analytics.book import Account
from analytics.fills import Fills
from analytics.models import LedgerEntry, Trade, TradeRollup
from analytics.performance import daily, days, returns
from tests.analytics.entries import MS, execution, store_executions

pytestmark = pytest.mark.django_db
DAY_MS = 86_400_000
CAPITAL = 10_000
LIVE = Account("live", "USDT")
TODAY = datetime.fromtimestamp(MS / 1_000, UTC).date()
IN_SQL = """
WITH daily AS (
    SELECT d.day, coalesce(sum(r.pnl), 0)::float8 AS pnl
    FROM (SELECT generate_series(min(bucket), max(bucket), interval '1 day') AS day
          FROM analytics_traderollup WHERE unit = 'd') AS d
    LEFT JOIN analytics_traderollup r ON r.bucket = d.day AND r.unit = 'd' AND r.env = 'live'
    GROUP BY 1
), path AS (
    SELECT day, pnl, %(capital)s + sum(pnl) OVER (ORDER BY day) AS level FROM daily
), earned AS (
    SELECT level, greatest(%(capital)s, max(level) OVER (ORDER BY day)) AS peak,
           pnl / (level - pnl) AS r FROM path
)
SELECT avg(r) / stddev_samp(r) * sqrt(365), avg(r) / sqrt(avg(least(r, 0) ^ 2)) * sqrt(365),
       percentile_cont(0.05) WITHIN GROUP (ORDER BY r), min(level / peak - 1),
       stddev_samp(r) * sqrt(365),
       (SELECT level FROM path ORDER BY day DESC LIMIT 1) / %(capital)s - 1
FROM earned
"""


def some_entries(count: int = 200) -> list[dict[str, str]]:
    dice = random.Random(17)
    return [
        execution(
            number,
            timestamp=str(MS - dice.randrange(60 * DAY_MS)),
            source=dice.choice(("bot", "hand")),
            strategy=dice.choice(("ema_cross", "mean")),
            symbol=dice.choice(("BTC/USDT", "ETH/USDT")),
            pnl="" if number % 9 == 0 else str(dice.randrange(-40_000, 42_000) / 100),
            fee=str(dice.randrange(9) / 100),
            order_id=f"o{number}",
        )
        for number in range(count)
    ]


def read(account: Account = LIVE) -> book.Days:
    with connection.cursor() as cursor:
        return book.by_day(cursor, account)


def closed(account: Account = LIVE) -> book.Closed:
    with connection.cursor() as cursor:
        return book.closed(cursor, account)


def by_hand(**chosen: Any) -> dict[date, Decimal]:
    found: dict[date, Decimal] = {}
    for trade in Trade.objects.filter(**chosen):
        day = trade.closed_at.date()
        found[day] = found.get(day, Decimal(0)) + trade.pnl
    return found


def test_figures_from_rollups_in_sql_and_in_numpy_agree_to_nine_digits() -> None:
    store_executions(*some_entries())
    found = read()

    figures = daily.of(returns.of_pnl(found.gain, capital=CAPITAL, flows=found.flows))

    with connection.cursor() as cursor:
        cursor.execute(IN_SQL, {"capital": float(CAPITAL)})
        in_sql = cursor.fetchone()
    in_numpy = (figures.sharpe, figures.sortino, figures.tails.var_95, figures.underwater.worst,
                figures.volatility, figures.total_return)  # fmt: skip
    assert in_numpy == pytest.approx(in_sql, rel=1e-9)
    assert len(found.day) > 50


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"strategy": "mean"},
        {"symbol": "ETH/USDT"},
        {"source": "hand"},
        {"strategy": "mean", "symbol": "ETH/USDT", "source": "hand"},
    ],
    ids=str,
)
def test_each_choice_holds_its_trades_and_no_others(chosen: dict[str, Any]) -> None:
    store_executions(*some_entries())

    found, single = (
        read(Account("live", "USDT", **chosen)),
        closed(Account("live", "USDT", **chosen)),
    )

    known = by_hand(**chosen)
    earned = {day: pnl for day, pnl in zip(found.day.tolist(), found.pnl, strict=True) if pnl}
    assert earned == pytest.approx({day: float(pnl) for day, pnl in known.items() if pnl})
    assert found.tally.pnl == sum(known.values())
    assert found.tally.trades == len(single.at) == Trade.objects.filter(**chosen).count()
    assert single.pnl.sum() == pytest.approx(float(found.tally.pnl))


def test_sources_add_up_to_the_whole_fees_of_openings_too() -> None:
    store_executions(*some_entries())

    whole, *parts = (read(Account("live", "USDT", source=source)) for source in ("", "bot", "hand"))

    assert all(part.tally.trades for part in parts)
    assert astuple(whole.tally) == tuple(
        map(sum, zip(*(astuple(part.tally) for part in parts), strict=True))
    )
    assert whole.totals["fees"] == sum(part.totals["fees"] for part in parts)
    assert whole.totals["fees"] > sum(Trade.objects.values_list("fees", flat=True))


def test_a_range_starts_from_the_equity_before_it() -> None:
    store_executions(*some_entries())
    first, last = TODAY - days_of(30), TODAY - days_of(10)
    whole = read()

    some = read(Account("live", "USDT", first=first, last=last))

    inside = (whole.day >= np.datetime64(first)) & (whole.day <= np.datetime64(last))
    assert some.day.tolist() == whole.day[inside].tolist()
    assert some.pnl.tolist() == whole.pnl[inside].tolist()
    assert float(some.before) == pytest.approx(whole.pnl[whole.day < np.datetime64(first)].sum())
    series = returns.of_pnl(whole.gain, capital=CAPITAL)
    assert returns.of_pnl(some.gain, capital=CAPITAL + float(some.before)) == pytest.approx(
        series[inside]
    )


def days_of(number: int) -> Any:
    return datetime(2026, 1, number + 1, tzinfo=UTC) - datetime(2026, 1, 1, tzinfo=UTC)


def test_currencies_are_never_added() -> None:
    store_executions(execution(1), execution(2, symbol="BTC/EUR", pnl="7"))

    assert read().tally.pnl == Decimal("12.5")
    assert read(Account("live", "EUR")).tally.pnl == 7
    with connection.cursor() as cursor:
        assert book.currencies(cursor, env="live") == ["EUR", "USDT"]


def test_funding_is_earned_and_deposits_are_not() -> None:
    store_executions(execution(1, pnl="100"))
    for kind, amount in {"funding": -10, "fee": -1, "deposit": 5_000, "withdrawal": -50}.items():
        LedgerEntry.objects.create(
            env="live", source="exchange", entry_key=kind, kind=kind, currency="USDT",
            amount=amount, at=datetime.fromtimestamp(MS / 1_000, UTC),
        )  # fmt: skip

    found = read()

    assert (found.gain.tolist(), found.flows.tolist()) == ([89.0], [4_950.0])
    assert found.ledger_fees.tolist() == [-1.0]
    assert found.totals == {"fees": 0, "funding": -10, "ledger_fees": -1, "flows": 4_950}
    series = returns.of_pnl(found.gain, capital=CAPITAL, flows=found.flows)
    assert series == pytest.approx([89 / (CAPITAL + 4_950)])


def test_shuffled_and_doubled_entries_give_the_same_book() -> None:
    entries = some_entries()
    store_executions(*entries)
    before, single = read(), closed()
    Trade.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE analytics_traderollup, analytics_eventkey, analytics_accountday")
    random.Random(3).shuffle(entries)

    for some in batched([*entries, *entries], 70):
        store_executions(*some)

    after = read()
    assert after.tally == before.tally
    assert after.totals == before.totals
    assert np.array_equal(after.pnl, before.pnl)
    assert all(
        np.array_equal(getattr(closed(), name), getattr(single, name)) for name in ("at", "pnl")
    )


def test_a_trade_in_two_fills_is_the_trade_in_one() -> None:
    store_executions(execution(1, position_id="p", pnl="9", quantity="0.03"))
    one = read()
    Trade.objects.all().delete()
    TradeRollup.objects.all().delete()

    store_executions(
        execution(2, position_id="q", pnl="4", quantity="0.01"),
        execution(3, position_id="q", pnl="5", quantity="0.02"),
    )

    assert read().tally == one.tally


def versions() -> dict[date, int]:
    """Which transaction wrote each day's rollup last."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bucket::date, max(xmin::text::bigint) FROM analytics_traderollup"
            " WHERE unit = 'd' GROUP BY 1"
        )
        return dict(cursor.fetchall())


def held(key: str, pnl: str, day: int) -> dict[tuple[str, str, str, str], Fills]:
    fills = Fills(
        strategy="", symbol="BTC/USDT", side="sell", exit_reason="", opened_at=None,
        closed_at=(MS - day * DAY_MS) * 1_000, quantity=None, price=None,
        pnl=Decimal(pnl), fees=Decimal(0),
    )  # fmt: skip
    return {("live", "table", "USDT", key): fills}


@pytest.mark.django_db(transaction=True)
def test_a_late_edited_or_deleted_trade_touches_its_day_and_a_double_none() -> None:
    def change(action: Any) -> set[int]:
        before = versions()
        with transaction.atomic(), connection.cursor() as cursor:
            action(cursor)
        after = versions()
        touched = {day for day in before | after if before.get(day) != after.get(day)}
        return {(TODAY - day).days for day in touched}

    for day in range(5):
        change(lambda cursor, day=day: trades.replace(cursor, held(f"t{day}", "10", day)))

    assert change(lambda cursor: trades.replace(cursor, held("late", "3", 2))) == {2}
    assert change(lambda cursor: trades.replace(cursor, held("t4", "-7", 4))) == {4}
    assert change(lambda cursor: trades.replace(cursor, held("t4", "-7", 4))) == set()
    assert change(lambda cursor: trades.replace(cursor, held("t4", "-7", 3))) == {3, 4}
    assert change(lambda cursor: trades.remove(cursor, [("live", "table", "USDT", "t1")])) == {1}
    assert read().tally.pnl == 10 + 10 + 3 + 10 - 7


def test_days_between_two_trades_are_there_and_quiet() -> None:
    store_executions(execution(1, timestamp=str(MS - 3 * DAY_MS)), execution(2))

    found = read()

    assert found.day.tolist() == days.between(TODAY - days_of(3), TODAY).tolist()
    assert found.trades.tolist() == [1, 0, 0, 1]
