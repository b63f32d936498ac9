"""Silences as people make them: guards, preview, ends, successors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InternalError, transaction
from hypothesis import given
from hypothesis import strategies as st

from alerts import actions, recurrence, silences
from alerts.matchers import parse
from alerts.models import Silence
from alerts.recurrence import Schedule, Unrepeatable
from tests import factories
from tests.alerts.conftest import NOON, MakeAlert

HOUR = timedelta(hours=1)
ZONES = ["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]


@pytest.fixture
def ana(db: None) -> User:
    return factories.person("ana", role="responder")


def plan(matchers: str = "env=live", **schedule: object) -> silences.Plan:
    given = {"start": NOON, "end": NOON + HOUR, **schedule}
    return silences.Plan(parse(matchers), "gateway is replaced", Schedule(**given))  # type: ignore[arg-type]


@pytest.mark.parametrize("matchers", ["env=~.*", "env!=live", "a=", "env!~x, b=~y?"])
def test_a_silence_that_fits_everything_is_refused(ana: User, matchers: str) -> None:
    with pytest.raises(silences.TooBroad):
        silences.silence(plan(matchers), by=ana, now=NOON)


def test_a_start_in_the_past_is_now(ana: User) -> None:
    made = silences.silence(plan(start=NOON - HOUR), by=ana, now=NOON)

    assert (made.starts_at, made.created_by) == (NOON, ana)


@pytest.mark.parametrize(
    ("schedule", "error"),
    [
        ({"end": NOON}, silences.BadTime),
        ({"end": NOON - HOUR, "start": NOON - 2 * HOUR}, silences.BadTime),
        ({"end": NOON + timedelta(days=91)}, silences.BadTime),
        ({"rule": "FREQ=HOURLY"}, Unrepeatable),
        ({"rule": "FREQ=DAILY;INTERVAL=0"}, Unrepeatable),
        ({"rule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}, Unrepeatable),
        ({"rule": "FREQ=WEEKLY", "end": NOON + timedelta(days=8)}, Unrepeatable),
        ({"rule": "FREQ=DAILY;UNTIL=20200101"}, Unrepeatable),
        ({"rule": "nonsense"}, Unrepeatable),
    ],
)
def test_a_window_that_is_none_is_refused(
    ana: User, schedule: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        silences.silence(plan("env=live", **schedule), by=ana, now=NOON)


def test_a_viewer_silences_nothing(db: None) -> None:
    with pytest.raises(PermissionDenied):
        silences.silence(plan(), by=factories.person("bob"), now=NOON)


def test_the_preview_names_alerts_and_rules(ana: User, make_alert: MakeAlert) -> None:
    open_one = make_alert("1" * 16, labels={"env": "live"})
    over = make_alert("2" * 16, rule_name="slow", labels={"env": "live"})
    actions.resolve(over.pk, by=ana, now=NOON)
    make_alert("3" * 16, labels={"env": "paper"})

    seen = silences.preview(parse("env=live"), now=NOON + HOUR)

    assert [alert.pk for alert in seen.open] == [open_one.pk]
    assert (seen.open_count, seen.of_open) == (1, 2)
    assert (seen.past_count, seen.of_past) == (2, 3)
    assert seen.rules == ["high_drawdown", "slow"]
    assert not seen.everything
    assert silences.preview(parse("alertname=~.+"), now=NOON + HOUR).everything


def test_alerts_older_than_a_month_are_not_previewed(make_alert: MakeAlert) -> None:
    make_alert()

    seen = silences.preview(parse("env=live"), now=NOON + timedelta(days=31))

    assert (seen.past_count, seen.open_count) == (0, 1)


def test_an_edit_is_a_successor(ana: User) -> None:
    former = silences.silence(plan(), by=ana, now=NOON)

    later = silences.replace(former, plan("env=paper"), by=ana, now=NOON + HOUR / 2)

    former.refresh_from_db()
    assert (former.ended_at, former.ended_by) == (NOON + HOUR / 2, ana)
    assert later.replaces == former
    assert later.matchers[0]["value"] == "paper"


def test_the_table_refuses_other_matchers(ana: User) -> None:
    made = silences.silence(plan(), by=ana, now=NOON)

    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        Silence.objects.filter(pk=made.pk).update(matchers=[{"name": "a", "op": "=", "value": "b"}])


def test_what_has_ended_is_neither_ended_nor_extended_again(ana: User) -> None:
    made = silences.silence(plan(), by=ana, now=NOON)
    silences.extend(made.pk, seconds=3600, by=ana, now=NOON)
    silences.end(made.pk, by=ana, now=NOON + HOUR)

    with pytest.raises(silences.Ended):
        silences.end(made.pk, by=ana, now=NOON + HOUR)
    with pytest.raises(silences.Ended):
        silences.extend(made.pk, seconds=60, by=ana, now=NOON + HOUR)


@given(
    st.sampled_from(ZONES),
    st.integers(0, 23),
    st.integers(15, 600),
    st.integers(2, 1_060 * 1_440),
)
def test_a_daily_window_begins_and_ends_by_the_wall_clock(
    zone: str, hour: int, minutes: int, later: int
) -> None:
    there = ZoneInfo(zone)
    local = datetime(2026, 1, 1, hour, 15, tzinfo=there)
    ends = local + timedelta(minutes=minutes)
    schedule = Schedule(local.astimezone(UTC), ends.astimezone(UTC), "FREQ=DAILY", zone)
    moment = datetime(2026, 1, 3, tzinfo=UTC) + timedelta(minutes=later)

    window = schedule.first_ending_after(moment)

    assert window is not None
    assert window.end > moment
    assert window.start <= moment + timedelta(days=1, hours=1)
    begins, ends = (t.astimezone(there).replace(tzinfo=None) for t in (window.start, window.end))
    assert timedelta(0) <= begins - begins.replace(hour=hour, minute=15) <= timedelta(hours=1)
    assert abs((ends - begins) - timedelta(minutes=minutes)) <= timedelta(hours=1)


def test_a_window_that_begins_within_a_second_comes_again_from_its_first_time() -> None:
    begins = NOON + timedelta(microseconds=700_000)
    schedule = Schedule(begins, begins + HOUR, "FREQ=WEEKLY")

    window = schedule.first_ending_after(begins)

    assert window is not None
    assert window.start == NOON


def test_an_hour_that_the_clocks_skip_begins_with_the_first_instant_after_it() -> None:
    madrid = ZoneInfo("Europe/Madrid")
    first = datetime(2026, 3, 1, 2, 30, tzinfo=madrid).astimezone(UTC)
    schedule = Schedule(first, first + HOUR, "FREQ=WEEKLY;BYDAY=SU", "Europe/Madrid")

    (window,) = schedule.between(
        datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)
    )

    assert window.start.astimezone(madrid).isoformat() == "2026-03-29T03:00:00+02:00"
    assert window.end.astimezone(madrid).isoformat() == "2026-03-29T03:30:00+02:00"
    recurrence.check(schedule)
