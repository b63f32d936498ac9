"""Files of the past: each kind, what is refused, and what happens twice."""

from __future__ import annotations

import json
import random
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from analytics import book
from analytics.book import Account
from analytics.models import Candle, Execution, Import, LedgerEntry, Trade, TradeRollup

pytestmark = pytest.mark.django_db

FREQTRADE = Path(__file__).parents[3] / "shared" / "data" / "freqtrade_trades.csv"


@pytest.fixture
def bring(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Import text as a file; the command's JSON."""

    def bring_in(text: str, *arguments: str) -> dict[str, Any]:
        path = tmp_path / "file.csv"
        path.write_text(text)
        call_command("import_csv", str(path), "--json", *arguments)
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return bring_in


TRADES = """id,pair,close_date,open_date,side,amount,close_rate,profit_abs,fee
1,BTC/USDT,2026-03-01T10:00:00Z,2026-03-01T09:00:00Z,long,0.5,60000,12.5,0.6
2,ETH-USDT,1772361600000,,sell,1,2500,-3.25,
"""


def test_trades_become_trades_and_rollups(bring: Any) -> None:
    told = bring(TRADES, "--kind=trades", "--source=old", "--strategy=ema")

    assert told == {"row": 2, "changed": 2, "unchanged": 0, "bad": 0, "problems": []}
    first, second = Trade.objects.order_by("closed_at")
    assert (first.symbol, first.pnl, first.fees, first.side) == (
        "BTC/USDT", Decimal("12.5"), Decimal("0.6"), "buy",
    )  # fmt: skip
    assert (second.symbol, second.strategy, second.source) == ("ETH/USDT", "ema", "old")
    assert sum(TradeRollup.objects.filter(unit="d").values_list("pnl", flat=True)) == Decimal(
        "9.25"
    )


def test_twice_changes_nothing_and_an_edited_row_changes_itself(bring: Any) -> None:
    bring(TRADES, "--kind=trades")
    again = bring(TRADES, "--kind=trades")
    edited = bring(TRADES.replace("12.5", "13.5"), "--kind=trades")

    assert (again["changed"], again["unchanged"]) == (0, 2)
    assert (edited["changed"], edited["unchanged"]) == (1, 1)
    assert Trade.objects.count() == 2
    assert TradeRollup.objects.get(unit="d", symbol="BTC/USDT").pnl == Decimal("13.5")


def test_bad_rows_are_listed_with_line_column_and_reason(bring: Any) -> None:
    told = bring(
        "id,pair,close_date,profit_abs\n"
        "1,BTC/USDT,2026-03-01,abc\n"
        "2,BTC/USDT,yesterday,1\n"
        '3,"BTC\n/USDT",2026-03-01,\n'
        "4,BTC/USDT,2026-03-01\n"
        "5,BTC/USDT,2026-03-01,NaN\n"
        "6,BTC/USDT,2026-03-01,7\n",
        "--kind=trades",
    )

    assert (told["changed"], told["bad"]) == (1, 5)
    assert [(one["line"], one["column"]) for one in told["problems"]] == [
        (2, "profit_abs"), (3, "close_date"), (5, "profit_abs"), (6, ""), (7, "profit_abs"),
    ]  # fmt: skip
    assert told["problems"][3]["reason"] == "The row has 3 cells, the header 4."
    assert Trade.objects.get().pnl == 7


def test_columns_of_other_names_are_mapped(bring: Any) -> None:
    text = "Wann,Was,Gewinn\n2026-03-01,BTC/USDT,5\n"

    with pytest.raises(
        CommandError, match="No column for symbol, closed_at, pnl; the file has Wann"
    ):
        bring(text, "--kind=trades")
    with pytest.raises(CommandError, match="no column 'Wer'"):
        bring(text, "--kind=trades", "--map=Wer=symbol")
    with pytest.raises(CommandError, match="no field 'profit'"):
        bring(text, "--kind=trades", "--map=Gewinn=profit")
    assert not Import.objects.exists()

    bring(text, "--kind=trades", "--map=Wann=closed_at", "--map=Was=symbol", "--map=Gewinn=pnl")

    assert Trade.objects.get().pnl == 5


def test_gross_pnl_has_its_fees_taken_off(bring: Any) -> None:
    bring(
        "trade_id,symbol,ts_ms,qty,open_price,close_price,fee_open_rate,fee_close_rate,pnl\n"
        "1,ADA/BTC,1515568800000,100,0.001,0.002,0.0025,0.0025,0.1\n",
        "--kind=trades",
        "--map=pnl=gross_pnl",
    )

    trade = Trade.objects.get()
    assert (trade.pnl, trade.fees) == (Decimal("0.09925"), Decimal("0.00075"))


@pytest.mark.skipif(not FREQTRADE.exists(), reason="the shared data is not here")
def test_the_trades_of_freqtrade_sum_up_as_they_should() -> None:
    call_command(
        "import_csv", str(FREQTRADE), "--kind=trades", "--map=pnl=gross_pnl", "--env=backtest"
    )

    assert Trade.objects.count() == 179
    assert sum(Trade.objects.values_list("pnl", flat=True)) == Decimal("0.0001443")
    days = TradeRollup.objects.filter(unit="d")
    assert sum(days.values_list("wins", flat=True)) == 48


def test_fills_become_executions_once(bring: Any) -> None:
    text = (
        "date,ticker,side,qty,price,commission,realised_pnl\n"
        "2026-03-01T10:00:00Z,BTC/USDT,buy,0.5,60000,0.6,\n"
        "2026-03-01T11:00:00Z,BTC/USDT,sell,0.5,61000,0.6,500\n"
        "2026-03-01T11:00:00Z,BTC/USDT,sideways,0.5,61000,0.6,500\n"
    )

    told = bring(text, "--kind=fills", "--source=exchange")
    again = bring(text, "--kind=fills", "--source=exchange")

    assert (told["changed"], told["bad"], again["changed"]) == (2, 1, 0)
    assert told["problems"][0]["column"] == "side"
    assert Execution.objects.count() == 2
    assert Trade.objects.get().pnl == 500


def test_ledger_lines_keep_their_kind_and_sign(bring: Any) -> None:
    told = bring(
        "time,type,change,asset,txid\n"
        "2026-03-01,deposit,1000,USDT,a\n"
        "2026-03-02,withdraw,250,USDT,b\n"
        "2026-03-03,funding_fee,-1.5,USDT,c\n"
        "2026-03-03,gift,1,USDT,d\n",
        "--kind=ledger",
    )

    assert (told["changed"], told["bad"]) == (3, 1)
    assert told["problems"][0]["column"] == "type"
    amounts = LedgerEntry.objects.order_by("at").values_list("kind", "amount")
    assert list(amounts) == [
        ("deposit", Decimal(1000)),
        ("withdrawal", Decimal(-250)),
        ("funding", Decimal("-1.5")),
    ]


def days_of_the_book() -> dict[str, tuple[float, float, float]]:
    """Day -> what the ledger did to equity on it: funding, fees, flows."""
    with connection.cursor() as cursor:
        found = book.by_day(cursor, Account("live", "USDT"))
    columns = (found.day.tolist(), found.funding, found.ledger_fees, found.flows)
    return {str(day): tuple(told) for day, *told in zip(*columns, strict=True)}


def test_a_ledger_shuffled_doubled_late_or_edited_changes_no_other_day(bring: Any) -> None:
    dice = random.Random(5)
    kinds = ("funding", "fee", "deposit", "withdrawal", "realized_pnl")
    lines = [
        f"2026-03-{dice.randrange(1, 20):02},{dice.choice(kinds)},{dice.randrange(1, 99)},USDT,{n}"
        for n in range(60)
    ]
    head = "time,type,change,asset,txid"
    bring("\n".join([head, *lines]), "--kind=ledger")
    known = days_of_the_book()
    LedgerEntry.objects.all().delete()
    dice.shuffle(lines)

    bring("\n".join([head, *lines, *lines[:9]]), "--kind=ledger")
    assert days_of_the_book() == known
    bring(f"{head}\n2026-03-07,funding,1000,USDT,late\n", "--kind=ledger")
    late = days_of_the_book()
    edited = bring(f"{head}\n2026-03-07,funding,-1000,USDT,late\n", "--kind=ledger")

    assert {day for day in known if late[day] != known[day]} == {"2026-03-07"}
    assert (edited["changed"], edited["unchanged"]) == (1, 0)
    assert days_of_the_book()["2026-03-07"][0] == late["2026-03-07"][0] - 2_000
    assert LedgerEntry.objects.count() == 61


def test_candles_must_be_possible(bring: Any) -> None:
    told = bring(
        "ts_ms,open,high,low,close,volume\n"
        "1640991600000,46319.0,46514.0,46150.0,46198.0,70268631.3974\n"
        "1640995200000,46197.0,46190.0,46151.0,46180.0,\n"
        "1640998800000,46197.0,46514.0,46190.0,46180.0,1\n",
        "--kind=candles",
        "--source=btc-usdt",
    )

    assert [one["column"] for one in told["problems"]] == ["high", "low"]
    candle = Candle.objects.get()
    assert (candle.symbol, candle.seconds, candle.close) == (
        "BTC/USDT",
        3600,
        Decimal(46198),
    )


def test_a_database_of_freqtrade_is_read(tmp_path: Path) -> None:
    path = tmp_path / "tradesv3.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE trades (id INTEGER, pair TEXT, is_open INTEGER, close_date TEXT,"
            " open_date TEXT, amount REAL, close_rate REAL, close_profit_abs REAL, strategy TEXT)"
        )
        rows = [
            (1, "BTC/USDT", 0, "2026-03-01 10:00:00", "2026-03-01 09:00:00", 0.5, 6e4, 2.5, "S"),
            (2, "BTC/USDT", 1, None, "2026-03-01 09:00:00", 0.5, None, None, "S"),
        ]
        database.executemany("INSERT INTO trades VALUES (?,?,?,?,?,?,?,?,?)", rows)

    call_command("import_csv", str(path), "--kind=trades", "--env=paper")

    assert (Trade.objects.get().pnl, Trade.objects.get().strategy) == (Decimal("2.5"), "S")


