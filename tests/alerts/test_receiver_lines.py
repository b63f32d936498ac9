"""A receiver that fails is left alone and replaced; what exceeds its allowance is bundled."""

from __future__ import annotations

from collections import deque
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from alerts import actions
from alerts.models import Alert, Escalation, Notification, Policy, Receiver, ReceiverState
from tests.alerts.conftest import NOON, MakeAlert, deliver_all, of_channel, slack_receiver
from tests.sinks import MailSink, WebSink, says

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat(slack_policy: Policy) -> Receiver:
    return Receiver.objects.get(name="slack")


def fall_back(receiver: Receiver) -> Receiver:
    other = Receiver.objects.create(name="spare", kind="email", address="spare@desk.example")
    Receiver.objects.filter(pk=receiver.pk).update(fallback=other)
    return other


def test_the_fallback_is_told_at_once_and_the_next_step_waits(
    make_alert: MakeAlert, chat: Receiver, web: WebSink, mails: MailSink
) -> None:
    fall_back(chat)
    alert = make_alert()
    web.plan = deque([says(410)])

    deliver_all()
    deliver_all(2)

    assert [mail["To"] for mail in mails.mails] == ["spare@desk.example"]
    assert of_channel("slack").state == "failed"
    assert Escalation.objects.get(alert=alert).next_at == NOON + timedelta(seconds=300)


def test_a_fallback_that_fails_too_makes_the_next_step_due(
    make_alert: MakeAlert, chat: Receiver, web: WebSink, mails: MailSink
) -> None:
    fall_back(chat)
    alert = make_alert()
    web.plan, mails.plan = deque([says(410)]), deque(["550 no"])

    deliver_all()
    deliver_all(2)

    due = Escalation.objects.get(alert=alert).next_at
    assert due is not None
    assert due < NOON + timedelta(seconds=60)


def test_two_that_replace_each_other_end(
    make_alert: MakeAlert, chat: Receiver, web: WebSink
) -> None:
    other = slack_receiver(web, name="other")
    Receiver.objects.filter(pk=other.pk).update(fallback=chat)
    Receiver.objects.filter(pk=chat.pk).update(fallback=other)
    make_alert()
    web.plan = deque([says(410)] * 4)

    deliver_all()
    deliver_all(2)
    deliver_all(4)

    assert Notification.objects.filter(channel="slack", state="failed").count() == 2
    assert len(web.posts) == 2


def test_after_five_failures_in_a_row_it_is_left_alone_then_tried_again(
    make_alert: MakeAlert, chat: Receiver, web: WebSink
) -> None:
    for number in range(6):
        make_alert(f"{number:016x}")
    web.plan = deque([says(500)] * 5)

    deliver_all()
    rested = ReceiverState.objects.get(receiver=chat)
    deliver_all(20)
    tried = len(web.posts)
    deliver_all(40)

    assert (rested.failures, tried) == (5, 5)
    assert len(web.posts) > 5
    assert ReceiverState.objects.get(receiver=chat).failures == 0


def test_what_waits_for_one_that_is_left_alone_goes_to_its_fallback(
    make_alert: MakeAlert, chat: Receiver, web: WebSink, mails: MailSink
) -> None:
    fall_back(chat)
    until = NOON + timedelta(minutes=5)
    ReceiverState.objects.create(receiver=chat, failures=5, open_until=until)
    make_alert()

    deliver_all()
    deliver_all(2)

    assert web.posts == []
    assert len(mails.mails) == 1
    assert of_channel("slack").error == "Not tried: the receiver failed 5 times in a row."


def test_a_pause_that_was_asked_for_holds_for_all_its_messages(
    make_alert: MakeAlert, chat: Receiver, web: WebSink
) -> None:
    make_alert("01")
    make_alert("02")
    web.plan = deque([says(429, Retry_After="100")])

    deliver_all()
    early = len(web.posts)
    deliver_all(101)

    assert (early, len(web.posts)) == (1, 3)


def test_what_exceeds_the_allowance_goes_as_one_message_the_worst_first(
    make_alert: MakeAlert, chat: Receiver, web: WebSink
) -> None:
    Receiver.objects.filter(pk=chat.pk).update(per_minute=2)
    make_alert("00", title="first", severity="critical")
    for number in range(1, 21):
        make_alert(f"{number:016x}", title=f"Alert {number}", severity="warning")

    deliver_all()

    first, bundle = [post.json for post in web.posts]
    assert first["text"].startswith("Firing (critical): first")
    assert bundle["text"] == "Several alerts (warning): 20 firing"
    assert "and 5 more" in bundle["blocks"][1]["text"]["text"]
    assert Notification.objects.filter(channel="slack", state="sent").count() == 21
    assert Notification.objects.filter(bundle__isnull=False).count() == 19


def test_the_allowance_comes_back_with_time(
    make_alert: MakeAlert, chat: Receiver, web: WebSink
) -> None:
    Receiver.objects.filter(pk=chat.pk).update(per_minute=1)
    make_alert("01")
    deliver_all()
    make_alert("02")

    deliver_all(30)
    early = len(web.posts)
    deliver_all(61)

    assert (early, len(web.posts)) == (1, 2)


def test_an_overtaken_message_is_no_part_of_a_bundle(
    make_alert: MakeAlert, chat: Receiver, web: WebSink, alice: User
) -> None:
    Receiver.objects.filter(pk=chat.pk).update(per_minute=1)
    for number in range(3):
        make_alert(f"{number:016x}", title=f"Alert {number}")
    actions.resolve(Alert.objects.get(title="Alert 2").pk, by=alice, now=NOON)

    deliver_all()

    assert "2 firing" in web.posts[0].json["text"]
    assert Notification.objects.filter(channel="slack", state="skipped").count() == 1


def test_a_bundle_that_fails_is_tried_again(
    make_alert: MakeAlert, chat: Receiver, web: WebSink
) -> None:
    Receiver.objects.filter(pk=chat.pk).update(per_minute=1)
    for number in range(3):
        make_alert(f"{number:016x}")
    web.plan = deque([says(500)])

    deliver_all()
    waiting = Notification.objects.filter(channel="slack", state="pending").count()
    deliver_all(70)

    assert waiting == 3
    assert Notification.objects.filter(channel="slack", state="sent").count() == 3
    assert ReceiverState.objects.get(receiver=chat).failures == 0
