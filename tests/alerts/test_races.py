"""Many hands on one alert: one wins, nothing is doubled, nothing follows an acknowledgment."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Max
from django.test import Client
from django.utils import timezone

from alerts import actions, anchors, delivery, escalation, transitions
from alerts.births import Episode
from alerts.models import (
    Acknowledgment,
    Alert,
    EscalationStep,
    LaterMessage,
    Notification,
    Policy,
    Transition,
)
from alerts.transitions import Change
from ops_portal.report import sending
from tests import factories
from tests.alerts import outage
from tests.alerts.conftest import MakeAlert
from tests.report.desk import MONDAY
from tests.sinks import WebSink

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PEOPLE = 50
ALERTS = 200 if "SOAK" in os.environ else 50
HANDS = 6  # threads; the pool has connections for that many beside the test
RESOLVING = 5_000 if "SOAK" in os.environ else 100
PAGE = 20  # alerts of one gesture
JSON = {"Accept": "application/json"}
ROUNDS = 1_000 if os.environ.get("SOAK") else 200


def at_once[R](work: Iterable[Callable[[], R]], *, threads: int) -> list[R]:
    """Run all of it on that many threads, each with a database connection of its own."""
    calls, answers = deque(work), list[R]()

    def run() -> None:
        try:
            while calls:
                answers.append(calls.popleft()())
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        for running in [pool.submit(run) for _ in range(threads)]:
            running.result()
    return answers


def fire_many(make_alert: MakeAlert, number: int) -> list[Alert]:
    return [make_alert(f"{index:016x}") for index in range(number)]


def test_fifty_people_on_each_alert(make_alert: MakeAlert) -> None:
    people = [factories.person(f"p{number}", role="responder") for number in range(PEOPLE)]
    alerts = fire_many(make_alert, ALERTS)

    def click(person: User, alert: Alert) -> Callable[[], actions.Acknowledged]:
        return lambda: actions.acknowledge(alert.pk, by=person, now=timezone.now())

    clicks = [click(person, alert) for alert in alerts for person in people]
    answers = at_once(clicks, threads=HANDS)

    winners = {answer.alert.pk: answer.winner for answer in answers if answer.won}
    assert Counter(answer.won for answer in answers) == {True: ALERTS, False: 49 * ALERTS}
    assert all(answer.winner == winners[answer.alert.pk] for answer in answers)
    assert Acknowledgment.objects.filter(ended_at=None).count() == ALERTS
    assert Transition.objects.filter(action="acknowledged").count() == ALERTS
    print(f"\nack race: {len(clicks)} clicks, {len(winners)} wins, 0 errors")


def collide(alert: Alert, person: User) -> int:
    """Escalate and acknowledge in the same instant; how many steps were taken."""
    barrier, later = threading.Barrier(2), alert.started_at + timedelta(seconds=301)

    def escalate() -> None:
        barrier.wait()
        escalation.advance_due(now=later)
        escalation.tell_later(now=later)

    def take() -> None:
        barrier.wait()
        actions.acknowledge(alert.pk, by=person, now=later)

    at_once([escalate, take], threads=2)
    return EscalationStep.objects.filter(alert=alert, step=1).count()


def add_a_person_with_later_rules(policy: Policy, user: User) -> None:
    """The first step tells the person at once, and again when the second step is due."""
    mail = factories.receiver("own mail", owner=user, verified_at=timezone.now())
    for delay in (0, 300):
        factories.personal_rule(user, mail, delay_seconds=delay)
    step = policy.steps.get(position=0)
    step.kind = "users"
    step.save()
    step.users.add(user)


def last_words() -> tuple[int, int]:
    """How many later messages were owed, and how many of them after the acknowledgment."""
    spoke = Notification.objects.filter(channel="stream", reason="acknowledged")
    acknowledged = dict(spoke.values_list("alert", "pk"))
    owed = Notification.objects.filter(key__contains=":later:").values_list("alert", "pk")
    return len(owed), sum(pk > acknowledged[alert] for alert, pk in owed if alert)


def test_no_step_ever_follows_an_acknowledgment(
    make_alert: MakeAlert, policy: Policy, alice: User, dora: User
) -> None:
    add_a_person_with_later_rules(policy, dora)
    first = sum(collide(make_alert(f"{number:016x}"), alice) for number in range(ROUNDS))

    acked = dict(Transition.objects.filter(action="acknowledged").values_list("alert", "seq"))
    escalated = Transition.objects.filter(action="escalated").values_list("alert", "seq")
    assert len(acked) == ROUNDS
    assert [alert for alert, seq in escalated if seq > acked[alert]] == []
    assert len(escalated) == EscalationStep.objects.filter(step=1).count() == first
    owed, after = last_words()
    assert after == 0
    assert LaterMessage.objects.filter(state="waiting").count() == 0
    assert LaterMessage.objects.filter(state="owed").count() == owed
    print(f"\nack against escalation: {ROUNDS} rounds, {first} steps came first, 0 after")
    print(f"ack against people's later rules: {owed} came first, {after} after")


def test_many_clocks_take_each_step_once(make_alert: MakeAlert, policy: Policy) -> None:
    alerts = fire_many(make_alert, 60)
    later = alerts[0].started_at + timedelta(seconds=301)

    def drain() -> int:
        return sum(iter(lambda: len(escalation.advance_due(now=later, limit=7)), 0))

    taken = at_once([drain] * HANDS, threads=HANDS)
    left = drain()

    assert sum(taken) + left == len(alerts)
    assert EscalationStep.objects.filter(step=1).count() == len(alerts)


def test_many_senders_send_each_message_once(make_alert: MakeAlert, web: WebSink) -> None:
    outage.tell_by_webhook(web, ["one", "two", "three"])
    fire_many(make_alert, 8)

    def sweep() -> int:
        return delivery.deliver_due(now=timezone.now(), waited=0.0, limit=5)

    at_once([sweep] * 40, threads=HANDS)

    keys = Counter(post.headers["Idempotency-Key"] for post in web.posts)
    assert len(keys) == sum(keys.values()) == 24
    assert Notification.objects.filter(channel="webhook", state="sent").count() == 24


def test_many_beats_do_what_is_periodic_once(tmp_path: Path, mailoutbox: list[Any]) -> None:
    anchored, due = tmp_path / "anchors.jsonl", MONDAY + timedelta(days=7, hours=6)
    for name in ("alice", "bob"):
        sending.choose(factories.person(name), weekly=True, now=MONDAY)

    def beat() -> int:
        anchors.write_due(str(anchored), now=due)
        return sending.owe_due(now=due) and sending.send_due(now=due)

    at_once([beat] * 24, threads=HANDS)

    assert Counter(mail.to[0].partition("@")[0] for mail in mailoutbox) == {"alice": 1, "bob": 1}
    assert len(anchored.read_text().splitlines()) == 1


def resolve_some(alerts: list[Alert]) -> None:
    """As the engine does when conditions clear: a few at a time."""
    for start in range(0, len(alerts), 10):
        changes = [
            Change(
                alert_id=alert.pk,
                action=Transition.Action.RESOLVED,
                to_state=transitions.RESOLVED,
            )
            for alert in alerts[start : start + 10]
        ]
        transitions.change_all(changes, via="engine", now=timezone.now())


def take_all(by: User, alerts: list[Alert]) -> list[tuple[int, int]]:
    """Acknowledge all from the list, a page at a time: how many were taken, how many skipped."""
    client, counts = Client(), []
    client.force_login(by)
    for start in range(0, len(alerts), PAGE):
        ids = [alert.pk for alert in alerts[start : start + PAGE]]
        answer = client.post("/alerts/acknowledge/", {"ids": ids}, headers=JSON).json()
        counts.append((len(ids) - len(answer["skipped"]), len(answer["skipped"])))
    return counts


def test_many_taken_from_the_list_while_they_resolve_change_as_one_may(
    make_alert: MakeAlert, policy: Policy
) -> None:
    alice, dora = factories.person("alice"), factories.person("dora")
    alerts = fire_many(make_alert, RESOLVING)
    backwards = list(reversed(alerts))

    def resolve() -> list[tuple[int, int]]:
        resolve_some(backwards)
        return []

    hands: list[Callable[[], list[tuple[int, int]]]] = [
        resolve,
        partial(take_all, alice, alerts),
        partial(take_all, dora, alerts),
    ]
    answers = at_once(hands, threads=3)

    taken = sum(won for counts in answers for won, _ in counts)
    ways = Counter(
        tuple(alert.transitions.values_list("seq", "action"))
        for alert in Alert.objects.prefetch_related("transitions")
    )
    straight = ((1, "fired"), (2, "resolved"))
    with_hands = ((1, "fired"), (2, "acknowledged"), (3, "resolved"))
    assert set(ways) <= {straight, with_hands}
    assert ways[with_hands] == taken == Transition.objects.filter(action="acknowledged").count()
    assert sum(ways.values()) == Alert.objects.filter(state="resolved").count() == RESOLVING
    assert not Acknowledgment.objects.filter(ended_at=None).exists()
    print(f"\n{RESOLVING} alerts, two pages of hands: {taken} taken before they resolved, 0 after")


def test_many_evaluators_open_one_alert(policy: Policy) -> None:
    episode = Episode(
        fingerprint="00000000000000aa",
        rule_name="r",
        title="t",
        severity="critical",
        labels={"alertname": "r"},
    )

    def fire() -> bool:
        return transitions.fire(episode, via="engine", now=timezone.now())[1]

    opened = at_once([fire] * 64, threads=HANDS)

    assert opened.count(True) == 1
    assert Alert.objects.count() == 1


def test_the_history_of_a_fought_over_alert_has_no_gap(
    make_alert: MakeAlert, policy: Policy
) -> None:
    alert = make_alert()
    people = [factories.person(f"p{number}", role="responder") for number in range(8)]

    def quarrel(person: User) -> Callable[[], None]:
        def act() -> None:
            for _ in range(10):
                actions.acknowledge(alert.pk, by=person, now=timezone.now())
                actions.comment(alert.pk, by=person, note="mine", now=timezone.now())
                try:
                    actions.unacknowledge(alert.pk, by=person, now=timezone.now())
                except actions.NotAcknowledged:
                    time.sleep(0.001)

        return act

    at_once([quarrel(person) for person in people], threads=HANDS)

    newest = alert.transitions.aggregate(newest=Max("seq"))["newest"]
    alert.refresh_from_db()
    assert alert.version == newest == alert.transitions.count()
