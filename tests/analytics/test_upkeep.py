"""Retention and rebuilding: what goes, and what must come out identical."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Model
from pytest_django import Settings

from analytics import rebuild, retention, sketches, walks
from analytics.models import (
    AccountDay,
    EventKey,
    EventRollup,
    Execution,
    LedgerEntry,
    RiskDecision,
    Sketch,
    Trade,
    TradeRollup,
)
from tests.analytics.entries import MS, NOW, execution, one, store, store_executions

pytestmark = pytest.mark.django_db
DAY_MS = 86_400_000


def contents(model: type[Model], *, without: set[str]) -> list[tuple[Any, ...]]:
    """Every row of a table but the columns that may differ, sorted."""
    names = [f.attname for f in model._meta.concrete_fields if f.attname not in without]
    return sorted(model.objects.values_list(*names), key=repr)  # type: ignore[attr-defined]


def everything() -> list[list[tuple[Any, ...]]]:
    resume = {"resume_at", "resume_pnl", "resume_low", "resume_high", "resume_drop"}
    return [
        contents(TradeRollup, without={"id"}),
        contents(EventRollup, without={"id"}),
        contents(Sketch, without={"id"}),
        contents(AccountDay, without={"id", "version"} | resume),
    ]


def fill_some_days() -> None:
    """Fills in any order: orders of two, opening fills with fees, rejections, and signals."""
    dice = random.Random(11)
    entries = [
        execution(
            number,
            timestamp=str(MS - dice.randrange(3 * DAY_MS)),
            order_id=f"o{number // 2}",
            pnl="" if number % 5 == 0 else str(dice.randrange(-400, 400) / 100),
            fee=str(dice.randrange(5) / 100),
            status="REJECTED" if number % 7 == 0 else "FILLED",
            symbol=dice.choice(("BTC/USDT", "ETH/USDT")),
            reject_reason=dice.choice(("margin", "price")),
            execution_time=str(dice.randrange(1, 900) / 1_000),
            requested_price=str(dice.randrange(63_000, 63_200)),
        )
        for number in range(80)
    ]
    for start in range(0, 80, 16):
        store_executions(*entries[start : start + 16])
    for stream, told in {
        "trading_signals": {"signal_type": "buy"},
        "risk_decisions": {"decision": "rejected", "reason_code": "limit"},
    }.items():
        event = {"symbol": "BTC/USDT", "timestamp": str(MS), **told}
        store(stream, [one(stream, event)])
    with connection.cursor() as cursor:
        walks.bring_up_to_date(cursor)
        sketches.gather(cursor)


def test_rebuilt_rollups_are_identical() -> None:
    fill_some_days()
    before = everything()
    TradeRollup.objects.update(pnl=0)

    call_command("rebuild_rollups", stdout=StringIO())

    assert everything() == before


class Terminal(StringIO):
    """Somebody watches."""

    def isatty(self) -> bool:
        return True


def test_months_are_rebuilt_one_by_one_with_a_bar_for_who_watches() -> None:
    fill_some_days()
    for number, days in enumerate((40, 70, 200, 201)):
        store_executions(execution(900 + number, timestamp=str(MS - days * DAY_MS)))
    with connection.cursor() as cursor:
        walks.bring_up_to_date(cursor)
        sketches.gather(cursor)
    before, shown = everything(), Terminal()

    call_command("rebuild_rollups", stdout=StringIO(), stderr=shown)

    assert everything() == before
    drawn = shown.getvalue().split("\r")
    assert len(drawn) > 20
    assert drawn[-1] == f"[{'#' * 40}] 100 %\n"


def test_nobody_is_shown_a_bar_in_a_log() -> None:
    said = StringIO()

    call_command("rebuild_rollups", stdout=StringIO(), stderr=said)

    assert said.getvalue() == ""


def test_an_opening_fill_pays_its_fee_and_is_no_trade() -> None:
    store_executions(
        execution(1, pnl="", fee="0.3"),
        execution(2, fee="0.4"),
        execution(3, fee="9", fee_currency="BNB"),
    )

    day = TradeRollup.objects.get(unit="d")

    assert (day.trades, day.fees) == (2, Decimal("0.7"))


def test_a_bucket_whose_last_trade_moved_on_is_gone() -> None:
    store_executions(execution(1, order_id="o", timestamp=str(MS - 120_000)))
    store_executions(execution(2, order_id="o"))

    assert [row.trades for row in TradeRollup.objects.filter(unit="m")] == [1]
    assert Trade.objects.get().fills == 2


def test_old_partitions_and_keys_go_and_trades_stay(settings: Settings) -> None:
    settings.RETENTION_EVENTS_DAYS = 60
    store_executions(execution(1, timestamp=str(MS - 200 * DAY_MS)), execution(2))
    EventKey.objects.filter(event_id="e1").update(seen_at=NOW - timedelta(days=2_000))

    planned = list(retention.apply(now=NOW, dry_run=True))
    assert Execution.objects.count() == 2
    removed = list(retention.apply(now=NOW))

    assert [removal.name for removal in removed] == [removal.name for removal in planned]
    assert "analytics_execution_202602" in {removal.name for removal in removed}
    assert Execution.objects.get().event_id == EventKey.objects.get().event_id == "e2"
    assert Trade.objects.count() == 2


def test_what_is_summed_booked_or_traded_stays_and_events_of_every_kind_go(
    settings: Settings,
) -> None:
    settings.RETENTION_EVENTS_DAYS = 60
    old = str(MS - 200 * DAY_MS)
    store_executions(execution(1, timestamp=old, execution_time="0.2"))
    for stream, told in {
        "trading_signals": {"signal_type": "buy"},
        "risk_decisions": {"decision": "rejected", "reason_code": "limit"},
    }.items():
        store(stream, [one(stream, {"symbol": "BTC/USDT", "timestamp": old, **told})])
    LedgerEntry.objects.create(
        env="live", source="x", entry_key="1", kind="fee", currency="USDT", amount=-1,
        at=NOW - timedelta(days=2_000),
    )  # fmt: skip
    sums = everything()

    planned = {removal.name for removal in retention.apply(now=NOW, dry_run=True)}
    assert Execution.objects.exists()
    gone = {removal.name for removal in retention.apply(now=NOW)}

    tables = {f"analytics_{table}_202602" for table in ("execution", "signal", "riskdecision")}
    assert tables <= planned == gone
    assert not Execution.objects.exists()
    assert not RiskDecision.objects.exists()
    assert everything() == sums
    assert (LedgerEntry.objects.count(), Trade.objects.count()) == (1, 1)


def test_rollups_older_than_the_kept_events_survive_a_rebuild(settings: Settings) -> None:
    settings.RETENTION_EVENTS_DAYS = 60
    store_executions(execution(1, timestamp=str(MS - 200 * DAY_MS)), execution(2))
    before = sorted(EventRollup.objects.values_list("bucket", "count"))
    list(retention.apply(now=NOW))

    rebuild.rollups()

    assert sorted(EventRollup.objects.values_list("bucket", "count")) == before
    assert TradeRollup.objects.filter(unit="d").count() == 2


def test_a_partition_is_made_again_for_a_late_event_after_it_was_dropped(
    settings: Settings,
) -> None:
    settings.RETENTION_EVENTS_DAYS = 60
    store_executions(execution(1, timestamp=str(MS - 200 * DAY_MS)))
    list(retention.apply(now=NOW))

    store_executions(execution(2, timestamp=str(MS - 200 * DAY_MS)))

    assert Execution.objects.get().event_id == "e2"
