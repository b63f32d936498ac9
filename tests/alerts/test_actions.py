"""What a person does to an alert."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from alerts import actions
from alerts.models import Acknowledgment, Escalation, Notification, Policy
from tests.alerts.conftest import NOON, MakeAlert

LATER = NOON + timedelta(minutes=1)


def test_acknowledging_stops_the_escalation(
    make_alert: MakeAlert, policy: Policy, alice: User
) -> None:
    alert = make_alert()

    taken = actions.acknowledge(alert.pk, by=alice, note="on it", now=LATER)

    assert taken.won
    assert taken.alert.state == "acknowledged"
    assert Escalation.objects.get(alert=alert).state == "stopped"
    assert Acknowledgment.objects.get(alert=alert, ended_at=None).note == "on it"


def test_the_second_person_is_told_who_was_first_and_when(
    make_alert: MakeAlert, alice: User, dora: User
) -> None:
    alert = make_alert()
    actions.acknowledge(alert.pk, by=alice, now=NOON)

    second = actions.acknowledge(alert.pk, by=dora, now=LATER)

    assert (second.won, second.winner, second.at) == (False, alice, NOON)
    assert alert.transitions.count() == 2


def test_a_resolved_alert_cannot_be_acknowledged(make_alert: MakeAlert, alice: User) -> None:
    alert = make_alert()
    actions.resolve(alert.pk, by=alice, now=NOON)

    with pytest.raises(actions.NotOpen) as refusal:
        actions.acknowledge(alert.pk, by=alice, now=LATER)

    assert refusal.value.alert.resolved_by == alice


def test_giving_back_fires_again_and_retakes_the_current_step(
    make_alert: MakeAlert, policy: Policy, alice: User, dora: User
) -> None:
    alert = make_alert()
    actions.acknowledge(alert.pk, by=alice, now=NOON)
    token = Escalation.objects.get(alert=alert).token

    alert = actions.unacknowledge(alert.pk, by=dora, note="out for lunch", now=LATER)

    run = Escalation.objects.get(alert=alert)
    assert alert.state == "firing"
    assert (run.state, run.step, run.next_at) == ("running", 0, LATER)
    assert run.token != token


def test_nobody_gives_back_what_nobody_holds(make_alert: MakeAlert, alice: User) -> None:
    alert = make_alert()

    with pytest.raises(actions.NotAcknowledged):
        actions.unacknowledge(alert.pk, by=alice, now=LATER)


def test_resolving_twice_is_refused(make_alert: MakeAlert, alice: User) -> None:
    alert = make_alert()
    actions.resolve(alert.pk, by=alice, now=NOON)

    with pytest.raises(actions.NotOpen):
        actions.resolve(alert.pk, by=alice, now=LATER)


def test_a_comment_is_part_of_the_history_and_told_to_nobody(
    make_alert: MakeAlert, policy: Policy, alice: User
) -> None:
    alert = make_alert()
    owed = Notification.objects.count()

    actions.comment(alert.pk, by=alice, note=" looking into it ", now=LATER)

    assert alert.transitions.last().note == "looking into it"  # type: ignore[union-attr]
    assert Notification.objects.count() == owed


def test_an_empty_comment_is_refused(make_alert: MakeAlert, alice: User) -> None:
    alert = make_alert()

    with pytest.raises(actions.EmptyComment):
        actions.comment(alert.pk, by=alice, note="  ", now=LATER)


@pytest.mark.parametrize("action", [actions.acknowledge, actions.unacknowledge, actions.resolve])
def test_a_viewer_changes_nothing(make_alert: MakeAlert, bob: User, action: object) -> None:
    alert = make_alert()

    with pytest.raises(PermissionDenied):
        action(alert.pk, by=bob, now=LATER)  # type: ignore[operator]

    assert alert.transitions.count() == 1


def test_a_viewer_does_not_comment(make_alert: MakeAlert, bob: User) -> None:
    alert = make_alert()

    with pytest.raises(PermissionDenied):
        actions.comment(alert.pk, by=bob, note="hello", now=LATER)
