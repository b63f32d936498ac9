"""The outbox: what is still worth telling, who goes first, who takes over."""

import json
from collections import deque
from datetime import timedelta
from typing import Any, cast

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from pytest_django import Settings
from redis import Redis

from alerts import actions, claims, delivery
from alerts.models import Alert, Attempt, Escalation, Notification, Policy, Receiver
from tests.alerts.conftest import NOON, MakeAlert, deliver_all, of_channel, slack_receiver
from tests.alerts.receivers import point_to, receiver
from tests.sinks import Answer, MailSink, WebSink, says

LATER = NOON + timedelta(minutes=1)

pytestmark = pytest.mark.django_db


def test_a_failure_for_good_makes_the_next_step_due_at_once(
    make_alert: MakeAlert, slack_policy: Policy, web: WebSink
) -> None:
    alert = make_alert()
    web.plan = deque([says(410)])

    deliver_all()

    due = Escalation.objects.get(alert=alert).next_at
    assert due is not None
    assert due < NOON + timedelta(seconds=15)


HOSTILE_ANSWERS: list[tuple[str, Answer, str]] = [
    ("slack", says(200, b"ok \0\xff"), "sent"),
    ("slack", says(410, b"\0 gone"), "failed"),
    ("slack_bot", says(200, b'{"ok": true, "channel": "C\\u0000", "ts": "\\ud800"}'), "sent"),
    ("slack_bot", says(200, b'{"ok": false, "error": "no\\u0000"}'), "failed"),
]


@pytest.mark.parametrize(("kind", "answer", "state"), HOSTILE_ANSWERS)
def test_whatever_is_answered_is_recorded_and_sent_once(
    make_alert: MakeAlert,
    policy: Policy,
    web: WebSink,
    settings: Settings,
    kind: str,
    answer: Answer,
    state: str,
) -> None:
    point_to(web, settings)
    other = receiver(kind, web)
    policy.steps.get(position=0).receivers.set([other])
    web.plan = deque([answer])
    make_alert()

    deliver_all()
    deliver_all(60)

    attempt = Attempt.objects.get(notification__receiver=other)
    assert Notification.objects.get(receiver=other).state == state
    assert len(web.posts) == 1
    assert attempt.ok is (state == "sent")


def test_a_firing_message_is_not_sent_after_the_alert_resolved(
    make_alert: MakeAlert, policy: Policy, mails: MailSink, alice: User
) -> None:
    alert = make_alert()
    actions.resolve(alert.pk, by=alice, now=NOON)

    deliver_all()

    told = of_channel("email")
    assert mails.mails == []
    assert (told.state, told.error[:9]) == ("skipped", "Overtaken")


def test_those_who_were_told_are_told_of_the_end(
    make_alert: MakeAlert, policy: Policy, mails: MailSink, alice: User
) -> None:
    alert = make_alert()
    deliver_all()
    actions.resolve(alert.pk, by=alice, now=LATER)

    deliver_all(60)

    assert [mail["Subject"].split(":")[0] for mail in mails.mails] == ["Firing", "Resolved"]


def test_the_stream_tells_every_change_in_the_agents_fields(
    make_alert: MakeAlert, alice: User
) -> None:
    redis = Redis.from_url(settings.STREAMS_URL, decode_responses=True)
    redis.delete("alerts")
    alert = make_alert()
    actions.acknowledge(alert.pk, by=alice, now=NOON)
    actions.resolve(alert.pk, by=alice, now=NOON)

    deliver_all()

    fields = [entry for _, entry in cast("Any", redis.xrange("alerts"))]
    assert [entry["status"] for entry in fields] == ["firing", "acknowledged", "resolved"]
    first = fields[0]
    assert (first["id"], first["severity"], first["source"]) == (
        "high_drawdown",
        "critical",
        "ops-portal",
    )
    assert first["timestamp"] == str(int(NOON.timestamp() * 1000))
    assert json.loads(first["metrics"])["value"] == -0.06
    assert (first["alert_uid"], first["producer"]) == (str(alert.uid), "ops-portal")


def test_the_most_severe_goes_first(make_alert: MakeAlert, policy: Policy) -> None:
    make_alert("01", severity="info")
    make_alert("02", severity="critical")
    make_alert("03", severity="warning")

    order = []
    while claimed := claims.claim(now=NOON, due=NOON):
        order.append(claimed.priority)

    assert order == sorted(order)


def test_a_lease_that_ran_out_is_taken_by_another(
    make_alert: MakeAlert, policy: Policy, mails: MailSink
) -> None:
    make_alert()
    Notification.objects.exclude(channel="email").delete()
    dead = claims.claim(now=NOON, due=NOON)

    early = deliver_all(settings.DELIVERY_LEASE_SECONDS - 1)
    late = deliver_all(settings.DELIVERY_LEASE_SECONDS + 1)

    assert (early, late) == (0, 1)
    assert dead is not None
    assert Attempt.objects.get().n == 2


def test_what_kills_every_worker_is_given_up(make_alert: MakeAlert, policy: Policy) -> None:
    make_alert()
    Notification.objects.update(attempts=delivery.MOST_CLAIMS)

    deliver_all()

    assert of_channel("email").state == "failed"


def test_a_receiver_that_is_switched_off_gets_nothing(
    make_alert: MakeAlert, policy: Policy, mails: MailSink
) -> None:
    Receiver.objects.update(enabled=False)

    make_alert()
    deliver_all()

    assert of_channel("email").state == "skipped"
    assert mails.mails == []


def test_the_test_button_says_what_the_other_side_said(web: WebSink, alice: User) -> None:
    receiver = slack_receiver(web)
    web.plan = deque([says(404, b"no_team")])

    refused = delivery.send_test(receiver, by=alice, now=NOON)
    taken = delivery.send_test(receiver, by=alice, now=NOON)

    assert (refused.ok, refused.status, refused.response) == (False, "404", "no_team")
    assert (taken.ok, taken.status, taken.response) == (True, "200", "ok")
    assert Notification.objects.filter(reason="test").count() == 2


def test_a_secret_of_a_lost_key_is_a_clear_failure(
    make_alert: MakeAlert, slack_policy: Policy, web: WebSink, settings: Settings
) -> None:
    make_alert()
    settings.ENCRYPTION_KEYS = ["ZmDfcTF7_60GrrY167zsiPd67pEvs0aGOv2oasOM1Pg="]

    deliver_all()

    assert "encryption key" in of_channel("slack").error
    assert web.posts == []


def test_no_webhook_is_in_any_row(
    make_alert: MakeAlert, slack_policy: Policy, web: WebSink
) -> None:
    make_alert()

    deliver_all()

    rows = [str(row) for row in Notification.objects.values_list()]
    rows += [str(row) for row in Attempt.objects.values_list()]
    rows += [str(row) for row in Receiver.objects.values_list()]
    assert not any(web.url in row for row in rows)
    assert Alert.objects.exists()
