"""Kinds of rules on a real database: hysteresis, flapping, composites, deviation, errors."""

from typing import Any

import pytest
from django.db import IntegrityError

from alerts.models import Alert, RuleError, RuleInstance
from alerts.windows import Bucket, Window
from tests import factories
from tests.alerts.desk import Desk, actions_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def say_each_second(desk: Desk, values: list[float]) -> None:
    for value in values:
        desk.wait(1)
        desk.say(value)


def test_with_a_clear_value_the_alert_stays_until_the_value_is_safe(desk: Desk) -> None:
    factories.rule(clear_threshold=-0.03)

    say_each_second(desk, [-0.06, -0.04, -0.06, -0.031])
    between = Alert.objects.get().state
    say_each_second(desk, [-0.03, -0.04])

    assert between == "firing"
    assert actions_of(Alert.objects.get()) == ["fired", "resolved"]


@pytest.mark.parametrize("wrong", [{"clear_threshold": -0.06}, {"flap_count": 1}])
def test_the_table_refuses_what_makes_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        factories.rule(**wrong)


def test_a_flapping_alert_stays_open_until_it_has_been_calm(desk: Desk) -> None:
    factories.rule(flap_count=3, flap_seconds=60)

    say_each_second(desk, [-0.06, 0, -0.06, 0, -0.06, 0, -0.06, 0])
    opened = Alert.objects.count()
    desk.wait(59)
    still = Alert.objects.filter(state="firing").count()
    desk.wait(1)

    assert (opened, still) == (3, 1)
    assert not Alert.objects.filter(state="firing").exists()


def test_flapping_is_remembered_over_a_restart(desk: Desk) -> None:
    factories.rule(flap_count=2, flap_seconds=60)

    say_each_second(desk, [-0.06, 0, -0.06])
    desk.restart()
    say_each_second(desk, [0])

    assert RuleInstance.objects.get().state == "keeping"


def test_a_composite_needs_both_whichever_comes_last(desk: Desk) -> None:
    factories.rule(composite="this and not venue_up == 1")

    desk.say(-0.06)
    desk.say(1, name="venue_up", env="live", venue="a")
    calm = Alert.objects.count()
    desk.say(0, name="venue_up", env="live", venue="a")
    desk.say(1, name="venue_up", env="paper", venue="a")

    assert calm == 0
    assert Alert.objects.get(state="firing").value == -0.06


def test_a_composite_holds_when_any_series_beside_it_does(desk: Desk) -> None:
    factories.rule(composite="this and lag > 3")

    desk.say(-0.06)
    desk.say(1, name="lag", env="live", venue="a")
    desk.say(4, name="lag", env="live", venue="b")
    fired = Alert.objects.filter(state="firing").count()
    desk.say(2, name="lag", env="live", venue="b")

    assert (fired, Alert.objects.filter(state="firing").count()) == (1, 0)


def test_a_composite_does_not_mistake_silence_for_calm(desk: Desk) -> None:
    factories.rule(composite="this and lag > 3", no_data_seconds=600)
    desk.say(-0.06)
    desk.say(4, name="lag", env="live")

    desk.wait(300)
    desk.say(-0.06)
    patient = Alert.objects.get().condition
    desk.wait(599)
    desk.say(-0.06)
    desk.wait(1)

    assert patient == "breach"
    assert RuleInstance.objects.get().state == "nodata"
    assert Alert.objects.get().condition == "nodata"


def test_a_deviation_is_from_what_was_before(desk: Desk) -> None:
    factories.rule(
        aggregate="deviation", window_seconds=60, comparison=">", threshold=4, min_samples=10
    )

    say_each_second(desk, [50, 1.0, 1.2])
    early = Alert.objects.count()
    desk.wait(70)
    say_each_second(desk, [1.0, 1.2] * 10)
    calm = Alert.objects.count()
    say_each_second(desk, [2.0])

    alert = Alert.objects.get()
    assert (early, calm, alert.state) == (0, 0, "firing")
    assert alert.value == pytest.approx(0.9 / (0.1 * (20 / 19) ** 0.5))


def test_a_change_is_that_over_the_window(desk: Desk) -> None:
    factories.rule(aggregate="change", window_seconds=10, comparison="<=", threshold=-3)

    say_each_second(desk, [10, 9, 8, 7])

    assert Alert.objects.get().value == -3


class Torn(Window[Bucket]):
    """A window that cannot be added up."""

    def whole(self) -> Bucket | None:
        raise ArithmeticError("torn")


@pytest.mark.parametrize(
    ("policy", "state", "open_alerts"),
    [("nodata", "error", 1), ("alert", "firing", 1), ("keep", "ok", 0), ("ignore", "error", 0)],
)
def test_an_error_follows_its_policy(desk: Desk, policy: str, state: str, open_alerts: int) -> None:
    factories.rule(aggregate="sum", window_seconds=10, on_error=policy)
    desk.say(0)
    (watch,) = desk.evaluator._need().watches()
    watch.series.windows[10] = Torn(10)

    desk.say(0)

    assert RuleInstance.objects.get().state == state
    assert Alert.objects.filter(state="firing").count() == open_alerts
    assert RuleError.objects.count() == 1


def test_a_label_in_the_runbooks_address_is_quoted(desk: Desk) -> None:
    factories.rule(runbook_url="https://wiki.example/{{strategy}}")

    desk.say(-0.06, strategy="a/b c", env="live")

    assert Alert.objects.get().runbook_url == "https://wiki.example/a%2Fb%20c"
