"""The rules that every desk starts with."""

import pytest
from django.core.management import call_command

from alerts.episodes import plan_of
from alerts.models import Policy, Rule

pytestmark = pytest.mark.django_db


def test_the_four_rules_of_the_agents_team_are_loaded() -> None:
    call_command("load_rules")

    found = {
        rule.name: (rule.metric, rule.comparison, rule.threshold, rule.severity)
        for rule in Rule.objects.all()
    }
    assert found["high_drawdown"] == ("current_drawdown", "<", -0.05, "critical")
    assert found["low_win_rate"] == ("win_rate_ratio", "<", 0.4, "warning")
    assert found["execution_latency"] == ("execution_latency_seconds", ">", 5.0, "warning")
    assert found["system_error"] == ("errors", ">=", 1.0, "critical")


def test_every_default_rule_can_be_evaluated() -> None:
    call_command("load_rules")

    assert [plan_of(rule) for rule in Rule.objects.all()]


def test_the_default_policy_has_two_steps() -> None:
    call_command("load_rules")

    policy = Policy.objects.get(is_default=True)
    assert list(policy.steps.values_list("delay_seconds", flat=True)) == [0, 300]


def test_loading_again_changes_nothing_that_was_edited() -> None:
    call_command("load_rules")
    Rule.objects.filter(name="high_drawdown").update(threshold=-0.1)

    call_command("load_rules")

    assert Rule.objects.get(name="high_drawdown").threshold == -0.1
    assert Policy.objects.count() == 1


def test_a_rule_that_was_deleted_does_not_come_back() -> None:
    call_command("load_rules")
    Rule.objects.get(name="stream_lag").delete()

    call_command("load_rules")

    assert not Rule.objects.filter(name="stream_lag").exists()
