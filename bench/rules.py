"""Rule x event checks a second: the evaluator against a loop over all rules."""

from __future__ import annotations

import operator
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import transaction

from alerts.engine import Evaluator
from alerts.models import Rule
from analytics.models import Series
from analytics.series import StoredSample, fingerprint
from bench.ground import clear
from bench.table import Row, goal, number

RULES, METRICS = 1_000, 200
COMPARISONS: dict[str, Callable[[float, float], bool]] = {"<": operator.lt, ">": operator.gt}


def measure(scale: float) -> list[Row]:
    clear()
    series = _desk()
    samples = _samples(series, max(1_000, int(100_000 * scale)))
    evaluator = Evaluator(owned=["performance_metrics"])
    with transaction.atomic():
        evaluator.observe(samples[: METRICS * 5], now=datetime.now(UTC))  # reads the rules
        began = time.perf_counter()
        for start in range(0, len(samples), 1_000):
            evaluator.observe(samples[start : start + 1_000], now=datetime.now(UTC))
        ours = RULES * len(samples) / (time.perf_counter() - began)
    peer = naive(samples[: max(500, len(samples) // 50)])
    Rule.objects.filter(name__startswith="bench-").delete()
    return [
        Row(
            f"rule x event checks/s, {RULES:,} rules on {METRICS} metrics",
            number(ours),
            f"loop over all rules {number(peer)}",
            ours / peer,
            *goal(500e6, ours),
        )
    ]


def _desk() -> list[Series]:
    Rule.objects.bulk_create(
        [
            Rule(
                name=f"bench-{index}",
                title=f"Metric {index % METRICS}",
                metric=f"metric_{index % METRICS}",
                aggregate="last",
                comparison="<" if index % 2 else ">",
                threshold=-0.05 if index % 2 else 2.0,
                severity="warning",
            )
            for index in range(RULES)
        ]
    )
    labels = {"env": "live", "strategy": "s1"}
    return Series.objects.bulk_create(
        [
            Series(
                name=f"metric_{index}",
                labels=labels,
                stream="performance_metrics",
                fingerprint=fingerprint({**labels, "__name__": f"metric_{index}"}),
            )
            for index in range(METRICS)
        ]
    )


def _samples(series: list[Series], count: int) -> list[StoredSample]:
    """Ordinary values: no rule fires, which is what rules do nearly always."""
    rng, start = random.Random(3), datetime.now(UTC) - timedelta(seconds=5)
    samples = []
    for seq in range(count):
        of, value = series[seq % METRICS], rng.uniform(0, 1)
        samples.append(
            StoredSample(
                series_id=of.pk,
                name=of.name,
                labels=of.labels,
                fingerprint=of.fingerprint,
                seq=seq,
                ts=start + timedelta(microseconds=seq),
                value=value,
                vmin=value,
                vmax=value,
                vsum=value,
                vcount=1,
            )
        )
    return samples


def naive(samples: list[StoredSample]) -> float:
    """Every rule looks at every sample."""
    rules = [
        (rule.metric, COMPARISONS[rule.comparison], rule.threshold)
        for rule in Rule.objects.filter(name__startswith="bench-")
    ]
    began, fired = time.perf_counter(), 0
    for sample in samples:
        for metric, holds, threshold in rules:
            if metric == sample.name and holds(sample.value or 0.0, threshold):
                fired += 1
    return len(rules) * len(samples) / (time.perf_counter() - began)
