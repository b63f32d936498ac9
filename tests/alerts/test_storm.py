"""A storm from the samples to the channels: 100,000 series fire within a minute.

SOAK=1 takes all of them, else 700. The clock is pretended and turns each second; what each second
costs is printed.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test import Client

from alerts import delivery, ending, groups
from alerts.engine import Evaluator
from alerts.models import Alert, Attempt, Notification, Transition
from analytics import series as store
from tests import factories
from tests.alerts.conftest import NOON
from tests.sinks import MailSink

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
]

STORM = 100_000 if os.environ.get("SOAK") else 700
RISING, WINDOW = 60, 300  # seconds
STREAM = "performance_metrics"


class Storm:
    """Feeds an evaluator as the engine does, and lets the other duties run each second."""

    def __init__(self) -> None:
        self.evaluator = Evaluator(owned={STREAM, ""})
        self.seconds: list[float] = []  # that each second of the desk took

    def turn(self, second: int, readings: Sequence[store.Reading]) -> None:
        started, now = time.monotonic(), after(second)
        with transaction.atomic(), connection.cursor() as cursor:
            samples = store.record(cursor, readings, now=now)
            self.evaluator.observe(samples, now=now)
        self.evaluator.tick(now=now)
        groups.flush_due(now=now)
        ending.advance(now=now)
        delivery.deliver_due(now=now, waited=0.0)
        self.seconds.append(time.monotonic() - started)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def reading(metric: str, venue: str, value: float, at: datetime) -> store.Reading:
    return store.Reading(metric, (("env", "live"), ("venue", venue)), at, value, STREAM)


def venues(second: int) -> range:
    """Those whose latency rises in this second."""
    if second >= RISING:
        return range(0)
    return range(STORM * second // RISING, STORM * (second + 1) // RISING)


@pytest.fixture
def desk(mails: MailSink) -> MailSink:
    """One address is told by the policy, the other of groups; one rule a venue, and a grave one."""
    people = factories.receiver("Desk", address="people@desk.example")
    chat = factories.receiver("Chat", address="chat@desk.example")
    factories.root(receivers=[chat], group_by=["alertname", "venue"])
    factories.policy(is_default=True, steps=[(0, [people]), (120, [people])])
    given = {"comparison": ">", "threshold": 5, "no_data_seconds": 0}
    factories.rule("slow", title="Slow {{venue}}", metric="latency", severity="warning", **given)
    factories.rule("stuck", title="Book is stuck", metric="gap", severity="critical", **given)
    return mails


def test_a_storm_is_few_messages_and_a_critical_alert_comes_through(
    desk: MailSink, client: Client
) -> None:
    storm = Storm()
    storm.turn(0, [reading("latency", "calm", 0, NOON), reading("gap", "book", 0, NOON)])

    for second in range(WINDOW):
        rising = [reading("latency", f"v{n}", 9, after(second)) for n in venues(second)]
        grave = [reading("gap", "book", 9, after(second))] if second == 30 else []
        storm.turn(second, rising + grave)

    told = Counter(str(mail["To"]) for mail in desk.mails)
    stuck = Attempt.objects.filter(notification__title="Firing: Book is stuck").order_by("pk")[0]
    waited = (stuck.started_at - after(30)).total_seconds()
    print(f"\n{STORM:,} alerts: {dict(told)} mails in 5 minutes, critical after {waited:g} s")
    print(f"rising took {sum(storm.seconds[:61]):.1f} s, at most {max(storm.seconds):.2f} a second")
    assert Alert.objects.filter(state="firing").count() == STORM + 1
    assert Transition.objects.filter(action="fired").count() == STORM + 1
    assert set(told) == {"people@desk.example", "chat@desk.example"}
    assert max(told.values()) <= 20
    assert waited <= 10
    told_of = Notification.objects.filter(channel="email", reason="fired", state="sent")
    assert told_of.count() == STORM + 1
    look(client)
    calm(storm, desk)


def look(client: Client) -> None:
    client.force_login(factories.person("bob"))
    client.get("/alerts/")
    taken = []
    for _ in range(20):
        started = time.monotonic()
        page = client.get("/alerts/").content.decode()
        taken.append(time.monotonic() - started)
    print(f"the list takes p95 {sorted(taken)[18]:.2f} s")
    assert f'Firing <span class="count">{STORM + 1}</span>' in page


def calm(storm: Storm, desk: MailSink) -> None:
    """All resolve within a minute too."""
    desk.mails.clear()
    storm.seconds.clear()
    for second in range(WINDOW):
        at = WINDOW + second
        storm.turn(at, [reading("latency", f"v{n}", 0, after(at)) for n in venues(second)])

    told = Counter(str(mail["To"]) for mail in desk.mails)
    print(f"falling took {sum(storm.seconds[:61]):.1f} s; {dict(told)} mails")
    assert Alert.objects.filter(state="resolved").count() == STORM
    assert max(told.values()) <= 20
