"""Files that came through the browser: kept, looked at, brought in behind the pages."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from analytics.importing import jobs, order, preview, run, uploads
from analytics.importing.columns import BadHeader
from analytics.importing.files import BadFile
from analytics.importing.order import Order
from analytics.models import Import, ImportProblem, LedgerEntry, Trade, UploadPart
from tests import factories

pytestmark = pytest.mark.django_db

TRADES = b"""id,pair,close_date,profit_abs,comment
1,BTC/USDT,2026-03-01,12.5,good
2,BTC/USDT,yesterday,1,bad
3,ETH/USDT,2026-03-02,-3.25,
"""
COLUMNS = {"id": "trade_id", "pair": "symbol", "close_date": "closed_at", "profit_abs": "pnl"}


def proposed(content: bytes = TRADES, **fields: Any) -> Import:
    given = {"kind": "trades", "source": "old", "name": "trades.csv", **fields}
    return uploads.propose([content], Order(path=Path(), **given), by=factories.person("dora"))


def looked(found: Import, **columns: str) -> preview.Preview:
    with uploads.opened(found) as path:
        found.options["map"] = columns
        return preview.look(order.of(found, path), now=timezone.now())


def asked(found: Import) -> Import:
    jobs.start(found, COLUMNS, now=timezone.now())
    return found


def test_a_file_is_kept_in_pieces_and_comes_back_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PART", 10)

    found = proposed(name="..\\..//etc/tra\x00des\n.csv")

    assert (found.name, found.state, found.size) == ("trades.csv", "proposed", len(TRADES))
    assert UploadPart.objects.count() == -(-len(TRADES) // 10)
    with uploads.opened(found) as path:
        assert path.read_bytes() == TRADES
        assert path.name == "upload"
    assert not path.exists()


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", BadHeader),
        (b"[" * 200_000, BadFile),
        (b'{"strategy": {"S": 3}}', BadFile),
        (b"SQLite format 3\x00 and nothing", BadFile),
        (b",".join([b"a"] * 600) + b"\n", BadHeader),
        (b"[" + b" " * (16 * 1_048_576) + b"]", uploads.TooLarge),
        (b"a" * (64 * 1_048_576 + 1), uploads.TooLarge),
    ],
    ids=["empty", "deep", "no trades", "no database", "wide", "large JSON", "large"],
)
def test_what_is_no_file_of_ours_is_not_kept(content: bytes, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        proposed(content)

    assert not Import.objects.exists()


def test_a_view_that_never_ends_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "trades.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE VIEW trades AS WITH RECURSIVE n(id) AS"
            " (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id, 0 AS is_open FROM n"
        )

    with pytest.raises(BadFile, match="no readable table"):
        proposed(path.read_bytes())


def test_columns_are_proposed_with_examples_and_rows_shown_as_they_would_be_stored() -> None:
    found = looked(proposed())

    assert [(one.name, one.field) for one in found.columns] == [
        *COLUMNS.items(), ("comment", ""),
    ]  # fmt: skip
    assert found.columns[1].examples == ["BTC/USDT", "ETH/USDT"]
    assert (found.judged, found.bad, found.error) == (3, 1, "")
    first = dict(zip(found.names, found.rows[0], strict=True))
    assert (first["symbol"], first["pnl"], first["source"]) == ("BTC/USDT", Decimal("12.5"), "old")
    assert [(one.line, one.column) for one in found.problems] == [(3, "close_date")]
    assert not Trade.objects.exists()


def test_a_column_can_be_left_out_and_a_missing_one_is_said() -> None:
    found = looked(proposed(), close_date="", comment="exit_reason")

    assert [one.field for one in found.columns] == ["trade_id", "symbol", "", "pnl", "exit_reason"]
    assert found.error == "No column for closed_at; the file has id, pair, close_date," \
        " profit_abs, comment."  # fmt: skip


def test_two_columns_of_one_field_are_refused_and_shown_as_chosen() -> None:
    found = looked(proposed(), pair="symbol", comment="symbol")

    assert found.error == "Two columns are to be 'symbol'."
    assert [one.field for one in found.columns] == ["", "symbol", "", "", "symbol"]


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        ("fills", b"ts,symbol,side,qty,price\n2026-03-01,BTC/USDT,buy,1,5\n", "BTC/USDT"),
        ("ledger", b"time,type,change,asset\n2026-03-01,deposit,10,USDT\n", "deposit"),
        ("candles", b"ts,o,h,l,c\n2026-03-01,1,2,1,2\n2026-03-02,1,2,1,2\n", 86_400),
    ],
)
def test_every_kind_shows_its_rows(kind: str, text: bytes, shown: Any) -> None:
    found = looked(proposed(text, kind=kind))

    assert found.error == ""
    assert shown in found.rows[0]
    assert any(hasattr(value, "year") for value in found.rows[0])


def test_a_worker_brings_it_in_and_the_file_is_gone() -> None:
    found = asked(proposed())

    assert jobs.bring_in_due(now=timezone.now()) == 1

    found.refresh_from_db()
    assert (found.state, found.rows, found.row, found.changed, found.bad) == (
        "finished", 3, 3, 2, 1,
    )  # fmt: skip
    assert Trade.objects.count() == 2
    assert not UploadPart.objects.exists()
    assert ImportProblem.objects.get().line == 3
    assert jobs.bring_in_due(now=timezone.now()) == 0


def test_the_same_file_again_changes_nothing() -> None:
    dora = factories.person("dora")
    for _ in range(2):
        given = Order(path=Path(), kind="trades", source="old", name="trades.csv")
        asked(uploads.propose([TRADES], given, by=dora))
        jobs.bring_in_due(now=timezone.now())

    second = Import.objects.latest("pk")
    assert (Trade.objects.count(), second.changed, second.unchanged) == (2, 0, 2)


def test_only_what_was_asked_for_is_brought_in_and_by_the_engine_only_later() -> None:
    proposed()
    now = timezone.now()

    assert jobs.bring_in_due(now=now) == 0
    jobs.start(Import.objects.get(), COLUMNS, now=now)
    assert jobs.bring_in_due(now=now, waited=timedelta(seconds=60)) == 0
    assert not jobs.start(Import.objects.get(), {}, now=now)  # pressed twice
    assert jobs.bring_in_due(now=now + timedelta(seconds=61), waited=timedelta(seconds=60)) == 1


@pytest.mark.django_db(transaction=True)
def test_one_that_another_process_is_at_is_left_alone() -> None:
    found = asked(proposed())
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [run.LOCK, found.pk])
            assert jobs.bring_in_due(now=timezone.now()) == 0
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [run.LOCK, found.pk])
    finally:
        other.close()

    assert jobs.bring_in_due(now=timezone.now()) == 1


def test_one_left_by_a_process_that_died_goes_on_where_its_last_batch_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run, "AT_ONCE", 1)
    found = asked(proposed())
    with uploads.opened(found) as path:
        next(run.advance(found, order.of(found, path), now=timezone.now()))
    assert (Import.objects.get().state, Import.objects.get().row) == ("running", 1)

    jobs.bring_in_due(now=timezone.now())

    found.refresh_from_db()
    assert (found.state, found.row, found.changed, found.unchanged) == ("finished", 3, 2, 0)


def test_one_that_was_stopped_keeps_its_rows_and_can_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run, "AT_ONCE", 1)
    found = asked(proposed())
    with uploads.opened(found) as path:
        batches = run.advance(found, order.of(found, path), now=timezone.now())
        next(batches)
        assert jobs.stop(found)
        with pytest.raises(run.Stopped):
            next(batches)
    assert (jobs.bring_in_due(now=timezone.now()), Trade.objects.count()) == (0, 1)

    jobs.start(found, {}, now=timezone.now())
    jobs.bring_in_due(now=timezone.now())

    assert (Import.objects.get().state, Trade.objects.count()) == ("finished", 2)


def test_what_cannot_be_brought_in_fails_with_its_reason() -> None:
    asked(proposed(b"time,type\n2026-03-01,deposit\n", kind="ledger"))
    UploadPart.objects.all().delete()

    assert jobs.bring_in_due(now=timezone.now()) == 1

    found = Import.objects.get()
    assert (found.state, found.error) == (
        "failed", "The file is no longer kept: upload it again.",
    )  # fmt: skip
    assert not LedgerEntry.objects.exists()


def test_a_full_disk_is_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = asked(proposed())
    with monkeypatch.context() as full:
        full.setattr("tempfile.tempdir", str(tmp_path / "gone"))
        assert jobs.bring_in_due(now=timezone.now()) == 0
    assert Import.objects.get().state == "waiting"

    assert jobs.bring_in_due(now=timezone.now()) == 1
    found.refresh_from_db()
    assert found.state == "finished"


def test_a_proposal_is_forgotten_and_nothing_else() -> None:
    found = proposed()

    assert jobs.discard(found)
    assert not UploadPart.objects.exists()
    started = asked(proposed_again())
    assert not jobs.discard(started)


def proposed_again() -> Import:
    given = Order(path=Path(), kind="trades", source="old", name="trades.csv")
    return uploads.propose([TRADES], given, by=factories.person("erin"))
