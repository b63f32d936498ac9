"""The rules and the policy that every desk starts with."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import transaction

from alerts.models import Policy, PolicyStep, Rule

RULES: tuple[dict[str, Any], ...] = (
    {
        "name": "high_drawdown",
        "title": "Drawdown of {{strategy}} is {{value}}",
        "description": "The agent reports a drawdown beyond {{threshold}} in {{env}}.",
        "metric": "current_drawdown",
        "comparison": "<",
        "threshold": -0.05,
        "severity": "critical",
    },
    {
        "name": "low_win_rate",
        "title": "Win rate of {{strategy}} is {{value}}",
        "description": "Fewer than {{threshold}} of the trades in {{env}} are won.",
        "metric": "win_rate_ratio",
        "comparison": "<",
        "threshold": 0.4,
        "samples_metric": "total_trades",
        "min_samples": 30,
        "no_data": "ignore",
        "severity": "warning",
    },
    {
        "name": "execution_latency",
        "title": "An execution took {{value}} s",
        "description": "The slowest execution of the last five minutes took longer than "
        "{{threshold}} s.",
        "metric": "execution_latency_seconds",
        "aggregate": "max",
        "window_seconds": 300,
        "comparison": ">",
        "threshold": 5.0,
        "no_data_seconds": 0,
        "severity": "warning",
    },
    {
        "name": "system_error",
        "title": "Critical errors in {{component}}",
        "description": "Critical errors within five minutes: {{value}}.",
        "metric": "errors",
        "matchers": {"severity": "critical"},
        "aggregate": "count",
        "window_seconds": 300,
        "comparison": ">=",
        "threshold": 1,
        "no_data_seconds": 0,
        "severity": "critical",
    },
    {
        "name": "stream_lag",
        "title": "{{stream}} is read {{value}} s late",
        "description": "The oldest entry that is still to be read waits longer than {{threshold}} "
        "s.",
        "metric": "portal_stream_lag_seconds",
        "comparison": ">",
        "threshold": 30,
        "for_seconds": 30,
        "severity": "warning",
    },
    {
        "name": "dead_letters",
        "title": "Events of {{stream}} could not be stored",
        "description": "{{value}} dead letters wait for somebody to look at them.",
        "metric": "portal_dead_letters",
        "comparison": ">",
        "threshold": 0,
        "severity": "warning",
    },
    {
        "name": "data_loss",
        "title": "{{value}} entries of {{stream}} are lost",
        "description": "They were trimmed or flushed before the portal could read them.",
        "metric": "portal_lost_entries",
        "aggregate": "sum",
        "window_seconds": 3600,
        "comparison": ">",
        "threshold": 0,
        "no_data_seconds": 0,
        "severity": "critical",
    },
    {
        "name": "missed_anchor",
        "title": "The audit trail was not anchored for {{threshold}} s",
        "description": "The hourly anchor outside the database was not written: is its disk full, "
        "away or read-only?",
        "metric": "portal_anchor_age_seconds",
        "comparison": ">",
        "threshold": 5400,
        "severity": "warning",
    },
    {
        "name": "unsafe_redis",
        "title": "{{server}} may lose events",
        "description": "Its configuration lets entries vanish; the system page says which part.",
        "metric": "portal_redis_faults",
        "comparison": ">",
        "threshold": 0,
        "for_seconds": 15,
        "severity": "critical",
    },
    {
        "name": "unreadable_trades",
        "title": "The agent's trades cannot be read",
        "description": "Figures of trading stand still; the system page says why.",
        "metric": "portal_book_faults",
        "comparison": ">",
        "threshold": 0,
        "for_seconds": 30,
        "severity": "warning",
    },
    {
        "name": "silent_agent",
        "title": "The agent has been silent for {{threshold}} s",
        "description": "No report about the system has come for so long.",
        "metric": "portal_silence_seconds",
        "matchers": {"stream": "system_metrics"},
        "comparison": ">",
        "threshold": 120,
        "severity": "critical",
    },
)
POLICY = "Desk"
STEPS = (0, 300)  # seconds after the step before


class Command(BaseCommand):
    help = "Load the default rules and policy; what exists, was edited or was deleted stays so."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            added = [definition["name"] for definition in RULES if self._add_rule(definition)]
            if not Policy.objects.filter(is_default=True).exists() and not _was(Policy, POLICY):
                self._add_policy()
                added.append(POLICY)
        self.stdout.write(f"Loaded {', '.join(added)}." if added else "Nothing to load.")

    def _add_rule(self, definition: dict[str, Any]) -> bool:
        name = definition["name"]
        if Rule.objects.filter(name=name).exists() or _was(Rule, name):
            return False
        Rule.objects.create(**definition, change_reason="Default rule.")
        return True

    def _add_policy(self) -> None:
        """Who is told is for the operator to say: the steps begin without receivers."""
        policy = Policy.objects.create(name=POLICY, is_default=True)
        for position, delay in enumerate(STEPS):
            PolicyStep.objects.create(policy=policy, position=position, delay_seconds=delay)


def _was(model: type[Rule] | type[Policy], name: str) -> bool:
    """Whether the history knows it: somebody deleted or renamed it, and meant to."""
    events = apps.get_model("alerts", f"{model.__name__}Event")
    return bool(events.objects.filter(name=name).exists())
