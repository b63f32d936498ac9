"""`error_events` become groups, events and the series `errors`."""

from __future__ import annotations

import pytest

from health.models import ErrorEvent, ErrorGroup
from tests.health.desk import NOON, after, error, failed

pytestmark = pytest.mark.django_db


def test_errors_that_differ_in_numbers_share_a_group() -> None:
    failed([error("order 1 failed"), error("order 22 failed", ts=after(5))], now=after(9))

    group = ErrorGroup.objects.get()
    assert (group.count, group.first_seen_at, group.last_seen_at) == (2, NOON, after(5))
    assert group.message == "order 22 failed"
    assert ErrorEvent.objects.count() == 2


def test_an_error_delivered_twice_is_counted_once() -> None:
    once = error()
    failed([once])

    again = failed([once])

    assert (again.fresh, again.duplicates, again.readings) == (0, 1, [])
    assert ErrorGroup.objects.get().count == 1


def test_a_group_keeps_its_worst_severity_and_newest_message() -> None:
    failed([error("disk 1", severity="critical", ts=after(60))], now=after(60))

    failed([error("disk 2", severity="info", ts=after(10))], now=after(61))

    group = ErrorGroup.objects.get()
    assert (group.severity, group.message) == ("critical", "disk 1")
    assert (group.first_seen_at, group.last_seen_at) == (after(10), after(60))


def test_the_count_of_an_event_counts_as_many_errors() -> None:
    stored = failed([error(count=40)])

    assert ErrorGroup.objects.get().count == 40
    assert [(reading.name, reading.value) for reading in stored.readings] == [("errors", 40)]
    assert dict(stored.readings[0].labels) == {
        "component": "exec",
        "env": "live",
        "severity": "critical",
    }


def test_an_error_after_the_resolution_reopens_its_group() -> None:
    failed([error()])
    ErrorGroup.objects.update(resolved_at=after(10))

    failed([error(ts=after(5))], now=after(20))
    assert ErrorGroup.objects.get().resolved_at == after(10)
    failed([error(ts=after(15))], now=after(20))

    assert ErrorGroup.objects.get().resolved_at is None


def test_the_producers_own_grouping_wins() -> None:
    failed([error("a", fingerprint="db-down"), error("b", fingerprint="db-down")])
    failed([error("a", fingerprint="disk-full")])

    assert sorted(ErrorGroup.objects.values_list("count", flat=True)) == [1, 2]


def test_the_stack_and_the_extra_fields_are_kept() -> None:
    failed([error(stack="Traceback\n\tline 1", extra={"order": 5})])

    event = ErrorEvent.objects.get()
    assert (event.stack, event.extra) == ("Traceback\n\tline 1", {"order": 5})
