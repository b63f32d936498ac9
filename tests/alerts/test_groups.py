"""Groups: one message for many alerts, resolved at once, and a storm that stays readable."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from alerts import actions, groups, listing, routing, suppression, timeline
from alerts.models import Alert, AlertGroup, GroupMember, Notification
from alerts.receivers import slack
from alerts.receivers.base import GroupLine, GroupMessage
from tests import factories
from tests.alerts.conftest import NOON, MakeAlert

pytestmark = pytest.mark.django_db

STORM = 100_000 if os.environ.get("SOAK") else 1_000


@pytest.fixture
def ana(db: None) -> User:
    return factories.person("ana", role="responder")


@pytest.fixture(autouse=True)
def chat(db: None) -> None:
    """Everything is told to one channel, in groups by name and venue."""
    mail = factories.receiver("Desk chat")
    factories.root(receivers=[mail], group_by=["alertname", "venue"])


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def flush(seconds: float) -> list[str]:
    """What the clock's turn at this time owes, as subjects."""
    before = set(Notification.objects.values_list("pk", flat=True))
    groups.flush_due(now=after(seconds))
    fresh = Notification.objects.exclude(pk__in=before).exclude(channel="stream").order_by("pk")
    return [row.payload["subject"] for row in fresh]


def fires(make_alert: MakeAlert, number: int, **facts: object) -> Alert:
    labels = {"alertname": "slow", "venue": "kraken", "n": str(number)}
    given = {"labels": labels, "rule_name": "slow", "severity": "warning", **facts}
    return make_alert(f"{number:016x}", **given)


SLOW = "alertname=slow, venue=kraken"


def test_alerts_of_one_group_are_told_in_one_message(make_alert: MakeAlert) -> None:
    for number in range(3):
        fires(make_alert, number)
    fires(make_alert, 9, labels={"alertname": "slow", "venue": "binance"})

    assert flush(4.9) == []
    assert sorted(flush(5)) == [
        "1 firing: alertname=slow, venue=binance",
        f"3 firing: {SLOW}",
    ]
    assert flush(6) == []
    row = Notification.objects.filter(reason="group").latest("pk")
    assert row.alert is None
    assert row.group is not None
    assert row.receiver_name == "Desk chat"


def test_a_group_that_a_calendar_keeps_quiet_is_told_when_it_ends(make_alert: MakeAlert) -> None:
    lunch = factories.calendar("lunch", zone="UTC", opened="12:00-12:30")
    chat, mail = factories.receiver("Lunch chat"), factories.receiver("Desk mail")
    factories.route("lunch", continues=True, receivers=[chat], mute=[lunch])
    factories.route("all", "n=1", receivers=[mail])
    fires(make_alert, 1)

    assert flush(5) == [f"1 firing: {SLOW}"]
    assert flush(1_799) == []
    assert flush(1_800) == [f"1 firing: {SLOW}"]
    assert Notification.objects.filter(reason="group").latest("pk").receiver_name == "Lunch chat"


def test_what_comes_later_waits_for_the_interval(make_alert: MakeAlert) -> None:
    fires(make_alert, 1)
    flush(5)

    fires(make_alert, 2)

    assert flush(304) == []
    assert flush(305) == [f"2 firing: {SLOW}"]
    assert flush(605) == []


def test_a_critical_alert_does_not_wait_for_the_interval(make_alert: MakeAlert) -> None:
    fires(make_alert, 1)
    flush(5)

    fires(make_alert, 2, severity="critical")

    assert flush(6) == [f"2 firing: {SLOW}"]


def test_a_resolve_is_told_at_once_and_only_of_alerts_that_were_told(
    make_alert: MakeAlert, ana: User
) -> None:
    first, second, never = (fires(make_alert, number) for number in (1, 2, 3))
    actions.resolve(never.pk, by=ana, now=after(1))
    assert flush(5) == [f"2 firing: {SLOW}"]

    actions.resolve(first.pk, by=ana, now=after(60))
    assert flush(60) == [f"1 firing, 1 resolved: {SLOW}"]
    actions.resolve(second.pk, by=ana, now=after(100))
    assert flush(100) == [f"1 resolved: {SLOW}"]

    assert AlertGroup.objects.get().closed_at == after(100)
    assert GroupMember.objects.get(alert=never).told_at is None
    assert flush(1_000) == []


def test_the_timeline_tells_the_route_and_the_groups(make_alert: MakeAlert, ana: User) -> None:
    alert = fires(make_alert, 1)
    flush(5)
    actions.resolve(alert.pk, by=ana, now=after(60))
    flush(60)

    items = timeline.of(Alert.objects.get(pk=alert.pk))

    assert items[0].text == "Route Everything, channels: Desk chat"
    assert [item.title for item in items[1:]] == [
        "Channels of Everything: told in a group that it fires",
        "Resolved",
        "Channels of Everything: told in a group that it ended",
    ]


def test_what_fires_again_after_the_end_is_a_new_group(make_alert: MakeAlert, ana: User) -> None:
    alert = fires(make_alert, 1)
    flush(5)
    actions.resolve(alert.pk, by=ana, now=after(60))
    flush(60)

    fires(make_alert, 1)

    assert AlertGroup.objects.filter(closed_at=None).count() == 1
    assert flush(65) == [f"1 firing: {SLOW}"]


def test_it_is_told_again_until_somebody_has_it(make_alert: MakeAlert, ana: User) -> None:
    alert = fires(make_alert, 1)
    flush(5)
    assert [flush(seconds) for seconds in (300, 600, 14_000)] == [[], [], []]

    assert flush(14_405) == [f"Still 1 firing: {SLOW}"]
    actions.acknowledge(alert.pk, by=ana, now=after(14_500))

    assert flush(40_000) == []


