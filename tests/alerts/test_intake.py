"""Alerts of the agent become alerts of the desk."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import Settings

from alerts import actions, intake
from alerts.models import Alert, Escalation, Notification, Policy
from analytics.events import ForeignAlert, decode
from analytics.streams import Stored
from tests.alerts.conftest import NOON

pytestmark = pytest.mark.django_db

AGENT = {
    "id": "high_drawdown",
    "severity": "critical",
    "title": "High Drawdown Alert",
    "message": "Current drawdown: -6.00%",
    "source": "performance_monitor",
    "metrics": '{"drawdown": -0.06}',
}
_entries = iter(range(10_000))


def publish(at: datetime = NOON, *, now: datetime | None = None, **fields: str) -> Stored:
    stamp = str(int(at.timestamp() * 1000))
    events = decode(
        "alerts",
        f"{stamp}-{next(_entries)}",
        {**AGENT, "timestamp": stamp, **fields},
        now=(now or at).timestamp(),
    )
    with connection.cursor() as cursor:
        found: list[Any] = [event for event in events if isinstance(event, ForeignAlert)]
        return intake.store_foreign_alerts(cursor, found, now=now or at)


def test_an_alert_of_the_agent_fires_and_escalates(policy: Policy) -> None:
    stored = publish()

    alert = Alert.objects.get()
    assert (alert.title, alert.severity, alert.value) == ("High Drawdown Alert", "critical", -0.06)
    assert alert.source == "performance_monitor"
    assert Escalation.objects.get(alert=alert).state == "running"
    assert [frame.topic for frame in stored.frames] == ["alerts"]


def test_the_same_alert_again_is_counted_not_doubled() -> None:
    publish()

    publish(NOON + timedelta(seconds=30), metrics='{"drawdown": -0.07}')

    alert = Alert.objects.get()
    assert (alert.occurrences, alert.value) == (2, -0.07)
    assert alert.transitions.count() == 1


def test_a_redelivered_entry_counts_once() -> None:
    publish(event_id="a-1")

    second = publish(event_id="a-1")

    assert (second.duplicates, Alert.objects.get().occurrences) == (1, 1)


def test_the_agent_resolves_its_own_alert() -> None:
    publish()

    publish(NOON + timedelta(seconds=5), status="resolved")

    assert Alert.objects.get().state == "resolved"


def test_a_resolve_of_nothing_opens_nothing() -> None:
    publish(status="resolved")

    assert not Alert.objects.exists()


def test_our_own_message_comes_back_to_nothing() -> None:
    publish(producer="ops-portal")

    assert not Alert.objects.exists()


def test_an_alert_that_is_not_repeated_ends_by_the_clock(settings: Settings) -> None:
    settings.FOREIGN_ALERT_TIMEOUT = 600
    publish()

    early = intake.expire_foreign(now=NOON + timedelta(seconds=599))
    late = intake.expire_foreign(now=NOON + timedelta(seconds=600))

    assert (len(early), len(late)) == (0, 1)
    assert Alert.objects.get().transitions.latest("seq").via == "timer"


def test_yesterdays_alert_is_history() -> None:
    publish(NOON - timedelta(days=1), now=NOON)

    assert not Alert.objects.exists()


def test_it_fires_anew_after_it_was_resolved_by_hand(alice: User) -> None:
    publish()
    former = Alert.objects.get()
    actions.resolve(former.pk, by=alice, now=NOON)

    publish(NOON + timedelta(seconds=60))

    assert Alert.objects.get(state="firing").previous == former


def test_hostile_texts_stay_texts(policy: Policy) -> None:
    publish(title="{{severity}} <script>\r\nX: y", message="{{7*7}}")

    alert = Alert.objects.get()
    assert alert.title == "{{severity}} <script> X: y"
    assert alert.description == "{{7*7}}"
    assert "&lt;script&gt;" in Notification.objects.get(channel="email").payload["html"]
