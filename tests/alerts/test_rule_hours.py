"""Rules with a calendar: judged while it is open, live and in a replay."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alerts import calendars, suppression
from alerts.lifecycle import Timing
from alerts.models import Alert, Policy
from alerts.replay import replay
from tests import factories
from tests.alerts.conftest import NOON, deliver_all
from tests.alerts.desk import Desk, actions_of
from tests.alerts.test_replay import plan, recording, told
from tests.sinks import MailSink

OFFICE = {"zone": "UTC", "opened": "11:00-12:10"}  # the tests begin at noon


def office(opened: str = "11:00-12:10") -> calendars.Calendar:
    return calendars.read(opened, "", "UTC", name="office")


@pytest.fixture
def desk(transactional_db: None, policy: Policy) -> Desk:
    return Desk()


def ticked(desk: Desk, seconds: float) -> None:
    desk.wait(seconds)
    suppression.review(now=desk.now)


@pytest.mark.django_db(transaction=True)
def test_outside_of_its_calendar_a_rule_fires_nothing(desk: Desk) -> None:
    factories.rule(calendar=factories.calendar(**OFFICE))
    desk.wait(660)

    desk.say(-0.2)
    desk.wait(600)

    assert not Alert.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_alert_that_is_open_at_the_close_stays_open_and_tells_nobody(
    desk: Desk, mails: MailSink
) -> None:
    factories.rule(no_data_seconds=0, calendar=factories.calendar(**OFFICE))
    desk.wait(0)
    desk.say(-0.2)
    deliver_all()
    ticked(desk, 660)
    desk.say(0.0)

    alert = Alert.objects.get()

    assert alert.state == "firing"
    assert alert.suppressed_by == [
        {"kind": "calendar", "id": "NYSE", "name": "NYSE is closed", "by": ""}
    ]
    assert actions_of(alert) == ["fired", "suppressed"]


@pytest.mark.django_db(transaction=True)
def test_at_the_opening_it_waits_for_a_new_sample_and_then_resolves(desk: Desk) -> None:
    factories.rule(no_data_seconds=0, calendar=factories.calendar(**OFFICE))
    desk.wait(0)
    desk.say(-0.2)
    ticked(desk, 660)
    desk.say(0.0)

    ticked(desk, 82_800)
    assert actions_of(Alert.objects.get()) == ["fired", "suppressed", "unsuppressed"]
    desk.say(0.0)

    assert Alert.objects.get().state == "resolved"


@pytest.mark.django_db(transaction=True)
def test_silence_is_counted_from_the_opening(desk: Desk) -> None:
    factories.rule(no_data_seconds=1200, calendar=factories.calendar(**OFFICE))
    desk.wait(0)
    desk.say(0.0)
    desk.wait(540)
    desk.wait(120)

    desk.now = NOON.replace(day=24, hour=11)
    desk.wait(1)
    assert not Alert.objects.exists()
    desk.wait(1200)

    assert Alert.objects.get().condition == "nodata"


@pytest.mark.django_db(transaction=True)
def test_an_edited_calendar_counts_at_once(desk: Desk) -> None:
    shut = factories.calendar(zone="UTC", opened="mon 01:00-02:00")
    factories.rule(calendar=shut)
    desk.wait(0)
    desk.say(-0.2)
    assert not Alert.objects.exists()

    shut.opened = ""
    shut.save()
    desk.wait(1)
    desk.say(-0.2)

    assert Alert.objects.get().state == "firing"


def test_a_replay_does_the_same() -> None:
    noon = datetime(2025, 11, 24, 16, tzinfo=UTC).timestamp()  # the recordings begin then
    held = plan(timing=Timing(hold=60), calendar=office("16:00-16:10"))
    values = [0.0] * 580 + [9.0] * 86_320 + [0.0] * 100

    moments = replay(held, [recording(values)], end=noon + 170_000)

    day = 86_400
    assert told(moments) == [(day + 60, "fire"), (day + 500, "resolve")]
    assert [str(moment.phase) for moment in moments][:2] == ["pending", "ok"]
