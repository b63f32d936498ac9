"""What happens to many alerts at once is what happens to one, in as few statements."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from redis import Redis

from alerts import escalation, publishing, transitions
from alerts.births import Episode
from alerts.models import (
    Alert,
    AlertGroup,
    Escalation,
    EscalationStep,
    GroupMember,
    Notification,
    Policy,
    Transition,
)
from alerts.transitions import Change
from tests import factories
from tests.alerts.conftest import NOON, deliver_all
from tests.sinks import MailSink

pytestmark = pytest.mark.django_db


def episode(number: int, **facts: Any) -> Episode:
    given: dict[str, Any] = {
        "fingerprint": f"{number:016x}",
        "rule_name": "slow",
        "title": f"Slow venue {number}",
        "severity": "warning",
        "labels": {"alertname": "slow", "venue": f"v{number}"},
        "value": float(number),
        "threshold": 0.5,
    }
    return Episode(**{**given, **facts})


def fire(*episodes: Episode) -> list[Alert]:
    opened = transitions.fire_all(episodes, via="engine", now=NOON)
    return [alert for alert, _ in opened]


def end(alerts: list[Alert]) -> transitions.Changed:
    changes = [
        Change(alert_id=alert.pk, action="resolved", to_state=transitions.RESOLVED)
        for alert in alerts
    ]
    return transitions.change_all(changes, via="engine", now=NOON + timedelta(seconds=60))


def story() -> list[list[tuple[Any, ...]]]:
    """All that a firing writes, without keys and random names."""
    return [
        list(Alert.objects.order_by("fingerprint").values_list("fingerprint", "state", "version")),
        list(
            Transition.objects.order_by("alert__fingerprint", "seq").values_list(
                "alert__fingerprint", "seq", "action", "detail", "value"
            )
        ),
        list(Escalation.objects.order_by("alert__fingerprint").values_list("step", "next_at")),
        list(EscalationStep.objects.order_by("alert__fingerprint").values_list("receivers", "at")),
        list(AlertGroup.objects.order_by("group_key").values_list("group_key", "next_flush_at")),
        list(
            GroupMember.objects.order_by("alert__fingerprint", "group__group_key").values_list(
                "alert__fingerprint", "group__group_key"
            )
        ),
        list(
            Notification.objects.order_by("alert__fingerprint", "channel").values_list(
                "alert__fingerprint", "channel", "reason", "title", "receiver_name", "priority"
            )
        ),
    ]


@pytest.fixture
def channel() -> None:
    factories.root(receivers=[factories.receiver("Desk chat")], group_by=["venue"])


@pytest.mark.usefixtures("channel")
def test_many_at_once_leave_what_one_after_another_leave(policy: Policy) -> None:
    episodes = [episode(n, severity="critical" if n % 5 == 0 else "warning") for n in range(12)]
    with transaction.atomic():
        fire(*episodes)
        together = story()
        transaction.set_rollback(True)

    for one in episodes:
        fire(one)

    assert story() == together


@pytest.mark.usefixtures("channel")
def test_a_hundred_alerts_cost_as_many_statements_as_one(policy: Policy) -> None:
    fire(episode(1_000))

    with CaptureQueriesContext(connection) as one:
        alerts = fire(episode(0))
    with CaptureQueriesContext(connection) as many:
        alerts += fire(*(episode(number) for number in range(1, 101)))
    deliver_all()
    with CaptureQueriesContext(connection) as ended_one:
        end(alerts[:1])
    with CaptureQueriesContext(connection) as ended_many:
        end(alerts[1:])

    assert len(many) == len(one)
    assert len(ended_many) == len(ended_one)
    assert Alert.objects.filter(state="resolved").count() == 101


def test_two_of_one_fingerprint_in_one_call_are_one_alert(policy: Policy) -> None:
    opened = transitions.fire_all([episode(1), episode(2), episode(1)], via="engine", now=NOON)

    assert [born for _, born in opened] == [True, True, False]
    assert opened[0][0] == opened[2][0]
    assert Notification.objects.filter(channel="email").count() == 2


def test_an_alert_keeps_another_one_of_the_same_call_quiet() -> None:
    factories.inhibition("alertname=down", "alertname=slow", equal=["venue"])
    down = episode(
        2, rule_name="down", severity="critical", labels={"alertname": "down", "venue": "v1"}
    )

    slow, _, other = fire(episode(1), down, episode(3))

    assert [reason["kind"] for reason in slow.suppressed_by] == ["inhibition"]
    assert other.suppressed_by == []
    assert list(slow.transitions.values_list("seq", "action")) == [(1, "fired"), (2, "suppressed")]


def test_each_change_of_a_set_heeds_the_state_of_its_own_alert() -> None:
    first, second, third = fire(episode(1), episode(2), episode(3))
    end([second])

    changed = end([first, second, third])

    assert list(changed.done) == [first.pk, third.pk]
    assert changed.refused[second.pk].state == "resolved"
    assert Transition.objects.filter(action="resolved").count() == 3


def test_due_steps_of_many_alerts_are_taken_together(policy: Policy) -> None:
    fire(*(episode(number) for number in range(30)))

    with CaptureQueriesContext(connection) as statements:
        told = escalation.advance_due(now=NOON + timedelta(seconds=300))

    assert len(told) == 30
    assert len(statements) < 30
    assert EscalationStep.objects.filter(step=1).count() == 30
    assert Notification.objects.filter(reason="escalated", channel="email").count() == 60


def test_a_crowd_is_one_message_and_the_next_one_waits(policy: Policy, mails: MailSink) -> None:
    fire(*(episode(number) for number in range(40)))
    deliver_all()
    fire(*(episode(number) for number in range(40, 45)))

    deliver_all(10)
    early = [mail["Subject"] for mail in mails.mails]
    deliver_all(41)

    assert early == ["Several alerts: 40 firing"]
    assert [mail["Subject"] for mail in mails.mails][1:] == ["Several alerts: 5 firing"]
    assert set(Notification.objects.filter(channel="email").values_list("state", flat=True)) == {
        "sent"
    }


def test_a_critical_alert_does_not_drown_in_a_crowd(policy: Policy, mails: MailSink) -> None:
    fire(*(episode(number) for number in range(40)))
    fire(episode(99, severity="critical", title="Book is stuck"))
    deliver_all()
    fire(episode(98, severity="critical", title="Feed is gone"))

    deliver_all(1)
    deliver_all(41)

    subjects = [mail["Subject"] for mail in mails.mails]
    assert subjects[0] == "Firing: Book is stuck"
    assert subjects[1].startswith("Several alerts: 40")
    assert subjects[2:] == ["Firing: Feed is gone"]


def test_what_is_not_rendered_in_a_crowd_is_rendered_when_it_goes_alone(
    policy: Policy, mails: MailSink
) -> None:
    alerts = fire(*(episode(number) for number in range(101)))
    owed = Notification.objects.filter(channel="email")
    assert owed.exclude(payload__has_key="later").count() == 0
    end(alerts[1:])

    deliver_all()

    assert [mail["Subject"] for mail in mails.mails] == ["Firing: Slow venue 0"]
    assert owed.filter(state="skipped").count() == 100


def test_the_stream_tells_in_the_order_of_the_changes(settings: Settings) -> None:
    redis = Redis.from_url(settings.STREAMS_URL, decode_responses=True)
    redis.delete("alerts")
    alerts = fire(*(episode(number) for number in range(50)))
    end(alerts)

    deliver_all(61)

    entries: Any = redis.xrange("alerts")
    assert [fields["status"] for _, fields in entries] == ["firing"] * 50 + ["resolved"] * 50


def test_nothing_overtakes_what_another_process_publishes() -> None:
    fire(episode(1), episode(2))
    lease = NOON + timedelta(seconds=30)
    owed = Notification.objects.filter(channel="stream")
    first = owed.order_by("pk")[:1].get()
    owed.filter(pk=first.pk).update(state="sending", attempts=1, lease_until=lease)

    assert publishing.publish_due(now=NOON, due=NOON) == 0
    assert publishing.publish_due(now=lease, due=lease) == 2