def test_an_alert_that_is_kept_quiet_is_told_when_that_ends(
    make_alert: MakeAlert, ana: User
) -> None:
    quiet = factories.silence("venue=kraken", by=ana, now=NOON)
    fires(make_alert, 1)
    assert flush(5) == []
    assert flush(400) == []

    quiet.ended_at = after(500)
    quiet.save()
    suppression.review(now=after(500))

    assert flush(500) == [f"1 firing: {SLOW}"]


def test_a_route_that_is_gone_tells_nobody(make_alert: MakeAlert) -> None:
    chosen = factories.route("Slow", "alertname=slow", receivers=[factories.receiver("Other")])
    fires(make_alert, 1)

    chosen.delete()

    assert flush(5) == []
    assert AlertGroup.objects.get().closed_at == after(5)


def test_many_groups_become_one_digest(make_alert: MakeAlert) -> None:
    for number in range(40):
        fires(make_alert, number, labels={"alertname": "slow", "venue": f"v{number:02}"})

    first = flush(5)
    late = fires(make_alert, 99, severity="critical", labels={"alertname": "book", "venue": "x"})

    assert first[:5] == [f"1 firing: alertname=slow, venue=v{n:02}" for n in range(5)]
    assert first[5:] == ["35 firing: 35 groups of alerts"]
    assert flush(6) == ["1 firing: alertname=book, venue=x"]
    assert late.memberships.get().told_at == after(6)


def test_what_does_not_fit_waits_for_the_next_digest(make_alert: MakeAlert) -> None:
    for number in range(7):
        fires(make_alert, number, labels={"alertname": "slow", "venue": f"v{number}"})
    flush(5)

    for number in (8, 9):
        fires(make_alert, number, labels={"alertname": "slow", "venue": f"v{number}"})

    assert flush(6) == []
    assert flush(34) == []
    assert flush(35) == ["2 firing: 2 groups of alerts"]


def test_a_message_fits_the_limits_of_slack() -> None:
    line = GroupLine(
        "<!channel> " * 40, "critical", "firing", url="https://desk.example/" + "a" * 60
    )
    message = GroupMessage("news", "x" * 400, "critical", 1_000, 0, NOON, "t", lines=(line,) * 10)

    payload = slack.render_group(message)["json"]

    assert len(payload["blocks"][0]["text"]["text"]) <= 150
    assert len(payload["blocks"][1]["text"]["text"]) <= 3_000
    assert "<!channel>" not in str(payload)
    assert "and 990 more" in payload["blocks"][1]["text"]["text"]


def storm(size: int, *, now: datetime) -> None:
    """Alerts of as many groups, written as they would be, without the way through `fire`."""
    with connection.cursor() as cursor:  # building the rows takes its time
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    alerts = Alert.objects.bulk_create(
        Alert(
            fingerprint=f"{number:016x}",
            rule_name="slow",
            title=f"Slow venue {number}",
            severity="warning",
            labels={"alertname": "slow", "venue": str(number)},
            started_at=now,
            last_seen_at=now,
        )
        for number in range(size)
    )
    places = routing.places_of({})
    opened = AlertGroup.objects.bulk_create(
        AlertGroup(
            route_id=places[0].route_id,
            route_name="Everything",
            group_key=places[0].group_key(alert.labels),
            labels=alert.labels,
            opened_at=now,
            next_flush_at=now + timedelta(seconds=5),
        )
        for alert in alerts
    )
    GroupMember.objects.bulk_create(
        GroupMember(group=group, alert=alert, joined_at=now)
        for group, alert in zip(opened, alerts, strict=True)
    )


@pytest.mark.slow
def test_a_storm_is_at_most_twenty_messages_and_a_critical_alert_comes_through() -> None:
    """SOAK=1: 100,000 groups within a minute; else 1,000. The clock turns each second."""
    storm(STORM, now=NOON)
    spread = "UPDATE alerts_alertgroup SET next_flush_at = %s + (id %% 60) * interval '1 s'"
    with connection.cursor() as cursor:
        cursor.execute(spread, [after(5)])
    longest, grave = 0.0, None

    for second in range(300):
        if second == 30:
            labels = {"alertname": "book", "venue": "x"}
            grave = factories.alert(labels=labels, fired_at=after(second))
        started = time.monotonic()
        groups.flush_due(now=after(second))
        longest = max(longest, time.monotonic() - started)

    assert grave is not None
    waited = (grave.memberships.get().told_at or after(999)) - grave.started_at
    sent = Notification.objects.filter(reason__in=["group", "digest"]).count()
    print(f"{STORM:,} groups: {sent} messages, critical after {waited.total_seconds():g} s")
    print(f"the longest look took {longest:.2f} s")
    assert sent <= 20
    assert waited <= timedelta(seconds=10)
    assert GroupMember.objects.filter(told_at=None).count() == 0


@pytest.mark.slow
def test_the_list_shows_one_page_of_a_storm(client: Client) -> None:
    storm(STORM, now=timezone.now())
    client.force_login(factories.person("bob"))
    client.get("/alerts/")

    seconds = []
    for _ in range(20):
        started = time.monotonic()
        page = client.get("/alerts/").content.decode()
        seconds.append(time.monotonic() - started)

    print(f"{STORM:,} open alerts: the list takes p95 {sorted(seconds)[18]:.2f} s")
    assert page.split('id="rows"')[1].split("</tbody>")[0].count("data-id=") == listing.PAGE
    assert f'Firing <span class="count">{STORM}</span>' in page
