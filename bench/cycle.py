"""A thousand rules of every kind, each on a series of its own that speaks every ten seconds."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from alerts.engine import Evaluator
from alerts.models import Rule
from analytics import series as store
from analytics.series import Reading
from bench.ground import clear
from bench.table import Row, milliseconds, quantile

RULES, CYCLES, ARRIVALS = 1_000, 60, 200
EVERY = timedelta(seconds=10)
STREAM = "performance_metrics"
LABELS = (("env", "live"), ("strategy", "s1"))
KINDS = ("last", "avg", "max", "rate", "change", "deviation", "absent")


def measure(scale: float) -> list[Row]:
    clear()
    rules, cycles = max(20, int(RULES * scale)), max(5, int(CYCLES * scale))
    Rule.objects.bulk_create(_rule(number) for number in range(rules))
    try:
        evaluator = Evaluator(owned=[STREAM])
        turns = [_turn(evaluator, rules, cycle) for cycle in range(cycles)]
        arrivals = [_arrival(evaluator, n) for n in range(max(20, int(ARRIVALS * scale)))]
    finally:
        clear()
        Rule.objects.filter(name__startswith="bench-").delete()
    slow, late = quantile(turns[1:], 0.99), quantile(arrivals[1:], 0.95)
    return [
        Row(
            f"cycle of {rules:,} rules of {len(KINDS)} kinds: samples stored, judged, committed",
            milliseconds(turns[1:]),
            goal="p99 <= 5 s",
            met=slow <= 5,
        ),
        Row(
            f"one sample among {rules:,} rules fires: stored, judged, alert committed",
            f"{milliseconds(arrivals[1:])}, p95 {late * 1e3:.3g}",
            goal="p95 <= 50 ms",
            met=late <= 0.05,
        ),
    ]


def _rule(number: int) -> Rule:
    kind = KINDS[number % len(KINDS)]
    return Rule(
        name=f"bench-{number}",
        title="Bench",
        metric=f"cycle_{number}",
        aggregate=kind,
        window_seconds=0 if kind in {"last", "absent"} else 300,
        comparison=">",
        threshold=1_000,
        severity="warning",
        no_data_seconds=0,
    )


def _turn(evaluator: Evaluator, rules: int, cycle: int) -> float:
    """Every series speaks once and the clock ticks; seconds."""
    rng, now = random.Random(cycle), datetime.now(UTC) + cycle * EVERY
    readings = [
        Reading(f"cycle_{number}", LABELS, now, rng.uniform(0, 10), STREAM)
        for number in range(rules)
    ]
    began = time.perf_counter()
    _take(evaluator, readings, now)
    evaluator.tick(now=now)
    return time.perf_counter() - began


def _arrival(evaluator: Evaluator, number: int) -> float:
    """A new series of a rule on the last value breaks it at once; seconds."""
    now = datetime.now(UTC) + CYCLES * EVERY + timedelta(seconds=number)
    labels = (("env", "live"), ("strategy", f"arrival-{number}"))
    began = time.perf_counter()
    _take(evaluator, [Reading("cycle_0", labels, now, 5_000.0, STREAM)], now)
    return time.perf_counter() - began


def _take(evaluator: Evaluator, readings: list[Reading], now: datetime) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        evaluator.observe(store.record(cursor, readings, now=now), now=now)
