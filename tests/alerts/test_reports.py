"""What the reports count, and the change that quiets a noisy rule."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from alerts import actions, quieting, reports, transitions
from alerts.models import Alert, Rule
from alerts.quieting import Outcome, Past, Tracks
from analytics import series as store
from analytics.series import Reading
from tests import factories
from tests.alerts.conftest import NOON, MakeAlert

SINCE = NOON - timedelta(days=7)
HOUR = timedelta(hours=1)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.fixture
def week(make_alert: MakeAlert, alice: User, dora: User) -> None:
    """Taken by alice after 2 and 4 minutes, by dora after 30; one ended by itself, one is open."""
    for number, (who, after, lasted) in enumerate(
        [(alice, 2, 10), (alice, 4, 20), (dora, 30, 60), (None, 0, 5)]
    ):
        alert = make_alert(f"{number:016x}", rule_name="slow" if who is dora else "deep")
        if who:
            actions.acknowledge(alert.pk, by=who, now=NOON + minutes(after))
            actions.resolve(alert.pk, by=who, now=NOON + minutes(lasted))
        else:
            _end(alert, minutes(lasted))
    make_alert("00000000000000ff", rule_name="deep")


def _end(alert: Alert, after: timedelta) -> None:
    transitions.change(
        alert.pk, action="resolved", to_state="resolved", via="engine", now=alert.started_at + after
    )


def test_the_times_are_means_medians_and_deciles(week: None) -> None:
    found = reports.response(since=SINCE, zone="UTC")

    assert (found.whole.fired, found.whole.acked.times, found.whole.resolved.times) == (5, 3, 4)
    assert found.whole.acked.mean == pytest.approx(720)
    assert found.whole.acked.median == pytest.approx(240)
    assert found.whole.resolved.mean == pytest.approx(95 * 60 / 4)
    assert [(line.day, line.fired) for line in found.weeks] == [(date(2026, 11, 23), 5)]


def test_rules_and_people_have_lines_of_their_own(week: None) -> None:
    found = reports.response(since=SINCE, zone="UTC")

    assert [(line.key, line.fired) for line in found.rules] == [("deep", 4), ("slow", 1)]
    assert [(line.key, line.acked.times) for line in found.people] == [("alice", 2), ("dora", 1)]
    assert [line.acked.mean for line in found.people] == pytest.approx([180, 1800])


def test_a_week_begins_on_the_monday_of_the_readers_zone(make_alert: MakeAlert) -> None:
    make_alert()
    Alert.objects.update(started_at=NOON.replace(day=22, hour=20))  # Monday in Tokyo

    def mondays(zone: str) -> list[date | None]:
        return [line.day for line in reports.response(since=SINCE, zone=zone).weeks]

    assert mondays("UTC") == [date(2026, 11, 16)]
    assert mondays("Asia/Tokyo") == [date(2026, 11, 23)]


def test_nothing_fired_is_nothing_claimed(db: None) -> None:
    found = reports.response(since=SINCE, zone="UTC")

    assert (found.whole.fired, found.whole.acked.mean, found.rules) == (0, None, [])
    assert reports.noise(since=SINCE) == []


def test_noise_is_what_ended_before_anybody_acted(week: None) -> None:
    deep, slow = reports.noise(since=SINCE)

    assert (deep.rule, deep.fired, deep.by_itself, deep.acted) == ("deep", 4, 1, 2)
    assert (deep.median_seconds, deep.by_itself_ratio, deep.acked_ratio) == (300.0, 0.25, 0.5)
    assert (slow.by_itself, slow.known) == (0, False)


def test_the_calendar_has_whole_weeks_and_levels(week: None, make_alert: MakeAlert) -> None:
    first = date(2026, 11, 16)

    weeks = reports.calendar(
        first=first, today=date(2026, 11, 24), since=NOON - timedelta(days=8), zone="UTC"
    )

    assert [len(days) for days in weeks] == [7, 7]
    monday, tuesday, wednesday = weeks[1][:3]
    assert (monday.total, monday.counts, monday.level) == (5, {"critical": 5}, 4)
    assert (tuesday.level, tuesday.ahead, wednesday.ahead) == (0, False, True)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(0, 100), (1_000, 1_100)], Outcome(2, 1, 0)),
        ([(0, 100)], Outcome(1, 1, 1)),
        ([(1_000, 1_100)], Outcome(1, 0, 0)),
        ([(0, 2_000)], Outcome(1, 1, 1)),
        ([], Outcome(0, 0, 1)),
    ],
)
def test_a_setting_is_judged_by_what_it_keeps_and_leaves_out(
    spans: list[tuple[float, float]], expected: Outcome
) -> None:
    key = (("env", "live"),)
    pasts = [Past(key, 0, 100, True, False), Past(key, 1_000, 1_100, False, True)]

    tracks = Tracks((key, *span) for span in spans)

    assert quieting.judge(tracks, pasts, 0.0) == expected


def noisy(by: User) -> Rule:
    """Four spikes of two minutes that ended by themselves, one of an hour that somebody took."""
    now = timezone.now()
    rule = factories.rule(no_data_seconds=0)
    watched = factories.series()
    start = now - 8 * HOUR
    deep = [(0.5, 2), (1, 2), (1.5, 2), (2, 2), (4, 60)]  # hour, minutes

    def value(at: float) -> float:
        return -0.07 if any(h * 60 <= at < h * 60 + lasted for h, lasted in deep) else -0.01

    named = tuple(sorted(watched.labels.items()))
    moments = [start + timedelta(seconds=10 * tick) for tick in range(7 * 360)]
    with connection.cursor() as cursor:
        store.record(
            cursor,
            [
                Reading(watched.name, named, at, value(10 * tick / 60))
                for tick, at in enumerate(moments)
            ],
            now=now,
        )
    labels = {**watched.labels, "alertname": rule.name}
    for hours, lasted in deep:
        alert = factories.alert(rule=rule, labels=labels, fired_at=start + hours * HOUR)
        if lasted > 2:
            actions.acknowledge(alert.pk, by=by, now=alert.started_at + minutes(3))
        _end(alert, minutes(lasted))
    return rule


def test_the_smallest_change_that_keeps_what_mattered_is_proposed(alice: User) -> None:
    rule = noisy(alice)

    found = quieting.propose(rule, days=1, now=timezone.now())

    assert (found.acted, found.by_itself, found.unseen) == (1, 4, 0)
    assert found.current == Outcome(pages=5, kept=1, left_out=0)
    assert found.change is not None
    assert (found.change.setting, found.change.before, found.change.after) == ("for", 0, 120)
    assert found.change.outcome == Outcome(pages=1, kept=1, left_out=4)


def test_alerts_that_the_stored_values_do_not_show_are_left_aside(alice: User) -> None:
    rule = noisy(alice)
    factories.alert(rule=rule, labels={"env": "paper", "alertname": rule.name})

    found = quieting.propose(rule, days=1, now=timezone.now())

    assert (found.acted, found.by_itself, found.unseen) == (1, 4, 1)
    assert found.change is not None


def test_nothing_is_proposed_that_would_lose_what_somebody_took(alice: User) -> None:
    rule = noisy(alice)
    short = Alert.objects.filter(acknowledged_at=None).latest("started_at")
    Alert.objects.filter(pk=short.pk).update(resolved_by=alice)

    found = quieting.propose(rule, days=1, now=timezone.now())

    assert found.acted == 2
    assert found.change is None or found.change.outcome.kept == 2
