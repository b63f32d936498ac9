"""Silences and inhibitions: who is not told, for which stored reason, and what comes afterwards."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import User

from alerts import actions, silences, suppression
from alerts.models import Notification, Policy, Silence
from alerts.suppression import Reviewer
from tests import factories
from tests.alerts.conftest import NOON, MakeAlert, deliver_all
from tests.alerts.desk import actions_of
from tests.alerts.waits import after, fresh, tick, told
from tests.sinks import MailSink

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(db: None) -> User:
    return factories.person("ana", role="responder")


def test_an_alert_that_fires_under_a_silence_tells_nobody(
    policy: Policy, ana: User, make_alert: MakeAlert
) -> None:
    quiet = factories.silence("env=live, severity=critical", by=ana, now=NOON)

    alert = make_alert()
    tick(400)

    assert told(alert) == []
    assert fresh(alert).state == "firing"
    assert fresh(alert).suppressed_by == [
        {
            "kind": "silence",
            "id": str(quiet.pk),
            "name": "maintenance of the venue",
            "by": "ana",
        }
    ]
    assert actions_of(alert) == ["fired", "suppressed"]
    Silence.objects.get(pk=quiet.pk, hit_at=after(400))


def test_when_the_silence_ends_the_escalation_begins_at_once(
    policy: Policy, ana: User, make_alert: MakeAlert
) -> None:
    factories.silence("env=live", by=ana, now=NOON)
    alert = make_alert()

    tick(3599)
    assert told(alert) == []
    tick(3601)

    assert told(alert) == ["escalated desk"]
    assert actions_of(alert) == ["fired", "suppressed", "unsuppressed", "escalated"]
    assert fresh(alert).suppressed_by == []
    tick(3601 + 300)
    assert told(alert)[1:] == ["escalated desk", "escalated boss"]


def test_a_silence_made_later_holds_the_next_step(
    policy: Policy, ana: User, make_alert: MakeAlert
) -> None:
    alert = make_alert()
    assert told(alert) == ["fired desk"]

    factories.silence("alertname=high_drawdown", by=ana, now=after(10))
    tick(10)
    tick(400)

    assert told(alert) == ["fired desk"]
    assert fresh(alert).suppressed_by[0]["kind"] == "silence"


def test_a_resolve_is_told_only_to_those_who_were_told(
    policy: Policy, ana: User, make_alert: MakeAlert, mails: MailSink
) -> None:
    known = make_alert("00000000000000aa")
    deliver_all()
    factories.silence("env=live", by=ana, now=NOON)
    tick(10)
    unknown = make_alert("00000000000000bb")

    for alert in (known, unknown):
        actions.resolve(alert.pk, by=ana, now=after(60))

    assert told(known) == ["fired desk", "resolved desk"]
    assert told(unknown) == []


def test_the_stream_says_what_keeps_an_alert_quiet(
    policy: Policy, ana: User, make_alert: MakeAlert
) -> None:
    quiet = factories.silence("env=live", by=ana, now=NOON)

    alert = make_alert()

    rows = Notification.objects.filter(alert=alert, channel="stream").order_by("pk")
    said = [(row.reason, json.loads(row.payload["fields"]["suppressed_by"])) for row in rows]
    assert said == [("fired", [f"silence:{quiet.pk}"]), ("suppressed", [f"silence:{quiet.pk}"])]
    assert rows[0].payload["fields"]["status"] == "firing"


def test_an_acknowledgment_given_back_under_a_silence_waits_too(
    policy: Policy, ana: User, make_alert: MakeAlert, mails: MailSink
) -> None:
    alert = make_alert()
    deliver_all()
    actions.acknowledge(alert.pk, by=ana, now=after(5))
    quiet = factories.silence("env=live", by=ana, now=after(6))
    tick(6)

    actions.unacknowledge(alert.pk, by=ana, now=after(10))
    tick(11)
    assert told(alert) == ["fired desk", "acknowledged desk"]
    silences.end(quiet.pk, by=ana, now=after(20))
    tick(20)

    assert told(alert)[2:] == ["escalated desk"]


def test_a_silence_that_ends_with_its_alerts_is_ended_by_the_last_resolve(
    policy: Policy, ana: User, make_alert: MakeAlert
) -> None:
    quiet = factories.silence("env=live", by=ana, now=NOON, expire_on_resolve=True)
    tick(1)
    first, second = make_alert("00000000000000aa"), make_alert("00000000000000bb")
    tick(2)

    actions.resolve(first.pk, by=ana, now=after(3))
    tick(3)
    assert Silence.objects.get(pk=quiet.pk).ended_at is None
    actions.resolve(second.pk, by=ana, now=after(4))
    tick(4)

    assert Silence.objects.get(pk=quiet.pk).ended_at == after(4)


def test_a_recurring_window_keeps_quiet_only_while_it_is_open(
    policy: Policy, ana: User, make_alert: MakeAlert
) -> None:
    factories.silence("env=live", by=ana, now=NOON, recurrence="FREQ=DAILY", kind="maintenance")
    day = 86_400.0
    alert = make_alert()
    tick(1)

    seen = []
    for seconds in (3599, 3600, day - 1, day, day + 3599, day + 3600):
        suppression.review(now=after(seconds))
        seen.append(bool(fresh(alert).suppressed_by))

    assert seen == [True, False, False, True, True, False]


def test_an_open_alert_keeps_others_with_equal_labels_quiet(
    policy: Policy, make_alert: MakeAlert
) -> None:
    rule = factories.inhibition("alertname=venue_down", "severity=warning", equal=["venue"])
    source = make_alert("1" * 16, rule_name="venue_down", labels={"venue": "kraken"})

    same = make_alert("2" * 16, severity="warning", labels={"venue": "kraken"})
    other = make_alert("3" * 16, severity="warning", labels={"venue": "binance"})
    grave = make_alert("4" * 16, severity="critical", labels={"venue": "kraken"})

    assert same.suppressed_by == [
        {"kind": "inhibition", "id": rule.pk, "name": rule.name, "by": source.pk}
    ]
    assert [alert.suppressed_by for alert in (source, other, grave)] == [[], [], []]


def test_labels_that_both_lack_are_equal(policy: Policy, make_alert: MakeAlert) -> None:
    factories.inhibition("alertname=venue_down", "severity=warning", equal=["venue", "zone"])
    make_alert("1" * 16, rule_name="venue_down", labels={"venue": ""})

    assert make_alert("2" * 16, severity="warning", labels={}).suppressed_by
    assert not make_alert("3" * 16, severity="warning", labels={"zone": "a"}).suppressed_by


def test_alerts_that_fit_both_sides_do_not_silence_each_other(
    policy: Policy, make_alert: MakeAlert
) -> None:
    factories.inhibition("severity=~critical|warning", "severity=~warning|info")
    warnings = [make_alert(str(n) * 16, severity="warning") for n in (1, 2)]
    tick(1)
    assert [fresh(alert).suppressed_by for alert in warnings] == [[], []]

    make_alert("3" * 16, severity="critical")
    tick(2)

    assert all(fresh(alert).suppressed_by for alert in warnings)


def test_the_targets_are_told_when_the_source_is_resolved(
    policy: Policy, ana: User, make_alert: MakeAlert
) -> None:
    factories.inhibition("alertname=venue_down", "severity=warning")
    source = make_alert("1" * 16, rule_name="venue_down", labels={})
    target = make_alert("2" * 16, severity="warning", labels={})
    tick(1)
    assert told(target) == []

    actions.resolve(source.pk, by=ana, now=after(60))
    tick(61)

    assert told(target) == ["escalated desk"]


def test_a_silenced_source_inhibits_all_the_same(
    policy: Policy, ana: User, make_alert: MakeAlert
) -> None:
    factories.inhibition("alertname=venue_down", "severity=warning")
    factories.silence("alertname=venue_down", by=ana, now=NOON)
    make_alert("1" * 16, rule_name="venue_down", labels={})

    assert make_alert("2" * 16, severity="warning", labels={}).suppressed_by


def test_nothing_is_read_again_while_nothing_changed(
    policy: Policy, ana: User, make_alert: MakeAlert
) -> None:
    factories.silence("env=live", by=ana, now=NOON, starts_at=after(100))
    alert, reviewer = make_alert(), Reviewer()
    reviewer.review(now=after(1))

    frames = []
    for seconds in (2, 99, 101, 102):
        reviewer._rest_until = 0.0
        frames.append(len(reviewer.review(now=after(seconds))))

    assert frames == [0, 0, 1, 0]
    assert fresh(alert).suppressed_by
