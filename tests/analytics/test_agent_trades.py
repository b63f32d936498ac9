"""The agent's own table as the book of record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from pytest_django import Settings

from analytics import agent_trades
from analytics.agent_trades import Position, Unreadable
from analytics.models import AgentTable, Execution, Trade, TradeRollup
from tests.analytics.engines import environment
from tests.analytics.entries import NOW, execution, store_executions

pytestmark = pytest.mark.django_db(transaction=True)
FULL = """
CREATE TABLE trading.trades (
    id bigint PRIMARY KEY, closed_at timestamp, symbol text, side text, quantity numeric,
    price numeric, fee numeric, pnl numeric, status text, strategy text
)
"""


@pytest.fixture
def table() -> Iterator[psycopg.Connection[Any]]:
    """A schema `trading` in a database that stands for the agent's."""
    with psycopg.connect(environment()["DATABASE_URL"], autocommit=True) as source:
        source.execute("CREATE SCHEMA trading")
        yield source
        source.execute("DROP SCHEMA trading CASCADE")


def insert(table: psycopg.Connection[Any], number: int, pnl: Any, status: str = "FILLED") -> None:
    closed = datetime(2026, 9, 1, 10) + timedelta(minutes=number)  # noqa: DTZ001 - as stored there
    table.execute(
        "INSERT INTO trading.trades VALUES (%s, %s, 'BTC/USDT', 'buy', 1, 100, 0.1, %s, %s, 's')",
        [number, closed, pnl, status],
    )


def sync(table: psycopg.Connection[Any], position: Position | None = None) -> Position:
    position = position or Position()
    agent_trades.sync(table, position, now=NOW)
    return position


def test_filled_rows_with_pnl_become_trades(table: psycopg.Connection[Any]) -> None:
    table.execute(FULL)
    insert(table, 1, "12.5")
    insert(table, 2, None)
    insert(table, 3, "9", status="REJECTED")

    sync(table)

    trade = Trade.objects.get()
    assert (trade.trade_key, trade.pnl, trade.fees) == ("row:1", Decimal("12.5"), Decimal("0.1"))
    assert trade.closed_at == datetime(2026, 9, 1, 10, 1, tzinfo=UTC)


def test_late_edited_and_deleted_rows_correct_the_books(table: psycopg.Connection[Any]) -> None:
    table.execute(FULL)
    for number in (1, 2, 3):
        insert(table, number, "10")
    position = sync(table)
    table.execute("UPDATE trading.trades SET pnl = -4 WHERE id = 1")
    table.execute("DELETE FROM trading.trades WHERE id = 2")
    insert(table, 0, "1")

    sync(table, position)

    day = TradeRollup.objects.get(unit="d")
    assert (day.trades, day.wins, day.losses, day.pnl) == (3, 2, 1, Decimal(7))
    assert TradeRollup.objects.filter(unit="m").count() == 3


def test_reading_twice_changes_nothing(table: psycopg.Connection[Any]) -> None:
    table.execute(FULL)
    insert(table, 1, "10")
    sync(table)

    sync(table)

    assert TradeRollup.objects.get(unit="d").trades == 1


def test_a_missing_column_switches_off_its_feature_visibly(
    table: psycopg.Connection[Any],
) -> None:
    table.execute("CREATE TABLE trading.trades (pnl numeric, status text, created_at bigint)")
    table.execute("INSERT INTO trading.trades VALUES (5, 'closed', 1788256800000)")

    sync(table)

    assert Trade.objects.get().closed_at == datetime(2026, 9, 1, 10, tzinfo=UTC)
    told = AgentTable.objects.get()
    assert told.missing["strategy"] == "no figures by strategy"
    assert told.columns == {"pnl": "pnl", "status": "status", "closed_at": "created_at"}


def test_without_a_time_column_the_table_is_not_read_and_says_so(
    table: psycopg.Connection[Any],
) -> None:
    table.execute("CREATE TABLE trading.trades (id int, pnl numeric, status text)")

    with pytest.raises(Unreadable, match="no time column"):
        sync(table)

    assert "closed_at" in AgentTable.objects.get().missing


def test_a_fill_on_the_stream_is_not_counted_beside_the_table(settings: Settings) -> None:
    settings.BOOK = "table"

    store_executions(execution(execution_time="0.4"))

    assert Execution.objects.get().execution_seconds == 0.4
    assert not Trade.objects.exists()
    assert not TradeRollup.objects.exists()
