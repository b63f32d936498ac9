"""The evaluator: samples in, alerts out, on a real database."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from alerts import actions
from alerts.models import Alert, RuleInstance
from tests import factories
from tests.alerts.desk import Desk, actions_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_breach_fires_on_arrival(desk: Desk) -> None:
    factories.rule()

    frames = desk.say(-0.06)

    alert = Alert.objects.get()
    assert (alert.state, alert.value, alert.threshold) == ("firing", -0.06, -0.05)
    assert alert.title == "Drawdown on ema"
    assert [frame.key for frame in frames if frame.topic == "alerts"] == [str(alert.pk)]


def test_a_title_tells_shares_in_percent_and_the_whole_account_by_name(desk: Desk) -> None:
    factories.rule(title="Drawdown of {{strategy}} is {{value}}, beyond {{threshold}}")

    desk.say(-0.0612, env="live")

    assert Alert.objects.get().title == "Drawdown of the account is −6.12 %, beyond −5.00 %"


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


def test_a_late_sample_changes_nothing(desk: Desk) -> None:
    factories.rule()
    desk.say(0.01)

    desk.say(-0.09, at=desk.now - timedelta(seconds=30))

    assert not Alert.objects.exists()


def test_history_before_the_first_start_is_not_judged(desk: Desk) -> None:
    factories.rule()

    desk.say(-0.09, at=desk.now - timedelta(seconds=61))

    assert not Alert.objects.exists()


def test_what_waited_in_its_stream_is_judged(desk: Desk) -> None:
    factories.rule()

    desk.say(-0.09, at=desk.now - timedelta(seconds=150), waited=120)

    assert Alert.objects.exists()


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


def test_acknowledged_alerts_resolve_too(desk: Desk) -> None:
    factories.rule()
    desk.say(-0.06)
    actions.acknowledge(Alert.objects.get().pk, by=factories.person("erin"), now=desk.now)

    desk.say(0.0)

    assert actions_of(Alert.objects.get()) == ["fired", "acknowledged", "resolved"]


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


def test_a_new_series_that_spoke_once_and_is_silent_has_no_data(desk: Desk) -> None:
    factories.rule()
    desk.wait(0)
    desk.say(-0.01)

    desk.wait(300)

    assert Alert.objects.get().condition == "nodata"
