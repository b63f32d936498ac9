"""Everything stood still, on purpose or not: what was owed leaves once, and in an order."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from alerts import actions, delivery, ending
from alerts.models import Alert, EscalationStep, Notification, Policy
from tests.alerts import outage
from tests.alerts.conftest import NOON, MakeAlert
from tests.alerts.outage import Broker, portal
from tests.sinks import MailSink, web_sink

pytestmark = pytest.mark.django_db(transaction=True)

ALERTS, RECEIVERS = 50, 4
BACK = NOON + timedelta(hours=2)


def come_back(seconds: int, mails: MailSink) -> list[Counter[str]]:
    """The engine's clock and courier, so long after the standstill: mails by address, a second."""
    told = []
    for second in range(seconds):
        now, before = BACK + timedelta(seconds=second), len(mails.mails)
        for _ in range(4):
            ending.advance(now=now)
        delivery.deliver_due(now=now, waited=0.0)
        told.append(Counter(str(mail["To"]) for mail in mails.mails[before:]))
    return told


def test_two_hours_later_each_alert_escalates_once_and_nobody_is_flooded(
    make_alert: MakeAlert, policy: Policy, mails: MailSink
) -> None:
    for number in range(ALERTS):
        make_alert(f"{number:016x}")

    told = come_back(5, mails)

    taken = Counter(EscalationStep.objects.filter(at__gte=BACK).values_list("alert", flat=True))
    assert set(taken.values()) == {1}
    assert len(taken) == ALERTS
    assert max(max(second.values(), default=0) for second in told) <= 10
    assert not Notification.objects.filter(channel="email").exclude(state="sent").exists()


def test_the_backlog_starts_with_the_gravest_and_skips_what_is_over(
    make_alert: MakeAlert, policy: Policy, mails: MailSink, alice: object
) -> None:
    make_alert("0b", severity="info", title="Minor")
    over = make_alert("0c", severity="critical", title="Over")
    make_alert("0d", severity="critical", title="Grave")
    actions.resolve(over.pk, by=alice, now=NOON + timedelta(hours=1))  # type: ignore[arg-type]

    delivery.deliver_due(now=BACK, waited=0.0)

    subjects = [str(mail["Subject"]) for mail in mails.mails]
    assert "Grave" in subjects[0]
    assert not [subject for subject in subjects if "Over" in subject and "Firing" in subject]
    assert Notification.objects.filter(alert=over, reason="fired", state="skipped").exists()
    assert Alert.objects.filter(state="firing").count() == 2


@pytest.mark.slow
def test_a_roll_out_loses_and_repeats_nothing(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    with web_sink(delay=0.05) as sink, portal(broker.url) as desk:
        outage.tell_by_webhook(sink, [f"hook-{number}" for number in range(RECEIVERS)])
        outage.fire(range(ALERTS))
        outage.until(lambda: len(sink.posts) > ALERTS // 2, seconds=60)
        took = desk.stop()
        at_stop = len(sink.posts)
        desk.restart()
        outage.until(lambda: len(sink.posts) >= ALERTS * RECEIVERS, seconds=120)
        sent = Notification.objects.filter(channel="webhook", state="sent")
        outage.until(lambda: sent.count() == ALERTS * RECEIVERS, seconds=30)
    broker.stop()

    posts = Counter(post.headers["Idempotency-Key"] for post in sink.posts)
    print(f"\nSIGTERM to worker and engine after {at_stop} of {ALERTS * RECEIVERS} notifications:")
    print(f"ended within {took:.1f} s, {sum(posts.values()) - len(posts)} repeats")
    assert len(posts) == sum(posts.values()) == ALERTS * RECEIVERS
    assert took < 30
