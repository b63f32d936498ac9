"""If this fired now: the same people at the same minutes as in the run that follows."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from alerts import ending, plan
from alerts.models import Alert, Notification, Receiver, Schedule
from tests import factories
from tests.oncall.conftest import NOON, address
from tests.oncall.runs import fire, policy

pytestmark = pytest.mark.django_db


def test_the_plan_says_who_which_channel_and_at_which_minute(
    desk: Schedule, ana: User, ben: User
) -> None:
    mail, phone = address(ana), address(ana, "ana phone")
    factories.personal_rule(ana, mail)
    factories.personal_rule(ana, phone, delay_seconds=180)
    address(ben)
    made = policy(
        {"kind": "channel", "receivers": [factories.receiver()]},
        {"kind": "schedule", "schedule": desk, "delay_seconds": 300},
        {"kind": "users", "users": [ben], "delay_seconds": 600},
    )

    found = plan.if_fired(made, severity="critical", now=NOON)

    assert [(line.minute, line.who, line.channel) for line in found.lines] == [
        (0, "", "Desk mail"),
        (5, "Ana", "ana mail"),
        (8, "Ana", "ana phone"),
        (15, "Ben", "ben mail"),
    ]
    assert found.holes == []
    assert not Alert.objects.exists()


def test_the_plan_says_what_would_keep_the_alert_quiet(ana: User) -> None:
    lunch = factories.calendar("lunch", zone="UTC", opened="12:00-12:30")
    market = factories.calendar("market", zone="UTC", opened="sun 08:00-09:00")
    factories.rule("lag", calendar=market)
    factories.route("Live", "env=live", mute=[lunch])
    factories.inhibition("alertname=r", "alertname=lag")
    factories.silence("env=live", by=ana, now=NOON, reason="upgrade")
    fire()
    labels = {"alertname": "lag", "env": "live"}

    told = plan.if_fired(None, severity="warning", labels=labels, now=NOON).quiet
    later = plan.if_fired(None, severity="warning", labels={"env": "paper"}, now=NOON).quiet

    assert told == [
        "Kept quiet now (silence): upgrade.",
        "Kept quiet now (calendar): market is closed.",
        "Kept quiet now (calendar): lunch is open.",
        "Kept quiet now (inhibition): alertname=r over alertname=lag.",
    ]
    assert later == []


def test_a_hand_over_during_the_run_is_seen(desk: Schedule, ana: User, ben: User) -> None:
    address(ana), address(ben)
    step = {"kind": "schedule", "schedule": desk}
    made = policy({**step}, {**step, "delay_seconds": 600})

    before_nine = datetime(2026, 11, 26, 7, 55, tzinfo=UTC)
    found = plan.if_fired(made, severity="critical", now=before_nine)

    assert [line.who for line in found.lines] == ["Ana", "Ben"]


def test_the_holes_are_named(desk: Schedule, ana: User, ben: User) -> None:
    address(ben, verified=False)
    Receiver.objects.create(name="dead", kind="email", address="d@desk.example", enabled=False)
    made = policy(
        {"kind": "channel", "receivers": list(Receiver.objects.filter(name="dead"))},
        {"kind": "users", "users": [ana, ben], "delay_seconds": 60},
        {"kind": "schedule", "schedule": desk, "delay_seconds": 60},
    )
    desk.layers.update(last_day=date(2026, 11, 24))

    holes = " ".join(plan.if_fired(made, severity="critical", now=NOON).holes)

    assert "Nobody is reached at all." in holes
    assert "dead: The receiver is switched off." in holes
    assert "Ana: No verified address." in holes
    assert "Nobody is on call in Desk, and it has no fallback person." in holes


def test_an_address_without_proof_is_a_hole_where_a_rule_names_it(ana: User) -> None:
    factories.personal_rule(ana, address(ana, verified=False))
    made = policy({"kind": "users", "users": [ana]})

    found = plan.if_fired(made, severity="critical", now=NOON)

    assert found.holes == ["Nobody is reached at all.", "Ana: The address is not verified."]


def test_conditions_bend_the_plan(ana: User) -> None:
    address(ana)
    made = policy(
        {"kind": "condition", "severity": "critical", "opens": time(13), "closes": time(14)},
        {"kind": "users", "users": [ana]},
        {"kind": "resolve", "delay_seconds": 60},
    )

    grave = plan.if_fired(made, severity="critical", now=NOON)
    mild = plan.if_fired(made, severity="info", now=NOON)

    assert [line.minute for line in grave.lines] == [60]
    assert grave.ends == "The policy resolves it after 61 min."
    assert (mild.lines, mild.ends) == ([], plan.MILD)


def test_what_was_planned_is_what_happens(desk: Schedule, ana: User, ben: User) -> None:
    mail = address(ana)
    for delay in (0, 180, 1200):
        factories.personal_rule(ana, mail, delay_seconds=delay)
    address(ben)
    step = {"kind": "schedule", "schedule": desk, "delay_seconds": 240}
    made = policy(
        {**step}, {"kind": "users", "users": [ben], "delay_seconds": 120}, {**step}, repeat=1
    )
    planned = plan.if_fired(made, severity="critical", now=NOON)

    fire()
    for second in range(0, 60 * 60, 10):
        ending.advance(now=NOON + timedelta(seconds=second))

    rows = Notification.objects.filter(receiver__isnull=False).order_by("created_at", "pk")
    happened = [(row.receiver_name, (row.created_at - NOON).total_seconds() / 60) for row in rows]
    expected = [(line.channel, line.minute) for line in planned.lines]
    assert sorted(happened) == sorted(expected)


def test_an_alert_knows_what_comes_next_and_when(ana: User, ben: User) -> None:
    mail = address(ana)
    for delay in (0, 300):
        factories.personal_rule(ana, mail, delay_seconds=delay)
    address(ben)
    policy(
        {"kind": "users", "users": [ana]}, {"kind": "users", "users": [ben], "delay_seconds": 120}
    )
    alert = fire()

    found = plan.of_alert(alert, now=NOON + timedelta(minutes=1))

    assert found is not None
    assert [(line.minute, line.who) for line in found.lines] == [(1, "Ben"), (4, "Ana")]


def test_the_shell_tells_the_same(ana: User) -> None:
    address(ana)
    policy({"kind": "users", "users": [ana]})
    factories.rule("high_drawdown", severity="warning")
    out, words = StringIO(), StringIO()
    label = "alertname=high_drawdown"

    call_command("plan_alert", labels=[label], json=True, at=NOON.isoformat(), stdout=out)
    call_command("plan_alert", labels=[label], stdout=words)

    told = json.loads(out.getvalue())
    assert (told["severity"], told["policy"]) == ("warning", "default")
    assert told["lines"][0]["who"] == "Ana"
    assert "Ana (named in the policy)  ana mail" in words.getvalue()


@pytest.mark.parametrize("wrong", [{"labels": ["nonsense"]}, {"policy": "none"}, {"at": "noon"}])
def test_the_shell_refuses_what_it_cannot_read(db: None, wrong: dict[str, object]) -> None:
    with pytest.raises(CommandError):
        call_command("plan_alert", **wrong)


def test_without_a_policy_nobody_is_told(db: None) -> None:
    found = plan.if_fired(None, severity="critical", now=NOON)

    assert found.holes == ["No policy: nobody is told."]
