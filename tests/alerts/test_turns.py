"""What waits for one receiver goes in one turn: together claimed and paid, one by one sent."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import Settings

from alerts import actions, delivery
from alerts.models import Alert, Attempt, Notification, Receiver, ReceiverState
from tests.alerts.conftest import NOON, MakeAlert
from tests.alerts.receivers import receiver
from tests.sinks import WebSink, says, web_sink

SECOND = timedelta(seconds=1)


@pytest.fixture
def hook(db: None, settings: Settings) -> Iterator[WebSink]:
    settings.OUTBOUND_ALLOWED_NETS = ["127.0.0.0/8"]
    with web_sink(stays_open=True) as sink:
        yield sink


def owe(to: Receiver, alerts: list[Alert]) -> list[int]:
    made = Notification.objects.bulk_create(
        Notification(
            key=f"turn:{number}",
            alert=alert,
            receiver=to,
            channel=to.kind,
            reason="fired",
            payload={"json": {"number": number}},
            created_at=NOON,
            next_try_at=NOON,
        )
        for number, alert in enumerate(alerts)
    )
    return [row.pk for row in made]


def told(sink: WebSink) -> list[int]:
    return [post.json["number"] for post in sink.posts]


def in_state(keys: list[int], state: str) -> list[int]:
    return [keys.index(row.pk) for row in Notification.objects.filter(pk__in=keys, state=state)]


def test_all_that_waits_goes_in_order_over_one_connection(
    make_alert: MakeAlert, hook: WebSink
) -> None:
    keys = owe(receiver("webhook", hook), [make_alert()] * 12)

    turns = delivery.deliver_due(now=NOON, waited=0.0, limit=12)

    assert turns <= 12
    assert told(hook) == list(range(12))
    assert len({post.peer for post in hook.posts}) == 1
    assert len({post.headers["Idempotency-Key"] for post in hook.posts}) == 12
    assert len(in_state(keys, "sent")) == 12
    assert Attempt.objects.filter(notification__in=keys, ok=True).count() == 12


def test_a_failure_ends_the_turn_and_what_is_left_was_never_tried(
    make_alert: MakeAlert, hook: WebSink
) -> None:
    to = receiver("webhook", hook)
    keys = owe(to, [make_alert()] * 5)
    hook.plan = deque([says(200), says(503)])

    left = delivery.deliver_named(keys, now=NOON)

    line = ReceiverState.objects.get(receiver=to)
    assert left == keys[2:]
    assert list(
        Notification.objects.filter(pk__in=keys).order_by("pk").values_list("state", "attempts")
    ) == [("sent", 1), ("pending", 1), *[("pending", 0)] * 3]
    assert line.failures == 1
    assert line.spent_until == NOON + timedelta(seconds=0.2)  # of 600 a minute


def test_a_message_that_is_taken_ends_the_row_of_failures(
    make_alert: MakeAlert, hook: WebSink
) -> None:
    to = receiver("webhook", hook)
    ReceiverState.objects.create(receiver=to, failures=4)
    keys = owe(to, [make_alert()] * 3)
    hook.plan = deque([says(200), says(503)])

    delivery.deliver_named(keys, now=NOON)

    line = ReceiverState.objects.get(receiver=to)
    assert (line.failures, line.open_until) == (1, None)


def test_what_exceeds_the_allowance_waits_for_the_next_minute(
    make_alert: MakeAlert, hook: WebSink
) -> None:
    keys = owe(receiver("webhook", hook, per_minute=3), [make_alert()] * 5)

    delivery.deliver_named(keys, now=NOON)
    assert told(hook) == [0, 1, 2]
    delivery.deliver_named(keys, now=NOON + 19 * SECOND)
    assert told(hook) == [0, 1, 2]
    delivery.deliver_named(keys, now=NOON + 41 * SECOND)

    assert told(hook) == [0, 1, 2, 3, 4]


@pytest.mark.django_db(transaction=True)
def test_what_is_overtaken_within_a_turn_is_not_sent(
    make_alert: MakeAlert, hook: WebSink, alice: User
) -> None:
    first, second = make_alert("01"), make_alert("02")
    keys = owe(receiver("webhook", hook), [first, second])

    def resolved_meanwhile(handler: BaseHTTPRequestHandler) -> None:
        actions.resolve(second.pk, by=alice, now=NOON)
        connection.close()
        time.sleep(2 * delivery.WRITE_SECONDS)
        says(200)(handler)

    hook.plan = deque([resolved_meanwhile])
    delivery.deliver_named(keys, now=NOON)

    assert told(hook) == [0]
    assert (in_state(keys, "sent"), in_state(keys, "skipped")) == ([0], [1])
