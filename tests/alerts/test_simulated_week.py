"""The default rules judge a week as it happens; a replay of what was stored tells the same."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from alerts import tapes
from alerts.engine import Evaluator
from alerts.episodes import plan_of
from alerts.models import Alert, Rule
from alerts.replay import episodes, replay
from analytics import series as store
from analytics.series import Labels, Reading
from tests.alerts.conftest import NOON

pytestmark = pytest.mark.django_db(transaction=True)

WEEK = timedelta(days=7)
EVERY = timedelta(minutes=4)
BOT = store.sorted_labels(env="live", strategy="ema")
OTHER = store.sorted_labels(env="live", strategy="grid")

Told = tuple[str, tuple[tuple[str, str], ...], float, float | None]


class Week:
    """What a desk reports: mostly calm, now and then wrong, silent or without a number."""

    def __init__(self) -> None:
        self.rng = random.Random(11)
        self.wrong: Counter[tuple[str, Labels]] = Counter()  # reports that are still to be bad
        self.silent: Counter[tuple[str, Labels]] = Counter()

    def readings(self, at: datetime) -> list[Reading]:
        told = [
            self.reading("current_drawdown", BOT, at, -0.01, -0.07),
            self.reading("current_drawdown", OTHER, at, -0.02, -0.055),
            self.reading("win_rate_ratio", BOT, at, 0.55, 0.35),
            self.reading(
                "total_trades", BOT, at, min(400.0, (at - NOON).total_seconds() // 600), None
            ),
            self.reading("execution_latency_seconds", BOT, at, 0.8, 7.5),
            self.reading("errors", store.sorted_labels(severity="critical"), at, None, 1.0),
            self.reading("portal_stream_lag_seconds", BOT, at, 0.2, 45.0),
            self.reading("portal_dead_letters", BOT, at, 0.0, 3.0),
            self.reading("portal_lost_entries", BOT, at, 0.0, 2.0),
            self.reading("portal_redis_faults", BOT, at, 0.0, 1.0),
            self.reading("portal_book_faults", BOT, at, 0.0, 1.0),
            self.reading("portal_anchor_age_seconds", BOT, at, 900.0, 9_000.0),
            self.reading(
                "portal_silence_seconds",
                store.sorted_labels(stream="system_metrics"),
                at,
                2.0,
                300.0,
            ),
        ]
        return [reading for reading in told if reading is not None]

    def reading(
        self, name: str, labels: Labels, at: datetime, calm: float | None, bad: float | None
    ) -> Reading | None:
        key = (name, labels)
        if not self.wrong[key] and self.rng.random() < 0.01:
            self.wrong[key] = self.rng.randint(1, 20)
        if not self.silent[key] and self.rng.random() < 0.004:
            self.silent[key] = self.rng.randint(1, 6)
        self.wrong[key] -= bool(self.wrong[key])
        self.silent[key] -= bool(self.silent[key])
        value = bad if self.wrong[key] and bad is not None else calm
        if self.silent[key] or (value is None and name == "errors"):
            return None
        if self.rng.random() < 0.003:
            value = None
        return Reading(name, labels, at, value, "" if "portal" in name else "agent")


def live(until: datetime) -> None:
    """Each batch of reports is judged when it comes, each clock when it is due."""
    evaluator, week = Evaluator(owned={"agent", ""}), Week()
    evaluator.tick(now=NOON)
    at = NOON
    while at < until:
        moment = at + timedelta(milliseconds=week.rng.randint(0, 900))
        run_clock(evaluator, moment)
        with transaction.atomic(), connection.cursor() as cursor:
            stored = store.record(cursor, week.readings(moment), now=moment)
            evaluator.observe(stored, now=moment)
        at += EVERY
    run_clock(evaluator, until)


def run_clock(evaluator: Evaluator, until: datetime) -> None:
    while evaluator._clock and evaluator._clock[0][0] < until.timestamp():
        evaluator.tick(now=datetime.fromtimestamp(evaluator._clock[0][0], UTC))


def as_lived() -> set[Told]:
    return {
        (
            alert.rule_name,
            tuple(sorted(alert.labels.items())),
            round(alert.started_at.timestamp(), 3),
            round(alert.resolved_at.timestamp(), 3) if alert.resolved_at else None,
        )
        for alert in Alert.objects.all()
    }


def as_replayed(until: datetime) -> set[Told]:
    told: set[Told] = set()
    for rule in Rule.objects.all():
        plan = plan_of(rule)
        recordings = tapes.stored(plan, start=NOON, end=until)
        for each in episodes(replay(plan, recordings, end=until.timestamp())):
            ended = None if each.ended is None else round(each.ended, 3)
            labels = tuple(sorted(each.labels.items()))
            told.add((rule.name, labels, round(each.started, 3), ended))
    return told


def test_a_replay_of_a_week_tells_the_episodes_that_were_lived() -> None:
    call_command("load_rules", verbosity=0)

    live(NOON + WEEK)

    lived = as_lived()
    print(f"\n{len(lived)} episodes: {Counter(name for name, *_ in lived)}")
    replayed = as_replayed(NOON + WEEK)
    assert (replayed - lived, lived - replayed) == (set(), set())
    assert len({name for name, *_ in lived}) == Rule.objects.count()
