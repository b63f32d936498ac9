"""A desk in the middle of its day: values, alerts in every state, people who acted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import connection, transaction

from alerts import actions, escalation
from alerts.models import Alert
from analytics import samples, series
from tests import factories

DRAWDOWN = {"env": "live", "source": "agent", "strategy": "btc-1"}
MINUTES = 75


@dataclass(frozen=True)
class Desk:
    """The people and alerts that `seed` made."""

    alice: User
    dora: User
    firing: Alert
    taken: Alert
    over: Alert


def seed(*, now: datetime) -> Desk:
    """A critical drawdown that escalates, a warning that alice holds, a lost feed, one resolved."""
    samples.forget()  # an earlier test's rows are gone
    alice, dora = factories.person("alice"), factories.person("dora")
    desk, second = factories.receiver("Desk mail"), factories.receiver("Second line")
    factories.policy("Desk", steps=[(0, [desk]), (600, [second])], repeat=1, is_default=True)
    drawdown = _drawdowns(now=now)
    firing = _firing(drawdown, now=now)
    late = factories.rule(
        "execution_latency",
        title="Execution is slow",
        metric="execution_latency_seconds",
        comparison=">",
        threshold=5.0,
        severity="warning",
        aggregate="max",
        window_seconds=300,
    )
    taken = factories.alert(
        rule=late,
        title="Execution is slow on kraken",
        labels={"env": "live", "venue": "kraken"},
        value=6.1,
        fired_at=now - timedelta(minutes=22),
    )
    actions.acknowledge(
        taken.pk, by=alice, note="restarting the gateway", now=now - timedelta(minutes=19)
    )
    over = factories.alert(
        rule=late,
        title="Execution is slow on binance",
        labels={"env": "live", "venue": "binance"},
        value=7.4,
        fired_at=now - timedelta(hours=3),
    )
    actions.resolve(over.pk, by=dora, note="venue is back", now=now - timedelta(hours=2))
    silent = factories.rule("low_win_rate", title="Win rate", severity="warning", threshold=0.4)
    factories.alert(
        rule=silent,
        title="Win rate is not reported",
        condition="nodata",
        value=None,
        labels={"env": "paper", "strategy": "eth-scalper"},
        fired_at=now - timedelta(minutes=41),
    )
    return Desk(alice, dora, firing, taken, over)


def _firing(series_id: int, *, now: datetime) -> Alert:
    """Fired a quarter of an hour ago, once before yesterday, escalated once."""
    rule = factories.rule(for_seconds=60)
    labels, title = DRAWDOWN, "Drawdown on btc-1"
    dora, before = User.objects.get(username="dora"), now - timedelta(days=1)
    earlier = factories.alert(rule=rule, title=title, labels=labels, fired_at=before)
    actions.resolve(earlier.pk, by=dora, note="feed gap", now=before + timedelta(minutes=11))
    fired_at = now - timedelta(minutes=14)
    firing = factories.alert(
        rule=rule, title=title, labels=labels, series_id=series_id, fired_at=fired_at
    )
    escalation.advance_due(now=fired_at + timedelta(minutes=10))
    actions.comment(firing.pk, by=dora, body="Spread widened on both venues.", now=now)
    return firing


def _drawdowns(*, now: datetime) -> int:
    """A drawdown that crosses -5 % a quarter of an hour before now."""
    labels = series.sorted_labels(**DRAWDOWN)
    readings = []
    for second in range(0, MINUTES * 60, 10):
        at = now - timedelta(minutes=MINUTES) + timedelta(seconds=second)
        slope = -0.02 - 0.045 / (1 + math.exp(-(second - 59 * 60) / 240))
        value = slope + 0.003 * math.sin(second / 97) + 0.0015 * math.sin(second / 13)
        readings.append(series.Reading("current_drawdown", labels, at, round(value, 5)))
    with transaction.atomic(), connection.cursor() as cursor:
        return series.record(cursor, readings, now=now)[0].series_id
