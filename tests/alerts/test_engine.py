"""The evaluator: samples in, alerts out, on a real database."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from alerts import actions
from alerts.engine import Evaluator
from alerts.models import Alert, Rule, RuleError, RuleInstance, Transition
from analytics import series as store
from analytics.live import Frame
from tests import factories
from tests.alerts.conftest import NOON

pytestmark = pytest.mark.django_db(transaction=True)

LABELS = {"env": "live", "strategy": "ema"}


class Desk:
    """Feeds readings to an evaluator as the engine does: recorded and judged in one commit."""

    def __init__(self, *, stream: str = "performance_metrics") -> None:
        self.stream = stream
        self.evaluator = Evaluator(owned={stream, ""})
        self.now = NOON

    def wait(self, seconds: float) -> list[Frame]:
        """Let time pass, with the clock ticking at its end."""
        self.now += timedelta(seconds=seconds)
        return self.evaluator.tick(now=self.now)

    def say(
        self,
        value: float | None,
        *,
        name: str = "current_drawdown",
        at: datetime | None = None,
        **labels: str,
    ) -> list[Frame]:
        with transaction.atomic():
            return self.judge(value, name=name, at=at, **labels)

    def judge(
        self, value: float | None, *, name: str, at: datetime | None = None, **labels: str
    ) -> list[Frame]:
        sorted_labels = tuple(sorted((labels or LABELS).items()))
        reading = store.Reading(name, sorted_labels, at or self.now, value, self.stream)
        with connection.cursor() as cursor:
            samples = store.record(cursor, [reading], now=self.now)
        return self.evaluator.observe(samples, now=self.now)

    def restart(self) -> None:
        """A new engine with nothing in memory."""
        self.evaluator = Evaluator(owned={self.stream, ""})


@pytest.fixture
def desk(transactional_db: None) -> Iterable[Desk]:
    from analytics import samples

    samples.forget()
    yield Desk()
    samples.forget()


def actions_of(alert: Alert) -> list[str]:
    return list(alert.transitions.values_list("action", flat=True))


def test_a_breach_fires_on_arrival(desk: Desk) -> None:
    factories.rule()

    frames = desk.say(-0.06)

    alert = Alert.objects.get()
    assert (alert.state, alert.value, alert.threshold) == ("firing", -0.06, -0.05)
    assert alert.title == "Drawdown on ema"
    assert [frame.key for frame in frames if frame.topic == "alerts"] == [str(alert.pk)]


def test_a_value_on_the_right_side_fires_nothing(desk: Desk) -> None:
    factories.rule()

    desk.say(-0.05)
    desk.say(0.02)

    assert not Alert.objects.exists()


def test_it_resolves_when_the_value_is_back(desk: Desk) -> None:
    factories.rule()
    desk.say(-0.06)

    desk.say(-0.01)

    assert actions_of(Alert.objects.get(state="resolved")) == ["fired", "resolved"]


def test_each_series_has_its_own_alert(desk: Desk) -> None:
    factories.rule()

    desk.say(-0.06, strategy="a", env="live")
    desk.say(-0.07, strategy="b", env="live")

    assert Alert.objects.filter(state="firing").count() == 2


def test_matchers_choose_series(desk: Desk) -> None:
    factories.rule(matchers={"env": "live"})

    desk.say(-0.06, strategy="a", env="paper")

    assert not Alert.objects.exists()


def test_for_is_counted_by_the_clock(desk: Desk) -> None:
    factories.rule(for_seconds=30)
    desk.say(-0.06)

    desk.wait(29)
    before = Alert.objects.count()
    desk.wait(1)

    assert (before, Alert.objects.count()) == (0, 1)


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


def test_a_count_leaves_its_window_and_the_alert_resolves(desk: Desk) -> None:
    factories.rule(
        metric="errors",
        aggregate="count",
        window_seconds=300,
        comparison=">=",
        threshold=1,
        no_data_seconds=0,
    )
    desk.say(1, name="errors")

    desk.wait(299)
    before = Alert.objects.get().state
    desk.wait(1)

    assert (before, Alert.objects.get().state) == ("firing", "resolved")


def test_a_number_that_is_none_is_no_data_and_never_ok(desk: Desk) -> None:
    factories.rule()

    desk.say(None)

    alert = Alert.objects.get()
    assert (alert.condition, alert.value) == ("nodata", None)
    assert RuleInstance.objects.get().state == "nodata"


def test_silence_becomes_no_data_in_the_same_alert(desk: Desk) -> None:
    factories.rule(no_data_seconds=60)
    desk.say(-0.06)

    desk.wait(60)
    lost = Alert.objects.get()
    desk.say(-0.07)
    back = Alert.objects.get()

    assert (lost.condition, back.condition) == ("nodata", "breach")
    assert actions_of(back) == ["fired", "no_data", "data_back"]


def test_silence_is_not_believed_while_another_engine_hears(desk: Desk) -> None:
    factories.rule(no_data_seconds=60)
    desk.say(0.01)
    other = Desk()
    other.now = desk.now + timedelta(seconds=40)
    other.say(0.02)

    desk.wait(60)

    assert not Alert.objects.exists()


def test_a_late_sample_changes_nothing(desk: Desk) -> None:
    factories.rule()
    desk.say(0.01)

    desk.say(-0.09, at=desk.now - timedelta(seconds=30))

    assert not Alert.objects.exists()


def test_history_before_the_first_start_is_not_judged(desk: Desk) -> None:
    factories.rule()

    desk.say(-0.09, at=desk.now - timedelta(seconds=61))

    assert not Alert.objects.exists()


def test_a_clock_that_is_ahead_does_not_silence_the_series(desk: Desk) -> None:
    factories.rule()
    desk.say(0.01, at=desk.now + timedelta(hours=1))

    desk.wait(1)
    desk.say(-0.06)

    assert Alert.objects.exists()


def test_too_few_trades_judge_nothing(desk: Desk) -> None:
    factories.rule(
        "low_win_rate",
        metric="win_rate_ratio",
        threshold=0.4,
        samples_metric="total_trades",
        min_samples=30,
    )
    desk.say(29, name="total_trades")
    desk.say(0.1, name="win_rate_ratio")
    before = Alert.objects.count()

    desk.say(30, name="total_trades")

    assert (before, Alert.objects.count()) == (0, 1)


def test_a_manual_resolve_stays_until_the_condition_cleared_once(desk: Desk) -> None:
    factories.rule()
    desk.say(-0.06)
    actions.resolve(Alert.objects.get().pk, by=factories.person("erin"), now=desk.now)

    desk.wait(2)
    desk.say(-0.07)
    silent = Alert.objects.count()
    desk.say(0.0)
    desk.say(-0.06)

    assert (silent, Alert.objects.count()) == (1, 2)


def test_a_manual_resolve_is_remembered_across_a_restart(desk: Desk) -> None:
    factories.rule()
    desk.say(-0.06)
    actions.resolve(Alert.objects.get().pk, by=factories.person("erin"), now=desk.now)
    desk.restart()

    desk.wait(1)
    desk.say(-0.07)

    assert Alert.objects.count() == 1


def test_acknowledged_alerts_resolve_too(desk: Desk) -> None:
    factories.rule()
    desk.say(-0.06)
    actions.acknowledge(Alert.objects.get().pk, by=factories.person("erin"), now=desk.now)

    desk.say(0.0)

    assert actions_of(Alert.objects.get()) == ["fired", "acknowledged", "resolved"]


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
    from analytics import samples

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


def test_the_open_alert_follows_the_value_and_keeps_the_worst(desk: Desk) -> None:
    factories.rule()
    desk.say(-0.06)
    desk.wait(1.1)
    desk.say(-0.11)
    desk.wait(1.1)
    desk.say(-0.08)

    desk.wait(1.1)

    alert = Alert.objects.get()
    assert (alert.value, alert.peak_value) == (-0.08, -0.11)


def test_streams_that_others_own_are_left_alone(desk: Desk) -> None:
    factories.rule(no_data_seconds=60)
    desk.say(0.01)
    bystander = Evaluator(owned={"trade_executions"})

    bystander.tick(now=desk.now)
    bystander.tick(now=desk.now + timedelta(seconds=120))

    assert not Alert.objects.exists()


def test_silence_itself_can_be_watched(desk: Desk) -> None:
    factories.rule(aggregate="absent", comparison=">", threshold=90)
    desk.say(0.01)

    desk.wait(91)
    fired = Alert.objects.filter(state="firing").count()
    desk.say(0.01)

    assert (fired, Alert.objects.filter(state="resolved").count()) == (1, 1)


def test_values_near_an_open_alert_go_to_the_page(desk: Desk, django_user_model: User) -> None:
    factories.rule()
    desk.say(-0.06)

    frames = desk.say(-0.07)

    assert [frame.data for frame in frames if frame.topic == "samples"] == [[-0.07]]


def test_an_error_during_a_short_outage_is_still_an_alert(desk: Desk) -> None:
    factories.rule(
        metric="errors", aggregate="count", window_seconds=300, comparison=">=", threshold=2
    )
    desk.say(1, name="errors")
    desk.restart()
    desk.now += timedelta(seconds=150)

    desk.say(1, name="errors", at=desk.now - timedelta(seconds=120))

    assert Alert.objects.get().value == 2
