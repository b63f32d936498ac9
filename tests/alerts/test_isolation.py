"""A receiver that hangs holds up nobody else."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from alerts import delivery
from alerts.models import Alert, Notification, Receiver
from alerts.receivers import email
from alerts.receivers.base import Message
from tests.alerts.conftest import NOON, MakeAlert, slack_receiver
from tests.sinks import MailSink, WebSink, hangs

pytestmark = pytest.mark.django_db(transaction=True)


def owe(alert: Alert, receiver: Receiver, number: int, *, priority: int) -> None:
    mail = Message("fired", "t", "info", "firing", "breach", NOON, NOON)
    payload = email.render(mail) if receiver.kind == "email" else {"json": {}}
    Notification.objects.bulk_create(
        Notification(
            key=f"{receiver.name}:{index}",
            alert=alert,
            receiver=receiver,
            channel=receiver.kind,
            reason="fired",
            payload=payload,
            priority=priority,
            created_at=NOON,
            next_try_at=NOON,
        )
        for index in range(number)
    )


def deliver(_number: int) -> None:
    try:
        delivery.deliver_due(now=NOON, waited=0.0)
    finally:
        connection.close()


def test_mails_leave_while_a_more_urgent_webhook_hangs(
    make_alert: MakeAlert, mails: MailSink, web: WebSink
) -> None:
    alert = make_alert()
    web.plan = deque([hangs(6.0)] * 6)
    desk = Receiver.objects.create(name="desk", kind="email", address="desk@desk.example")
    owe(alert, slack_receiver(web), 6, priority=0)
    owe(alert, desk, 6, priority=2)

    with ThreadPoolExecutor(4) as couriers:
        for number in range(4):
            couriers.submit(deliver, number)
        deadline = time.monotonic() + 30
        while len(mails.mails) < 6 and time.monotonic() < deadline:
            time.sleep(0.05)
        posted = len(web.posts)

    assert len(mails.mails) == 6
    assert posted <= 4
