"""Who is told when, and that nobody is told after somebody took it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from alerts import actions, escalation
from alerts.models import Escalation, EscalationStep, Notification, Policy, PolicyStep, Receiver
from tests.alerts.conftest import NOON, MakeAlert

pytestmark = pytest.mark.django_db


def advance(seconds: float) -> int:
    return len(escalation.advance_due(now=NOON + timedelta(seconds=seconds)))


def told(reason: str) -> list[str]:
    rows = Notification.objects.filter(reason=reason, receiver__isnull=False)
    return sorted(rows.values_list("receiver_name", flat=True))


def test_a_step_without_delay_is_taken_with_the_firing(
    make_alert: MakeAlert, policy: Policy
) -> None:
    make_alert()

    assert told("fired") == ["desk"]
    assert Escalation.objects.get().next_at == NOON + timedelta(seconds=300)


def test_the_next_step_is_taken_when_it_is_due(make_alert: MakeAlert, policy: Policy) -> None:
    make_alert()

    taken = [advance(299), advance(300), advance(301)]

    assert taken == [0, 1, 0]
    assert told("escalated") == ["boss", "desk"]
    assert Escalation.objects.get().state == "done"


def test_no_step_after_an_acknowledgment(
    make_alert: MakeAlert, policy: Policy, alice: User
) -> None:
    alert = make_alert()
    actions.acknowledge(alert.pk, by=alice, now=NOON)

    assert advance(9_999) == 0
    assert EscalationStep.objects.count() == 1


def test_an_edit_does_not_bend_a_running_escalation(make_alert: MakeAlert, policy: Policy) -> None:
    make_alert()
    policy.steps.get(position=1).receivers.clear()

    advance(300)

    assert told("escalated") == ["boss", "desk"]


def test_after_an_outage_one_step_is_taken_and_the_timers_start_again(
    make_alert: MakeAlert, policy: Policy
) -> None:
    third = PolicyStep.objects.create(policy=policy, position=2, delay_seconds=300)
    third.receivers.set(Receiver.objects.filter(name="boss"))
    make_alert()

    taken = [advance(7_200), advance(7_201)]

    assert taken == [1, 0]
    assert Escalation.objects.get().next_at == NOON + timedelta(seconds=7_500)


def test_a_policy_repeats_as_often_as_it_says(make_alert: MakeAlert, policy: Policy) -> None:
    Policy.objects.update(repeat=1)
    make_alert()

    for seconds in (300, 600, 900, 9_999):
        advance(seconds)

    taken = EscalationStep.objects.order_by("pk").values_list("loop", "step")
    assert list(taken) == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_giving_back_tells_the_current_step_again(
    make_alert: MakeAlert, policy: Policy, alice: User
) -> None:
    alert = make_alert()
    advance(300)
    actions.acknowledge(alert.pk, by=alice, now=NOON + timedelta(seconds=310))
    actions.unacknowledge(alert.pk, by=alice, now=NOON + timedelta(seconds=320))

    advance(320)

    runs = EscalationStep.objects.filter(step=1).values_list("run", flat=True)
    assert len(set(runs)) == 2
    assert told("escalated") == ["boss", "boss", "desk", "desk"]


def test_a_rule_without_policy_takes_the_default_one(make_alert: MakeAlert, policy: Policy) -> None:
    make_alert(policy=None)

    assert Escalation.objects.get().policy_snapshot["name"] == "default"


def test_without_receivers_the_alert_is_shown_and_published_all_the_same(
    make_alert: MakeAlert,
) -> None:
    alert = make_alert()

    assert not Escalation.objects.exists()
    assert list(Notification.objects.values_list("channel", flat=True)) == ["stream"]
    assert alert.state == "firing"


def test_an_alert_without_anyone_on_its_step_still_advances(
    make_alert: MakeAlert, policy: Policy
) -> None:
    for step in policy.steps.all():
        step.receivers.clear()
    make_alert()

    advance(300)

    assert EscalationStep.objects.count() == 2


def test_the_story_is_in_the_transitions(
    make_alert: MakeAlert, policy: Policy, alice: User
) -> None:
    alert = make_alert()
    advance(300)
    actions.acknowledge(alert.pk, by=alice, note="on it", now=NOON + timedelta(seconds=310))

    story = alert.transitions.values_list("seq", "action", "via")
    assert list(story) == [
        (1, "fired", "engine"),
        (2, "escalated", "timer"),
        (3, "acknowledged", "web"),
    ]
