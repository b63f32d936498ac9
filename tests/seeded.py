"""A desk in the middle of its day: values, alerts in every state, people who acted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pghistory
from django.contrib.auth.models import User

from alerts import actions, escalation
from alerts.models import Alert
from analytics import series
from tests import desk_day, factories


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
    desk_day.store(now=now)
    alice, dora = factories.person("alice"), factories.person("dora")
    desk, second = factories.receiver("Desk mail"), factories.receiver("Second line")
    factories.policy("Desk", steps=[(0, [desk]), (600, [second])], repeat=1, is_default=True)
    firing = _firing(now=now)
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
    silent = factories.rule(
        "low_win_rate",
        title="Win rate",
        metric="win_rate_ratio",
        severity="warning",
        threshold=0.4,
    )
    factories.alert(
        rule=silent,
        title="Win rate is not reported",
        condition="nodata",
        value=None,
        labels={"env": "paper", "strategy": "eth-scalper"},
        fired_at=now - timedelta(minutes=41),
    )
    return Desk(alice, dora, firing, taken, over)


def _firing(*, now: datetime) -> Alert:
    """Fired a quarter of an hour ago, once before yesterday, escalated once."""
    rule = factories.rule(for_seconds=60, threshold=-0.08)
    with pghistory.context(user=User.objects.get(username="dora").pk):
        rule.threshold, rule.change_reason = -0.05, "smaller book since Monday"
        rule.save()
    drawdown = series.latest("current_drawdown")[0]
    labels, title = drawdown.labels, "Drawdown on btc-1"
    dora, before = User.objects.get(username="dora"), now - timedelta(days=1)
    earlier = factories.alert(rule=rule, title=title, labels=labels, fired_at=before)
    actions.resolve(earlier.pk, by=dora, note="feed gap", now=before + timedelta(minutes=11))
    fired_at = now - timedelta(minutes=14)
    firing = factories.alert(
        rule=rule, title=title, labels=labels, series_id=drawdown.pk, fired_at=fired_at
    )
    escalation.advance_due(now=fired_at + timedelta(minutes=10))
    actions.comment(firing.pk, by=dora, note="Spread widened on both venues.", now=now)
    return firing
