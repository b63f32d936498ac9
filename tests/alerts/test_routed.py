"""Whom a route tells, and when its calendars keep it quiet."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from alerts.models import Policy
from tests import factories
from tests.alerts.conftest import MakeAlert
from tests.alerts.waits import fresh, tick, told

pytestmark = pytest.mark.django_db


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