@pytest.mark.parametrize("wrapped", ["strategy", "trades", "list"])
def test_an_export_of_freqtrade_is_read(tmp_path: Path, wrapped: str) -> None:
    trade = {
        "pair": "BTC/USDT", "close_timestamp": 1772361600000, "profit_abs": 2.5, "is_open": False,
    }  # fmt: skip
    shapes: dict[str, Any] = {
        "strategy": {"strategy": {"S": {"trades": [trade]}}},
        "trades": {"trades": [trade, {**trade, "is_open": True}]},
        "list": [trade],
    }
    path = tmp_path / "export.json"
    path.write_text(json.dumps(shapes[wrapped]))

    call_command("import_csv", str(path), "--kind=trades", "--env=backtest")

    assert Trade.objects.get().strategy == ("S" if wrapped == "strategy" else "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"{nonsense", "is no JSON"),
        (b"SQLite format 3\x00 and nothing", "no readable table"),
        (b'{"trades": 3}', "no list of trades"),
        (b"id,pair\n1,BTC/USDT\n", "No column for closed_at"),
    ],
)
def test_a_file_that_is_none_is_refused_whole(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)

    with pytest.raises(CommandError, match=said):
        call_command("import_csv", str(path), "--kind=trades")

    assert not Import.objects.exists()


def test_bytes_that_are_no_text_are_a_bad_cell(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(
        b"id,pair,close_date,pnl\n1,BTC/USDT,2026-03-01,\xff1\n2,A\x00B,2026-03-01,1\n"
    )

    call_command("import_csv", str(path), "--kind=trades")

    run = Import.objects.get()
    assert list(run.problems.values_list("line", "column")) == [(2, "pnl"), (3, "pair")]
