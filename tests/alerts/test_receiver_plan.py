"""Receivers that misbehave at once: each ends as designed, none stands in the others' way."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Max
from pytest_django import Settings

from alerts import delivery
from alerts.models import Alert, Attempt, Notification, Receiver
from alerts.options import sealed
from tests.alerts.conftest import MakeAlert
from tests.sinks import Answer, MailSink, hangs, pours, says, web_sink

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

THREADS = 8
HEALTHY = 20  # messages each to a web server and a mail server that work
TRIES_AT = (0, 20, 60, 150, 600)  # seconds; past every pause
KINDS = ("webhook", "email")
INNER = "http://169.254.169.254/latest/meta-data"


@dataclass(frozen=True)
class Plan:
    """What a receiver does, how its message ends, and after how many tries."""

    name: str
    answers: list[Answer | str | float]
    state: str
    tries: int
    kind: str = "webhook"


PLANS = [
    Plan("500 three times", [says(500), says(502), says(503)], "sent", 4),
    Plan("429, wait 7 s", [says(429, Retry_After="7")], "sent", 2),
    Plan("hangs", [hangs(60.0)], "sent", 2),
    Plan("redirects inwards", [says(302, Location=INNER)], "failed", 1),
    Plan("pours without end", [pours], "sent", 2),
    Plan("450 by mail", ["450 later"], "sent", 2, "email"),
    Plan("550 by mail", ["550 no such user"], "failed", 1, "email"),
    Plan("stalls after the mail", [30.0], "sent", 2, "email"),
]


def test_each_ends_as_designed_and_the_others_go_on(
    make_alert: MakeAlert, mails: MailSink, settings: Settings
) -> None:
    settings.OUTBOUND_ALLOWED_NETS = ["127.0.0.0/8"]
    alert = make_alert()
    Notification.objects.all().delete()
    with ExitStack() as sinks:
        alone = delivered(alert, healthy("alone", sinks, mails), "alone")
        for plan in PLANS:
            owe(alert, made(plan, sinks, mails), datetime.now(UTC), 1, plan.name)
        beside = delivered(alert, healthy("beside", sinks, mails), "beside")

    tell(alone, beside)
    for plan in PLANS:
        row = Notification.objects.get(receiver__name=plan.name)
        assert (row.state, row.tries.count()) == (plan.state, plan.tries), plan.name
    assert Notification.objects.filter(key__startswith="beside", state="sent").count() == 40
    assert beside - alone <= 2.0


def healthy(name: str, sinks: ExitStack, mails: MailSink) -> list[Receiver]:
    """New ones, whose allowance is whole."""
    return [made(Plan(f"{name} {kind}", [], "sent", 1, kind), sinks, mails) for kind in KINDS]


def delivered(alert: Alert, receivers: list[Receiver], name: str) -> float:
    """Deliver all that is owed; seconds until the last healthy message began."""
    start = datetime.now(UTC)
    for receiver in receivers:
        owe(alert, receiver, start, HEALTHY, name)
    with ThreadPoolExecutor(THREADS) as couriers:
        for seconds in TRIES_AT:
            list(couriers.map(deliver, [start + timedelta(seconds=seconds)] * THREADS))
    tries = Attempt.objects.filter(notification__key__startswith=name)
    return (max(tries.values_list("started_at", flat=True)) - start).total_seconds()


def deliver(now: datetime) -> None:
    try:
        delivery.deliver_due(now=now, waited=0.0, limit=200)
    finally:
        connection.close()


def tell(alone: float, beside: float) -> None:
    print()
    for row in Notification.objects.filter(receiver__name__in=[p.name for p in PLANS]):
        slowest = row.tries.aggregate(most=Max("seconds"))["most"]
        status = ", ".join(row.tries.order_by("n").values_list("status", flat=True))
        print(
            f"{row.receiver.name if row.receiver else '':24} {row.state:7}"
            f" after {row.attempts} tries ({status or '-'}), slowest {slowest:.2f} s"
        )
    print(f"{2 * HEALTHY} messages to healthy receivers, until the last began:")
    print(f"{alone:.2f} s alone, {beside:.2f} s beside these, {beside - alone:+.2f} s")


def made(plan: Plan, sinks: ExitStack, mails: MailSink) -> Receiver:
    if plan.kind == "email":
        address = f"{plan.name.replace(' ', '-')}@desk.example"
        mails.plans[address] = deque(plan.answers)  # type: ignore[arg-type]
        return Receiver.objects.create(name=plan.name, kind="email", address=address)
    sink = sinks.enter_context(web_sink())
    sink.plan = deque(plan.answers)  # type: ignore[arg-type]
    secret = sealed("webhook", {"webhook": sink.url})
    return Receiver.objects.create(name=plan.name, kind="webhook", secret=secret)


def owe(alert: Alert, receiver: Receiver, now: datetime, count: int, name: str) -> None:
    payloads = {
        "webhook": {"json": {"text": "x"}},
        "email": {"subject": "x", "text": "x", "html": "x", "thread": "t", "opens_thread": True},
    }
    Notification.objects.bulk_create(
        Notification(
            key=f"{name}:{receiver.name}:{number}",
            alert=alert,
            receiver=receiver,
            receiver_name=receiver.name,
            channel=receiver.kind,
            reason="fired",
            payload=payloads[receiver.kind],
            created_at=now,
            next_try_at=now,
        )
        for number in range(count)
    )
