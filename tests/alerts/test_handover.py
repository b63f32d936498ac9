"""Snoozed, assigned, reopened: each by one person at a time, told to whom it concerns."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection

from alerts import actions, expiry, handover
from alerts.models import Alert, Escalation, Notification, Policy, Receiver, Transition
from tests import factories
from tests.alerts.conftest import NOON, MakeAlert

LATER = NOON + timedelta(minutes=1)
HOUR = NOON + timedelta(hours=1)


def test_a_snooze_stops_the_escalation_and_says_until_when(
    make_alert: MakeAlert, policy: Policy, alice: User
) -> None:
    alert = make_alert()

    taken = actions.snooze(alert.pk, by=alice, until=HOUR, note="after lunch", now=NOON)

    change = alert.transitions.get(action="snoozed")
    assert (taken.won, taken.alert.state, taken.alert.acknowledged_until) == (
        True,
        "acknowledged",
        HOUR,
    )
    assert Escalation.objects.get(alert=alert).state == "stopped"
    assert (change.note, change.detail, change.actor) == (
        "after lunch",
        {"until": HOUR.isoformat()},
        alice,
    )


def test_the_holder_gives_the_snooze_another_end(make_alert: MakeAlert, alice: User) -> None:
    alert = make_alert()
    actions.acknowledge(alert.pk, by=alice, note="on it", now=NOON)

    actions.snooze(alert.pk, by=alice, until=HOUR, now=NOON)
    actions.snooze(alert.pk, by=alice, until=HOUR + timedelta(hours=1), now=LATER)

    assert not expiry.end_due(now=HOUR)
    assert len(expiry.end_due(now=HOUR + timedelta(hours=1))) == 1
    assert alert.acknowledgments.get().note == "on it"


def test_what_somebody_else_holds_is_not_snoozed(
    make_alert: MakeAlert, alice: User, dora: User
) -> None:
    alert = make_alert()
    actions.acknowledge(alert.pk, by=alice, now=NOON)

    second = actions.snooze(alert.pk, by=dora, until=HOUR, now=LATER)

    alert.refresh_from_db()
    assert (second.won, second.winner, second.at) == (False, alice, NOON)
    assert (alert.acknowledged_until, alert.version) == (None, 2)


def test_a_resolved_alert_is_not_snoozed(make_alert: MakeAlert, alice: User) -> None:
    alert = make_alert()
    actions.resolve(alert.pk, by=alice, now=NOON)

    with pytest.raises(actions.NotOpen):
        actions.snooze(alert.pk, by=alice, until=HOUR, now=NOON)


def test_whoever_gets_an_alert_is_told_and_the_escalation_goes_on(
    make_alert: MakeAlert, policy: Policy, alice: User, dora: User
) -> None:
    own = Receiver.objects.create(
        name="dora", kind="email", address="d@desk.example", owner=dora, verified_at=NOON
    )
    alert = make_alert()

    alert = handover.assign(
        alert.pk, to=dora, expected=None, by=alice, note="you know it", now=LATER
    )

    change = alert.transitions.get(action="assigned")
    owed = Notification.objects.get(receiver=own)
    assert (alert.assignee, alert.state) == (dora, "firing")
    assert Escalation.objects.get(alert=alert).state == "running"
    assert (owed.reason, change.note) == ("assigned", "you know it")
    assert change.detail == {"to": {"id": dora.pk, "name": "dora"}}


def test_who_takes_an_alert_for_themselves_gets_no_message(
    make_alert: MakeAlert, alice: User
) -> None:
    Receiver.objects.create(name="alice", kind="email", address=alice.email)
    alert = make_alert()

    handover.assign(alert.pk, to=alice, expected=None, by=alice, now=LATER)

    assert not Notification.objects.exclude(channel="stream").exists()


def test_the_second_to_assign_is_told_whom_it_went_to(
    make_alert: MakeAlert, alice: User, dora: User
) -> None:
    alert = make_alert()
    handover.assign(alert.pk, to=dora, expected=None, by=alice, now=NOON)

    with pytest.raises(handover.AssignedMeanwhile) as refusal:
        handover.assign(alert.pk, to=alice, expected=None, by=dora, now=LATER)

    assert refusal.value.alert.assignee == dora
    handover.assign(alert.pk, to=None, expected=dora.pk, by=dora, now=LATER)
    assert Alert.objects.get().assignee is None


def test_only_who_may_acknowledge_is_given_an_alert(
    make_alert: MakeAlert, alice: User, bob: User
) -> None:
    alert = make_alert()

    with pytest.raises(handover.CannotAct):
        handover.assign(alert.pk, to=bob, expected=None, by=alice, now=NOON)

    assert handover.candidates() == [alice]


def test_a_reopened_alert_is_a_new_one_that_knows_the_old(
    make_alert: MakeAlert, policy: Policy, alice: User
) -> None:
    old = make_alert(description="The venue", runbook_url="https://wiki.desk.example/d")
    actions.resolve(old.pk, by=alice, now=NOON)

    new = handover.reopen(old.pk, by=alice, note="not over", now=LATER)

    fired = new.transitions.get(action="fired")
    old.refresh_from_db()
    assert (new.previous, new.state, new.started_at) == (old, "firing", LATER)
    assert (new.labels, new.description, new.value) == (old.labels, "The venue", -0.06)
    assert (fired.actor, fired.note, fired.detail["reopens"]) == (alice, "not over", old.pk)
    assert (old.state, old.transitions.last().detail) == ("resolved", {"as": new.pk})  # type: ignore[union-attr]
    assert Escalation.objects.get(alert=new).state == "running"


def test_only_the_last_one_is_reopened_and_only_when_it_is_over(
    make_alert: MakeAlert, alice: User
) -> None:
    first = make_alert()
    with pytest.raises(handover.NotOver):
        handover.reopen(first.pk, by=alice, now=NOON)
    actions.resolve(first.pk, by=alice, now=NOON)
    second = handover.reopen(first.pk, by=alice, now=LATER)
    actions.resolve(second.pk, by=alice, now=LATER)

    with pytest.raises(handover.NotOver) as refusal:
        handover.reopen(first.pk, by=alice, now=HOUR)

    assert refusal.value.alert == second


def test_who_may_only_look_hands_nothing_over(
    make_alert: MakeAlert, alice: User, bob: User
) -> None:
    alert = make_alert()

    with pytest.raises(PermissionDenied):
        actions.snooze(alert.pk, by=bob, until=HOUR, now=NOON)
    with pytest.raises(PermissionDenied):
        handover.assign(alert.pk, to=alice, expected=None, by=bob, now=NOON)
    with pytest.raises(PermissionDenied):
        handover.reopen(alert.pk, by=bob, now=NOON)

    assert alert.transitions.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_that_reopen_at_once_one_wins() -> None:
    people = [factories.person(f"p{number}", role="responder") for number in range(8)]
    old = factories.alert(fired_at=NOON)
    actions.resolve(old.pk, by=people[0], now=NOON)
    start, outcomes = Barrier(len(people)), list[str]()

    def reopen(by: User) -> None:
        start.wait()
        try:
            handover.reopen(old.pk, by=by, now=LATER)
            outcomes.append("won")
        except handover.NotOver:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [Thread(target=reopen, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(outcomes) == ["told"] * 7 + ["won"]
    assert Alert.objects.count() == 2
    assert Transition.objects.filter(action="reopened").count() == 1
