"""Schedules in the tables: overrides, swaps, gaps, evidence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction

from alerts import oncall, roster, shifts
from alerts.models import Alert, OnCallSpan, Override, Schedule
from tests import factories
from tests.oncall.conftest import NOON

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def morning(day: int) -> datetime:
    """09:00 in Madrid."""
    return datetime(2026, 11, day, 8, tzinfo=UTC)


def test_the_current_shift_ends_at_the_hand_over_and_names_who_follows(
    desk: Schedule, ana: User, ben: User
) -> None:
    now, following = oncall.current(desk, NOON)

    assert (now.user, now.end, now.gap) == (ana, morning(26), False)
    assert following is not None
    assert following.user == ben


def test_a_person_who_is_switched_off_leaves_it_to_the_fallback(
    desk: Schedule, ana: User, cleo: User
) -> None:
    desk.fallback = cleo
    User.objects.filter(pk=ana.pk).update(is_active=False)

    found = oncall.who(desk, NOON)

    assert (found.user, found.source, found.gap) == (cleo, "fallback", True)


def test_gaps_of_the_next_week_are_named(desk: Schedule) -> None:
    desk.layers.update(last_day=date(2026, 11, 27))

    found = oncall.gaps(desk, NOON)

    assert [(gap.start, gap.end) for gap in found] == [(morning(28), NOON + 7 * DAY)]


def test_taking_a_shift_overrides_the_rotation(desk: Schedule, ana: User, cleo: User) -> None:
    shifts.take(desk, user=cleo, start=NOON, end=NOON + HOUR, by=cleo, now=NOON)

    assert oncall.who(desk, NOON).user == cleo
    assert oncall.who(desk, NOON + HOUR).user == ana


def test_two_overrides_do_not_overlap(desk: Schedule, ben: User, cleo: User) -> None:
    shifts.take(desk, user=cleo, start=NOON, end=NOON + HOUR, by=cleo, now=NOON)

    with pytest.raises(shifts.NotPossible, match="cleo has agreed"):
        shifts.take(desk, user=ben, start=NOON, end=NOON + DAY, by=ben, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Override.objects.create(
            schedule=desk, user=ben, starts_at=NOON, ends_at=NOON + DAY, made_by=ben, made_at=NOON
        )
    elsewhere = factories.schedule("Other")
    assert shifts.take(elsewhere, user=ben, start=NOON, end=NOON + DAY, by=ben, now=NOON).pk


def test_the_past_is_not_taken_over(desk: Schedule, cleo: User) -> None:
    taken = shifts.take(desk, user=cleo, start=NOON - DAY, end=NOON + HOUR, by=cleo, now=NOON)

    assert taken.starts_at == NOON
    with pytest.raises(shifts.NotPossible):
        shifts.take(desk, user=cleo, start=NOON - DAY, end=NOON, by=cleo, now=NOON)


def test_a_viewer_takes_nothing(desk: Schedule) -> None:
    bob = factories.person("bob")

    with pytest.raises(PermissionDenied):
        shifts.take(desk, user=bob, start=NOON, end=NOON + HOUR, by=bob, now=NOON)


def test_taking_back_ends_what_runs_and_removes_what_is_to_come(desk: Schedule, cleo: User) -> None:
    runs = shifts.take(desk, user=cleo, start=NOON, end=NOON + HOUR, by=cleo, now=NOON)
    later = shifts.take(desk, user=cleo, start=NOON + DAY, end=NOON + 2 * DAY, by=cleo, now=NOON)

    for one in (runs, later):
        shifts.drop(one, by=cleo, now=NOON + HOUR / 2)

    assert list(Override.objects.values_list("ends_at", flat=True)) == [NOON + HOUR / 2]


def test_a_swap_exchanges_two_shifts_when_the_other_agrees(
    desk: Schedule, ana: User, ben: User
) -> None:
    friday, saturday = (morning(27), morning(28)), (morning(28), morning(29))
    swap = shifts.ask(desk, asker=ana, taker=ben, gives=friday, takes=saturday, now=NOON)
    before = oncall.who(desk, friday[0]).user

    shifts.answer(swap.pk, by=ben, accept=True, now=NOON)

    assert before == ana
    assert oncall.who(desk, friday[0]).user == ben
    assert oncall.who(desk, saturday[0]).user == ana
    with pytest.raises(shifts.NotPossible, match="accepted already"):
        shifts.answer(swap.pk, by=ben, accept=True, now=NOON)


def test_only_the_one_who_was_asked_accepts(desk: Schedule, ana: User, ben: User) -> None:
    friday, saturday = (morning(27), morning(28)), (morning(28), morning(29))
    swap = shifts.ask(desk, asker=ana, taker=ben, gives=friday, takes=saturday, now=NOON)

    with pytest.raises(PermissionDenied):
        shifts.answer(swap.pk, by=ana, accept=True, now=NOON)
    assert shifts.answer(swap.pk, by=ana, accept=False, now=NOON).state == "withdrawn"


def test_nobody_gives_what_is_not_theirs(desk: Schedule, ana: User, ben: User) -> None:
    with pytest.raises(shifts.NotPossible, match="ana is not on call"):
        shifts.ask(
            desk, asker=ana, taker=ben, gives=(morning(26), morning(27)),
            takes=(morning(28), morning(29)), now=NOON,
        )  # fmt: skip


def spans_of(schedule: Schedule) -> list[tuple[str | None, datetime, datetime | None]]:
    rows = schedule.spans.select_related("user")
    return [(row.user.username if row.user else None, row.starts_at, row.ends_at) for row in rows]


def test_the_clock_writes_who_was_on_call_even_over_an_outage(desk: Schedule) -> None:
    roster.watch(now=NOON)
    roster.watch(now=NOON + 5 * HOUR / 3600)
    roster.watch(now=NOON + 2 * DAY)

    assert spans_of(desk) == [
        ("ana", NOON, morning(26)),
        ("ben", morning(26), morning(27)),
        ("ana", morning(27), None),
    ]


def test_an_edit_changes_the_evidence_from_now_on_only(
    desk: Schedule, ben: User, cleo: User
) -> None:
    roster.watch(now=NOON)
    desk.layers.get().participants.update(user=cleo)
    roster.watch(now=NOON + HOUR)

    assert spans_of(desk) == [("ana", NOON, NOON + HOUR), ("cleo", NOON + HOUR, None)]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM alerts_oncallspan",
        "TRUNCATE alerts_oncallspan",
        "UPDATE alerts_oncallspan SET starts_at = starts_at - interval '1 day'",
    ],
)
def test_evidence_is_not_rewritten(desk: Schedule, statement: str) -> None:
    roster.watch(now=NOON)

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            cursor.execute(statement)
    assert OnCallSpan.objects.count() == 1


def test_a_gap_is_an_alert_until_it_is_filled(desk: Schedule, cleo: User) -> None:
    desk.layers.update(last_day=date(2026, 11, 24))
    roster.watch(now=NOON)
    roster.watch(now=NOON + HOUR)
    fired = Alert.objects.get()
    shifts.take(desk, user=cleo, start=NOON, end=NOON + DAY, by=cleo, now=NOON + HOUR)

    roster.watch(now=NOON + 2 * HOUR)

    assert (fired.state, fired.rule_name, fired.severity) == ("firing", "schedule_gap", "critical")
    fired.refresh_from_db()
    assert fired.state == "resolved"


def test_an_expected_gap_is_no_alert(desk: Schedule) -> None:
    Schedule.objects.update(gaps_expected=True)
    desk.layers.all().delete()

    roster.watch(now=NOON)

    assert not Alert.objects.exists()
