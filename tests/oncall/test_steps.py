"""The kinds of steps, people's own rules, and that nothing follows an acknowledgment."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.contrib.auth.models import User

from alerts import actions, ending, escalation, shifts
from alerts.models import (
    EscalationStep,
    LaterMessage,
    Notification,
    QuietHours,
    Receiver,
    Schedule,
    Team,
)
from tests import factories
from tests.oncall.conftest import NOON, address
from tests.oncall.runs import fire, later, policy, run_until, told

pytestmark = pytest.mark.django_db


def test_the_person_on_call_is_told_at_their_verified_address(desk: Schedule, ana: User) -> None:
    address(ana)
    policy({"kind": "schedule", "schedule": desk})

    fire()

    step = EscalationStep.objects.get()
    assert told() == ["ana mail"]
    assert step.people == [{"id": ana.pk, "name": "Ana", "why": "on call in Desk", "hole": ""}]


def test_a_hand_over_during_a_run_is_followed(desk: Schedule, ana: User, ben: User) -> None:
    address(ana), address(ben)
    step = {"kind": "schedule", "schedule": desk}
    policy({**step}, {**step, "delay_seconds": 600})
    before_nine = datetime(2026, 11, 26, 7, 55, tzinfo=UTC)

    fire(at=before_nine)
    ending.advance(now=before_nine + timedelta(minutes=10))

    assert told() == ["ana mail", "ben mail"]


def test_named_people_and_teams_are_told_each_by_their_own_rules(
    ana: User, ben: User, cleo: User
) -> None:
    for one in (ana, ben, cleo):
        address(one)
    team = Team.objects.create(name="Second line")
    team.members.set([ben, cleo])
    policy({"kind": "users", "users": [ana]}, {"kind": "team", "team": team, "delay_seconds": 60})

    fire()
    run_until(1)

    assert told() == ["ana mail", "ben mail", "cleo mail"]


def test_rules_tell_by_severity_and_later_addresses_at_their_time(ana: User) -> None:
    mail, phone = address(ana), address(ana, "ana phone")
    factories.personal_rule(ana, mail)
    factories.personal_rule(ana, phone, delay_seconds=300, severity="critical")
    policy({"kind": "users", "users": [ana]})

    fire("warning", fingerprint="00000000000000bb")
    fire("critical")
    at_once = told()
    for minutes in (4, 5, 6):
        escalation.tell_later(now=later(minutes))

    assert at_once == ["ana mail", "ana mail"]
    assert told()[2:] == ["ana phone"]
    assert LaterMessage.objects.get().state == "owed"


def test_an_acknowledgment_stops_what_was_to_be_told_later(ana: User, ben: User) -> None:
    mail = address(ana)
    factories.personal_rule(ana, mail)
    factories.personal_rule(ana, mail, delay_seconds=300)
    policy({"kind": "users", "users": [ana]})
    alert = fire()

    actions.acknowledge(alert.pk, by=ben, now=later(1))
    escalation.tell_later(now=later(9))

    assert LaterMessage.objects.get().state == "stopped"
    assert Notification.objects.filter(reason="fired", receiver=mail).count() == 1


def test_the_same_address_is_told_again_by_a_later_rule(ana: User) -> None:
    mail = address(ana)
    for delay in (0, 300):
        factories.personal_rule(ana, mail, delay_seconds=delay)
    policy({"kind": "users", "users": [ana]})

    fire()
    escalation.tell_later(now=later(5))

    assert told() == ["ana mail", "ana mail"]


def test_important_steps_take_the_important_rules_where_there_are_any(ana: User, ben: User) -> None:
    quiet, loud = address(ana, "ana mail"), address(ana, "ana phone")
    factories.personal_rule(ana, quiet)
    factories.personal_rule(ana, loud, important=True)
    factories.personal_rule(ben, address(ben))
    policy({"kind": "users", "users": [ana, ben], "important": True})

    fire()

    assert sorted(told()) == ["ana phone", "ben mail"]


def test_quiet_hours_put_a_rule_off_until_they_end(ana: User) -> None:
    QuietHours.objects.create(user=ana, time_zone="Europe/Madrid", begins=time(22), ends=time(7))
    factories.personal_rule(ana, address(ana))
    factories.personal_rule(
        ana, address(ana, "ana phone"), severity="critical", through_quiet_hours=True
    )
    policy({"kind": "users", "users": [ana]})
    for hour, severity in ((22, "warning"), (3, "critical")):
        at = datetime(2026, 11, 26, hour, tzinfo=UTC)
        fire(severity, at=at, fingerprint=f"{hour:016x}")

    waiting = LaterMessage.objects.order_by("due_at").values_list("receiver__name", "due_at")

    assert told() == ["ana phone"]
    assert list(waiting) == [
        ("ana mail", datetime(2026, 11, 26, 6, tzinfo=UTC)),
        ("ana mail", datetime(2026, 11, 27, 6, tzinfo=UTC)),
    ]


def test_where_nobody_is_on_call_the_fallback_is_told(desk: Schedule, cleo: User) -> None:
    address(cleo)
    Schedule.objects.update(fallback=cleo)
    desk.layers.update(last_day=date(2026, 11, 24))
    policy({"kind": "schedule", "schedule": desk})

    fire()

    assert told() == ["cleo mail"]
    assert EscalationStep.objects.get().people[0]["why"].startswith("fallback of Desk")


@pytest.mark.parametrize("trouble", ["switched off", "no address", "not verified", "nobody"])
def test_a_step_that_reaches_nobody_is_not_waited_for(
    desk: Schedule, ana: User, ben: User, trouble: str
) -> None:
    if trouble == "not verified":
        address(ana, verified=False)
    if trouble == "switched off":
        User.objects.filter(pk=ana.pk).update(is_active=False)
    if trouble == "nobody":
        desk.layers.all().delete()
    address(ben)
    policy(
        {"kind": "schedule", "schedule": desk},
        {"kind": "users", "users": [ben], "delay_seconds": 3600},
    )

    fire()
    ending.advance(now=NOON + timedelta(seconds=1))

    first = EscalationStep.objects.get(step=0)
    assert first.people[0]["hole"]
    assert told() == ["ben mail"]


def test_the_person_on_call_who_is_switched_off_mid_run_is_replaced_at_the_next_step(
    desk: Schedule, ana: User, cleo: User
) -> None:
    address(ana), address(cleo)
    Schedule.objects.update(fallback=cleo)
    step = {"kind": "schedule", "schedule": desk}
    policy({**step}, {**step, "delay_seconds": 300})
    fire()
    User.objects.filter(pk=ana.pk).update(is_active=False)

    ending.advance(now=later(5))

    assert told() == ["ana mail", "cleo mail"]


def test_a_step_calls_a_webhook() -> None:
    hook = Receiver.objects.create(name="hook", kind="webhook")
    policy({"kind": "webhook", "receivers": [hook]})

    alert = fire()

    owed = Notification.objects.get(channel="webhook")
    assert (owed.receiver, owed.alert, owed.reason) == (hook, alert, "fired")


def test_wait_repeat_and_resolve(ana: User) -> None:
    address(ana)
    policy(
        {"kind": "users", "users": [ana]},
        {"kind": "wait", "delay_seconds": 120},
        {"kind": "repeat", "times": 2},
        {"kind": "resolve", "delay_seconds": 60},
    )
    alert = fire()

    run_until(12)

    alert.refresh_from_db()
    steps = EscalationStep.objects.order_by("pk").values_list("loop", "step")
    assert list(steps) == [(0, 0), (1, 0), (2, 0)]
    assert alert.state == "resolved"
    assert alert.transitions.last().note == "The policy resolves the alert at this step."  # type: ignore[union-attr]


def test_who_acknowledges_first_is_not_resolved_by_the_policy(ana: User) -> None:
    policy({"kind": "resolve", "delay_seconds": 60})
    alert = fire()
    escalation.advance_due(now=later(1))
    actions.acknowledge(alert.pk, by=ana, now=later(1))

    ending.resolve_ended(now=later(2))

    alert.refresh_from_db()
    assert alert.state == "acknowledged"


def test_escalate_now_takes_the_next_step_and_names_the_person(ana: User, ben: User) -> None:
    mail: Receiver = address(ana)
    policy(
        {"kind": "channel", "receivers": [factories.receiver()]},
        {"kind": "users", "users": [ana], "delay_seconds": 3600},
    )
    alert = fire()

    actions.escalate(alert.pk, by=ben, now=later(1))

    escalated = alert.transitions.get(action="escalated")
    assert (escalated.actor, escalated.via) == (ben, "web")
    assert told()[-1] == mail.name
    with pytest.raises(escalation.NothingLeft):
        actions.escalate(alert.pk, by=ben, now=later(2))


def test_an_acknowledged_alert_is_not_escalated(ana: User, ben: User) -> None:
    policy({"kind": "users", "users": [ana]})
    alert = fire()
    actions.acknowledge(alert.pk, by=ana, now=later(1))

    with pytest.raises(actions.NotFiring):
        actions.escalate(alert.pk, by=ben, now=later(2))


def test_an_override_made_during_the_run_counts(desk: Schedule, ana: User, cleo: User) -> None:
    address(ana), address(cleo)
    step = {"kind": "schedule", "schedule": desk}
    policy({**step}, {**step, "delay_seconds": 600})
    fire()

    shifts.take(desk, user=cleo, start=later(5), end=later(60), by=cleo, now=later(5))
    ending.advance(now=later(10))

    assert told() == ["ana mail", "cleo mail"]
