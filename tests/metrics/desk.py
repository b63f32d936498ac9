"""A desk with something to measure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from prometheus_client.parser import text_string_to_metric_families

from analytics import series
from analytics.models import EventRollup, StreamState, TradeRollup
from analytics.series import Reading, sorted_labels
from health import processes
from tests.health.desk import error, failed, report, reported

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = datetime(2026, 11, 20, tzinfo=UTC)


def trades(number: int, *, wins: int, pnl: str, **fields: Any) -> TradeRollup:
    given = {"env": "live", "strategy": "ema", "symbol": "BTC/USDT", "currency": "USDT", **fields}
    return TradeRollup.objects.create(
        unit="d",
        bucket=DAY,
        trades=number,
        wins=wins,
        losses=number - wins,
        breakeven=0,
        gross_profit=0,
        gross_loss=0,
        pnl=Decimal(pnl),
        fees=Decimal("1.5"),
        **given,
    )


def counted(kind: str, label: str, number: int, *, env: str = "live") -> EventRollup:
    return EventRollup.objects.create(
        unit="d", bucket=DAY, kind=kind, label=label, env=env, strategy="ema", count=number
    )


def recorded(name: str, values: Iterable[float], *, env: str = "live") -> None:
    labels = sorted_labels(env=env, strategy="ema")
    readings = [Reading(name, labels, NOON, value) for value in values]
    with transaction.atomic(), connection.cursor() as cursor:
        series.record(cursor, readings, now=NOON)


def busy_desk() -> None:
    """One of everything that is exposed."""
    now = datetime.now(UTC)
    trades(179, wins=48, pnl="0.0001443")
    counted("signal", "buy", 30)
    counted("decision", "rejected", 3)
    counted("order", "FILLED", 179)
    for name in ("execution_latency_seconds", "data_latency_seconds", "slippage_bps"):
        recorded(name, [0.2, 4.0, 70.0])
    for name in ("sharpe_ratio", "portal_drawdown_ratio", "gross_exposure", "leverage"):
        recorded(name, [0.5])
    StreamState.objects.create(
        stream="trade_executions", accepted=179, rejected={"bad_number": 2}, inferred={"ts": 1}
    )
    reported(report("risk-manager", status="degraded", health=40.0, ts=now), now=now)
    failed([error(ts=now)], now=now)
    for kind in ("engine", "live", "worker", "beat"):
        processes.beat(kind, {"sockets": 3} if kind == "live" else {}, now=now)


def samples(text: str) -> dict[str, float]:
    """`name{label="value",...}` -> value."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f'{key}="{sample.labels[key]}"' for key in sorted(sample.labels))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found
