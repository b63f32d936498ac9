"""Silences and inhibitions: who is not told, for which stored reason, and what comes afterwards."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from alerts import actions, escalation, silences, suppression
from alerts.models import Alert, Notification, Policy, Silence
from alerts.suppression import Reviewer
from tests import factories
from tests.alerts.conftest import NOON, MakeAlert, deliver_all
from tests.alerts.desk import actions_of
from tests.sinks import MailSink

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(db: None) -> User:
    return factories.person("ana", role="responder")


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def tick(seconds: float) -> None:
    """What the engine's clock does."""
    suppression.review(now=after(seconds))
    escalation.advance_due(now=after(seconds))


def told(alert: Alert) -> list[str]:
    rows = alert.notifications.exclude(channel="stream").order_by("pk")
    return [f"{row.reason} {row.receiver_name}" for row in rows]


def fresh(alert: Alert) -> Alert:
    return Alert.objects.get(pk=alert.pk)


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


@pytest.mark.parametrize(
    ("fields", "people", "receivers"),
    [
        ({}, "default", ["fired desk"]),
        ({"policy": "night"}, "route", ["fired night desk"]),
        ({"nobody": True}, "nobody", []),
    ],
)
def test_the_route_says_who_is_told(
    policy: Policy,
    make_alert: MakeAlert,
    fields: dict[str, object],
    people: str,
    receivers: list[str],
) -> None:
    night = factories.policy("night", steps=[(0, [factories.receiver("night desk")])])
    chosen = {**fields, "policy": night} if "policy" in fields else fields
    factories.route("Live", "env=live", under=None, **chosen)

    alert = make_alert()

    fired = alert.transitions.get(action="fired")
    assert told(alert) == receivers
    assert fired.detail["people"] == people
    assert fired.detail["routes"][0]["way"] == ["Everything", "Live"]


def test_the_rules_own_policy_comes_first(policy: Policy, make_alert: MakeAlert) -> None:
    night = factories.policy("night", steps=[(0, [factories.receiver("night desk")])])
    factories.route("Live", "env=live", nobody=True)

    alert = make_alert(policy=night)

    assert told(alert) == ["fired night desk"]
    assert alert.transitions.get(action="fired").detail["people"] == "rule"


def test_an_alert_whose_routes_are_all_muted_waits_until_one_is_not(
    policy: Policy, make_alert: MakeAlert
) -> None:
    lunch = factories.calendar("lunch", zone="UTC", opened="12:00-12:30")
    factories.route("live", "env=live", mute=[lunch])

    alert = make_alert()
    tick(400)
    assert told(alert) == []
    assert fresh(alert).suppressed_by == [
        {"kind": "calendar", "id": "lunch", "name": "lunch is open", "by": ""}
    ]

    tick(1_800)
    assert told(alert) == ["escalated desk"]
    assert fresh(alert).suppressed_by == []


def test_of_several_calendars_one_that_is_open_lets_through_and_each_that_mutes_is_named(
    policy: Policy, make_alert: MakeAlert
) -> None:
    office = factories.calendar("office", zone="UTC", opened="mon 09:00-10:00")
    always = factories.calendar("always", zone="UTC", opened="")
    lunch = factories.calendar("lunch", zone="UTC", opened="12:00-12:30")
    window = factories.calendar("window", zone="UTC", opened="11:00-13:00")
    night = factories.calendar("night", zone="UTC", opened="22:00-06:00")
    live = factories.route("live", "env=live", active=[office, night])

    def reasons(fingerprint: str) -> list[str]:
        return [why["name"] for why in fresh(make_alert(fingerprint)).suppressed_by]

    assert reasons("00000000000000a1") == ["night is closed", "office is closed"]
    live.active_calendars.add(always)
    assert reasons("00000000000000a2") == []
    live.mute_calendars.set([night, window, lunch])
    assert reasons("00000000000000a3") == ["lunch is open", "window is open"]


def test_the_root_is_never_muted_whatever_road_was_taken() -> None:
    lunch = factories.calendar("lunch")

    with pytest.raises(IntegrityError, match="never quiet"), transaction.atomic():
        factories.root(mute=[lunch])


def test_an_alert_that_goes_elsewhere_too_is_told_there(
    policy: Policy, make_alert: MakeAlert
) -> None:
    office = factories.calendar("office", zone="UTC", opened="mon 09:00-10:00")
    factories.route("desk", "env=live", active=[office], continues=True)
    factories.route("all", "env=live")

    alert = make_alert()
    tick(0)

    assert fresh(alert).suppressed_by == []
    assert told(alert) == ["fired desk"]


def test_the_calendar_of_a_route_is_not_handed_down(policy: Policy, make_alert: MakeAlert) -> None:
    never = factories.calendar("never", zone="UTC", closed="00:00-24:00")
    above = factories.route("live", "env=live", active=[never])
    factories.route("critical", "severity=critical", under=above)

    assert fresh(make_alert()).suppressed_by == []
