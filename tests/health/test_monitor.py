"""The clock flips what fell silent and tells the pages what changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from analytics.models import DeadLetter, StreamState
from health import board, processes
from health.models import Component, Flip, Process, Pulse
from health.monitor import Monitor, readings
from tests.health.desk import NOON, after, report, reported

pytestmark = pytest.mark.django_db


def lanes(*, now: datetime) -> dict[str, str]:
    return {row["key"]: row["state"] for row in board.lanes(now=now)}


def heard(stream: str, *, at: datetime) -> None:
    StreamState.objects.update_or_create(stream=stream, defaults={"last_event_at": at})


def test_a_silent_component_flips_to_stale_once() -> None:
    reported(report(status="ok"))
    monitor = Monitor()

    monitor.tick(now=after(61))
    monitor.tick(now=after(70))

    assert Component.objects.get().state == "stale"
    assert list(Flip.objects.values_list("from_state", "to_state")) == [("up", "stale")]


def test_a_component_that_speaks_again_is_up_again() -> None:
    reported(report(status="ok"))
    Monitor().tick(now=after(100))

    reported(report(status="ok", ts=after(110)), now=after(110))

    assert Component.objects.get().state == "up"
    assert Flip.objects.count() == 2


def test_nothing_that_never_reported_is_green() -> None:
    assert lanes(now=NOON) == {
        "feeds": "absent",
        "signals": "absent",
        "risk": "absent",
        "execution": "absent",
        "trading": "absent",
        "system": "down",
    }


def test_a_backlog_tells_nothing_of_how_often_a_stream_speaks() -> None:
    monitor = Monitor()
    for seconds in (-40_000, -20_000, -120, *range(0, 150, 30)):
        heard("trade_executions", at=after(seconds))
        monitor.tick(now=after(max(seconds, 0) + 5))

    pulse = Pulse.objects.get()

    assert (pulse.interval_seconds, pulse.last_event_at) == (30, after(120))


def test_a_stream_of_errors_that_is_silent_is_well() -> None:
    for stream in ("error_events", "trading_signals"):
        heard(stream, at=NOON)
    Monitor().tick(now=after(1))

    rows = {row["stream"]: row for row in board.snapshot(now=after(7_200)).streams}

    assert (rows["error_events"]["state"], rows["error_events"]["allowed"]) == ("up", None)
    assert rows["trading_signals"]["state"] == "stale"


def test_a_lane_is_judged_by_its_stream_against_its_own_interval() -> None:
    monitor = Monitor()
    for moment in range(0, 1000, 100):
        heard("trading_signals", at=after(moment))
        monitor.tick(now=after(moment))

    assert lanes(now=after(900 + 299))["signals"] == "up"
    assert lanes(now=after(900 + 301))["signals"] == "stale"


def test_a_lane_is_as_bad_as_its_worst_component() -> None:
    reported(report("risk-manager", status="degraded"), report("feed-binance", status="ok"))

    assert lanes(now=after(1))["risk"] == "degraded"
    assert lanes(now=after(1))["feeds"] == "up"


def test_the_page_sees_a_silence_even_when_no_clock_runs() -> None:
    reported(report("risk-manager", status="ok"))

    assert lanes(now=after(61))["risk"] == "stale"
    assert board.snapshot(now=after(61)).components[0]["state"] == "stale"


def test_only_what_changed_is_told() -> None:
    reported(report(status="ok"))
    monitor = Monitor()
    first = monitor.tick(now=after(1))

    assert any(frame.key == "component:order-executor" for frame in first)
    assert monitor.tick(now=after(2)) == []
    assert monitor.tick(now=after(2.5)) == []


def test_an_old_page_with_the_frames_equals_a_fresh_page() -> None:
    reported(report("risk-manager", status="ok"))
    monitor = Monitor()
    page = overlaid({}, monitor.tick(now=after(1)))
    heard("trade_executions", at=after(30))
    processes.beat("engine", now=after(40))

    page = overlaid(page, monitor.tick(now=after(90)))

    assert page == board.keyed(board.snapshot(now=after(90)))


def overlaid(page: dict[str, Any], frames: list[Any]) -> dict[str, Any]:
    page = page | {frame.key: frame.data for frame in frames}
    return {key: row for key, row in page.items() if row is not None}


def test_the_portals_own_series_tell_lag_silence_and_dead_letters() -> None:
    StreamState.objects.create(
        stream="trade_executions", oldest_waiting_seconds=2.5, last_event_at=NOON
    )
    StreamState.objects.create(stream="risk_decisions")
    DeadLetter.objects.create(stream="trade_executions", entry_id="1-0", reason_code="x", raw=b"")

    found = {(item.name, item.labels[0][1]): item.value for item in readings(now=after(7))}

    assert found == {
        ("portal_stream_lag_seconds", "trade_executions"): 2.5,
        ("portal_silence_seconds", "trade_executions"): 7,
        ("portal_dead_letters", "trade_executions"): 1,
        ("portal_stream_lag_seconds", "risk_decisions"): None,
        ("portal_dead_letters", "risk_decisions"): 0,
    }


def test_the_portal_lane_names_what_does_not_run() -> None:
    for kind in ("live", "engine", "worker"):
        processes.beat(kind, now=NOON)

    row = next(row for row in board.lanes(now=after(1)) if row["key"] == "system")

    assert (row["state"], row["note"]) == ("down", "beat not running")


def test_a_process_is_late_then_lost_then_forgotten_once_another_took_over() -> None:
    processes.beat("engine", now=NOON, name="engine@a:1")
    state = {at: board.snapshot(now=after(at)).processes[0]["state"] for at in (5, 20, 40)}
    assert state == {5: "up", 20: "late", 40: "down"}

    processes.beat("engine", now=after(4000), name="engine@a:2")
    Monitor().tick(now=after(4001))

    assert [process.name for process in Process.objects.all()] == ["engine@a:2"]


def test_a_process_that_ended_on_purpose_is_not_lost() -> None:
    processes.beat("worker", now=NOON)

    processes.stopped("worker", now=after(3))

    assert board.snapshot(now=after(100)).processes[0]["state"] == "stopped"
