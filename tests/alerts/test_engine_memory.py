"""The evaluator's memory follows the rows: restarts, roll-backs, edits, several engines."""

from datetime import timedelta

import pytest
from django.db import transaction

from alerts import actions
from alerts.engine import Evaluator
from alerts.models import Alert, Rule, RuleError, Transition
from analytics import samples
from tests import factories
from tests.alerts.desk import Desk, actions_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_clock_of_for_survives_a_restart(desk: Desk) -> None:
    factories.rule(for_seconds=30)
    desk.say(-0.06)
    desk.wait(20)
    desk.restart()

    desk.wait(10)

    assert Alert.objects.filter(state="firing").count() == 1


def test_an_open_alert_is_taken_over_after_a_restart(desk: Desk) -> None:
    factories.rule()
    desk.say(-0.06)
    desk.restart()

    desk.wait(1)
    desk.say(-0.07)
    desk.say(-0.01)

    assert actions_of(Alert.objects.get()) == ["fired", "resolved"]


def test_a_window_is_filled_again_after_a_restart(desk: Desk) -> None:
    factories.rule(
        metric="errors", aggregate="count", window_seconds=300, comparison=">=", threshold=3
    )
    desk.say(1, name="errors")
    desk.wait(1)
    desk.say(1, name="errors")
    desk.restart()

    desk.wait(1)
    desk.say(1, name="errors")

    assert Alert.objects.get().value == 3


def test_silence_is_not_believed_while_another_engine_hears(desk: Desk) -> None:
    factories.rule(no_data_seconds=60)
    desk.say(0.01)
    other = Desk()
    other.now = desk.now + timedelta(seconds=40)
    other.say(0.02)

    desk.wait(60)

    assert not Alert.objects.exists()


def test_a_manual_resolve_is_remembered_across_a_restart(desk: Desk) -> None:
    factories.rule()
    desk.say(-0.06)
    actions.resolve(Alert.objects.get().pk, by=factories.person("erin"), now=desk.now)
    desk.restart()

    desk.wait(1)
    desk.say(-0.07)

    assert Alert.objects.count() == 1


def test_an_edit_takes_effect_at_the_next_tick(desk: Desk) -> None:
    rule = factories.rule()
    desk.say(-0.03)

    Rule.objects.filter(pk=rule.pk).update(threshold=-0.02)
    desk.wait(0.25)

    assert Alert.objects.filter(state="firing").count() == 1


@pytest.mark.parametrize("edit", [{"enabled": False}, {"matchers": {"env": "paper"}}])
def test_an_alert_whose_rule_no_longer_speaks_for_it_resolves(
    desk: Desk, edit: dict[str, object]
) -> None:
    rule = factories.rule()
    desk.say(-0.06)

    Rule.objects.filter(pk=rule.pk).update(**edit)
    desk.wait(0.25)

    assert Alert.objects.get().state == "resolved"


def test_the_alert_of_a_deleted_rule_resolves(desk: Desk) -> None:
    rule = factories.rule()
    desk.say(-0.06)

    rule.delete()
    desk.wait(0.25)

    assert Transition.objects.get(action="resolved").note.startswith("The rule was")


def test_a_rolled_back_batch_leaves_no_trace_in_memory(desk: Desk) -> None:
    factories.rule(
        metric="errors", aggregate="count", window_seconds=300, comparison=">=", threshold=2
    )
    desk.wait(0)

    with transaction.atomic():
        desk.judge(1, name="errors")
        transaction.set_rollback(True)

    samples.forget()
    desk.say(1, name="errors")

    assert not Alert.objects.exists()


def test_two_evaluators_never_open_two_alerts(desk: Desk) -> None:
    factories.rule()
    other = Desk()
    other.wait(0)
    desk.wait(0)

    desk.say(-0.06)
    other.say(-0.06)

    assert Alert.objects.count() == 1
    assert actions_of(Alert.objects.get()) == ["fired"]


def test_a_broken_rule_is_shown_and_stops_nobody(desk: Desk) -> None:
    broken = factories.rule("broken", matchers={"env": 7})
    factories.rule()

    desk.say(-0.06)

    assert Alert.objects.get().rule_name == "high_drawdown"
    assert RuleError.objects.get().rule == broken


def test_a_mended_rule_is_no_longer_shown_as_failing(desk: Desk) -> None:
    broken = factories.rule("broken", matchers={"env": 7})
    desk.wait(0)

    Rule.objects.filter(pk=broken.pk).update(matchers={})
    desk.wait(0.25)

    assert not RuleError.objects.exists()


def test_labels_that_collide_are_an_error_of_the_rule(desk: Desk) -> None:
    factories.rule(labels={"strategy": "all"})

    desk.say(-0.06, strategy="a", env="live")
    desk.say(-0.06, strategy="b", env="live")

    assert Alert.objects.count() == 1
    assert "same labels" in RuleError.objects.get().message


def test_streams_that_others_own_are_left_alone(desk: Desk) -> None:
    factories.rule(no_data_seconds=60)
    desk.say(0.01)
    bystander = Evaluator(owned={"trade_executions"})

    bystander.tick(now=desk.now)
    bystander.tick(now=desk.now + timedelta(seconds=120))

    assert not Alert.objects.exists()


def test_an_error_during_a_short_outage_is_still_an_alert(desk: Desk) -> None:
    factories.rule(
        metric="errors", aggregate="count", window_seconds=300, comparison=">=", threshold=2
    )
    desk.say(1, name="errors")
    desk.restart()
    desk.now += timedelta(seconds=150)

    desk.say(1, name="errors", at=desk.now - timedelta(seconds=120))

    assert Alert.objects.get().value == 2
