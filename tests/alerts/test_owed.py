"""More than one batch can fire: what matters goes first, the rest waits in rows and is not lost."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from alerts.engine import AT_ONCE, HURRIED, Evaluator
from alerts.models import Alert, RuleInstance, Transition
from analytics import series as store
from tests import factories
from tests.alerts.conftest import NOON

pytestmark = pytest.mark.django_db(transaction=True)

STREAM = "performance_metrics"
MANY = 2 * AT_ONCE + 200


def reading(metric: str, venue: str, value: float, at: datetime) -> store.Reading:
    return store.Reading(metric, (("env", "live"), ("venue", venue)), at, value, STREAM)


def observe(evaluator: Evaluator, readings: list[store.Reading], *, now: datetime) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        evaluator.observe(store.record(cursor, readings, now=now), now=now)


def evaluator() -> Evaluator:
    return Evaluator(owned={STREAM, ""})


def after(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def storm() -> Evaluator:
    """MANY series rise in one batch, the grave one last."""
    given = {"comparison": ">", "threshold": 5, "no_data_seconds": 0}
    factories.rule("slow", title="Slow {{venue}}", metric="latency", severity="warning", **given)
    factories.rule("stuck", title="Book is stuck", metric="gap", severity="critical", **given)
    engine = evaluator()
    observe(
        engine, [reading("latency", "calm", 0, NOON), reading("gap", "book", 0, NOON)], now=NOON
    )
    rising = [reading("latency", f"v{n}", 9, after(1)) for n in range(MANY)]
    observe(engine, [*rising, reading("gap", "book", 9, after(1))], now=after(1))
    return engine


def waiting() -> int:
    return RuleInstance.objects.exclude(owed="").count()


def fired() -> int:
    return Transition.objects.filter(action="fired").count()


def test_what_is_grave_goes_first_and_the_rest_in_turns(storm: Evaluator) -> None:
    assert Alert.objects.filter(rule_name="stuck").count() == 1
    assert (fired(), waiting()) == (HURRIED + 1, MANY - HURRIED)

    for second in range(2, 5):
        storm.tick(now=after(second))

    assert (fired(), waiting()) == (MANY + 1, 0)
    assert Alert.objects.filter(state="firing").count() == MANY + 1


def test_an_engine_that_starts_goes_on_with_what_the_last_one_owed(storm: Evaluator) -> None:
    successor = evaluator()

    for second in range(2, 5):
        successor.tick(now=after(second))

    assert (fired(), waiting()) == (MANY + 1, 0)
    assert Alert.objects.count() == MANY + 1


def test_who_clears_while_waiting_has_fired_before(storm: Evaluator) -> None:
    last = f"v{MANY - 1}"
    assert not Alert.objects.filter(title=f"Slow {last}").exists()

    observe(storm, [reading("latency", last, 0, after(2))], now=after(2))
    storm.tick(now=after(3))

    actions = Transition.objects.filter(alert__title=f"Slow {last}").order_by("seq")
    assert list(actions.values_list("action", flat=True)) == ["fired", "resolved"]


def test_who_goes_on_as_before_while_waiting_waits_on(storm: Evaluator) -> None:
    again = [reading("latency", f"v{n}", 9.5, after(2)) for n in range(MANY - 50, MANY)]
    observe(storm, again, now=after(2))

    assert (fired(), waiting()) == (HURRIED + AT_ONCE + 1, MANY - HURRIED - AT_ONCE)


def test_a_batch_that_is_rolled_back_owes_nothing_twice(storm: Evaluator) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        again = [reading("latency", "v0", 8, after(2))]
        storm.observe(store.record(cursor, again, now=after(2)), now=after(2))
        transaction.set_rollback(True)
    storm.rollback()

    for second in range(3, 6):
        storm.tick(now=after(second))

    assert (fired(), waiting()) == (MANY + 1, 0)
