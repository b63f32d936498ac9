"""A snooze: the alert fires again, the holder and the step are told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from alerts import actions, expiry
from alerts.models import Acknowledgment, Escalation, Notification, Policy, Receiver
from tests.alerts.conftest import NOON, MakeAlert

HOUR = NOON + timedelta(hours=1)


def test_it_fires_again_at_its_end_and_the_step_is_taken_anew(
    make_alert: MakeAlert, policy: Policy, alice: User
) -> None:
    alert = make_alert()
    actions.snooze(alert.pk, by=alice, until=HOUR, now=NOON)

    early = expiry.end_due(now=HOUR - timedelta(seconds=1))
    frames = expiry.end_due(now=HOUR)

    alert.refresh_from_db()
    run = Escalation.objects.get(alert=alert)
    assert (len(early), len(frames)) == (0, 1)
    assert (alert.state, alert.acknowledged_until, alert.acknowledged_by) == ("firing", None, None)
    assert (run.state, run.next_at) == ("running", HOUR)
    assert Acknowledgment.objects.get().ended_at == HOUR
    ended = alert.transitions.get(action="unacknowledged")
    assert (ended.via, ended.note) == ("timer", "The snooze by alice has ended.")


def test_whoever_held_it_is_told(make_alert: MakeAlert, policy: Policy, alice: User) -> None:
    own = Receiver.objects.create(name="alice", kind="email", address=alice.email.upper())
    alert = make_alert()
    actions.snooze(alert.pk, by=alice, until=HOUR, now=NOON)

    expiry.end_due(now=HOUR)

    assert Notification.objects.get(receiver=own).reason == "unacknowledged"


def test_one_that_was_resolved_does_not_come_back(
    make_alert: MakeAlert, policy: Policy, alice: User
) -> None:
    alert = make_alert()
    actions.snooze(alert.pk, by=alice, until=HOUR, now=NOON)
    actions.resolve(alert.pk, by=alice, now=NOON)

    assert expiry.end_due(now=HOUR) == []
    alert.refresh_from_db()
    assert alert.acknowledged_until is None


def test_it_ends_once_however_often_the_clock_asks(
    make_alert: MakeAlert, policy: Policy, alice: User
) -> None:
    alert = make_alert()
    actions.snooze(alert.pk, by=alice, until=HOUR, now=NOON)

    frames = [expiry.end_due(now=HOUR + timedelta(seconds=n)) for n in range(5)]

    assert [len(each) for each in frames] == [1, 0, 0, 0, 0]


@pytest.mark.parametrize("until", [NOON, NOON - timedelta(hours=1), NOON + timedelta(days=8)])
def test_an_end_that_makes_no_sense_is_refused(
    until: object, make_alert: MakeAlert, alice: User
) -> None:
    alert = make_alert()

    with pytest.raises(actions.BadEnd):
        actions.snooze(alert.pk, by=alice, until=until, now=NOON)  # type: ignore[arg-type]

    alert.refresh_from_db()
    assert alert.state == "firing"
