"""`system_metrics` becomes components, states, flips and readings."""

from __future__ import annotations

import random

import pytest
from pytest_django import DjangoAssertNumQueries

from health.models import Component, Flip
from health.rows import component_row
from tests.health.desk import NOON, after, report, reported

pytestmark = pytest.mark.django_db


def test_the_first_report_makes_the_component() -> None:
    reported(report(status="ok", health=98.0, metrics={"queue_lag": 3.0}))

    component = Component.objects.get()
    assert (component.name, component.state, component.health) == ("order-executor", "up", 98)
    assert component.metrics == {"queue_lag": 3}
    assert component.first_seen_at == component.last_seen_at == NOON


def test_a_component_is_watched_since_its_first_report_was_read() -> None:
    reported(report(ts=after(-86_400)), now=NOON)

    component = Component.objects.get()
    assert (component.first_seen_at, component.last_seen_at) == (NOON, after(-86_400))


def test_a_health_that_is_no_number_is_neither_good_nor_zero() -> None:
    stored = reported(report(status="", health=None, health_sent=True))

    component = Component.objects.get()
    assert (component.state, component.health) == ("degraded", None)
    assert [r.value for r in stored.readings if r.name == "component_health"] == [None]


def test_a_figure_without_a_number_is_an_absence_and_not_the_last_figure() -> None:
    reported(report(status="ok", cpu_percent=40.0, metrics={"queue_lag": 3.0}))

    stored = reported(
        report(
            status="ok",
            void=frozenset({"cpu_percent", "ws_connected"}),
            metrics={"queue_lag": None},
        )
    )

    figures = {reading.name: reading.value for reading in stored.readings}
    absent = {"cpu_percent", "ws_connected", "order-executor.queue_lag"}
    assert {name for name, value in figures.items() if value is None} == absent
    assert "memory_percent" not in figures
    assert Component.objects.get().metrics == dict.fromkeys(
        ("queue_lag", "cpu_percent", "ws_connected")
    )


def test_a_report_delivered_twice_changes_nothing() -> None:
    once = report(status="ok")
    reported(once)

    again = reported(once, once)

    assert (again.fresh, again.duplicates) == (0, 2)
    assert again.readings == []
    assert Component.objects.get().beats == 1


def test_a_change_of_state_leaves_a_flip() -> None:
    reported(report(status="ok"))

    reported(report(status="down", ts=after(10)), now=after(10))

    flip = Flip.objects.get()
    assert (flip.from_state, flip.to_state, flip.at) == ("up", "down", after(10))


def test_a_late_report_does_not_overwrite_a_newer_one() -> None:
    reported(report(status="degraded", health=40.0, ts=after(60)), now=after(60))

    reported(report(status="ok", health=100.0, ts=after(30)), now=after(61))

    component = Component.objects.get()
    assert (component.state, component.health) == ("degraded", 40)
    assert component.last_seen_at == after(60)
    assert component.beats == 2


def test_the_interval_is_the_same_in_any_order_of_arrival() -> None:
    moments = list(range(0, 300, 30))
    random.Random(5).shuffle(moments)

    for moment in moments:
        reported(report(ts=after(moment)), now=after(300))

    component = Component.objects.get()
    assert component.interval_seconds == 30
    assert component.last_seen_at == after(270)


def test_a_clock_that_runs_ahead_does_not_hide_a_silence() -> None:
    reported(report(ts=after(3600)), now=NOON)

    assert Component.objects.get().last_seen_at == NOON


def test_an_old_report_from_the_backlog_is_stale_at_once() -> None:
    reported(report(status="ok", ts=NOON), now=after(7200))

    assert Component.objects.get().state == "stale"


def test_every_figure_becomes_a_reading_of_its_component() -> None:
    stored = reported(
        report("feed", status="ok", cpu_percent=12.5, data_latency=0.3, metrics={"ticks": None})
    )

    values = {reading.name: reading.value for reading in stored.readings}
    assert values == {
        "component_health": 100,
        "cpu_percent": 12.5,
        "data_latency_seconds": 0.3,
        "feed.ticks": None,
    }
    assert {reading.labels for reading in stored.readings} == {
        (("component", "feed"), ("env", "live"))
    }


def test_environments_do_not_share_a_component() -> None:
    stored = reported(report("feed"), report("feed", env="paper"))

    assert Component.objects.count() == 2
    assert {frame.key for frame in stored.frames} == {"component:feed", "component:paper/feed"}


def test_the_pushed_frame_is_the_row_of_the_page() -> None:
    stored = reported(report(status="degraded"), report("feed", ts=after(1)), now=after(2))

    rows = [component_row(component, now=after(2)) for component in Component.objects.all()]
    assert [frame.data for frame in stored.frames] == rows


def test_a_batch_costs_the_same_number_of_queries_for_any_size(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    events = [report(f"c{number % 20}", ts=after(number)) for number in range(500)]

    with django_assert_max_num_queries(10):
        reported(*events, now=after(500))

    assert Component.objects.count() == 20
