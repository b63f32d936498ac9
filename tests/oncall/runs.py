"""Policies that run: an alert fires, minutes pass, and somebody is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from alerts import ending, transitions
from alerts.births import Episode
from alerts.models import Alert, Notification, Policy, PolicyStep
from tests.oncall.conftest import NOON


def policy(*steps: dict[str, Any], **fields: Any) -> Policy:
    made = Policy.objects.create(name="default", is_default=True, **fields)
    for position, step in enumerate(steps):
        many = {name: step.pop(name) for name in ("users", "receivers") if name in step}
        row = PolicyStep.objects.create(policy=made, position=position, **step)
        for name, members in many.items():
            getattr(row, name).set(members)
    return made


def fire(
    severity: str = "critical", *, at: datetime = NOON, fingerprint: str = "00000000000000aa"
) -> Alert:
    episode = Episode(
        fingerprint=fingerprint,
        rule_name="r",
        title="t",
        severity=severity,
        labels={"alertname": "r"},
    )
    return transitions.fire(episode, via="engine", now=at)[0]


def later(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def told() -> list[str]:
    """The names of the receivers that are owed something, in order."""
    rows = Notification.objects.filter(receiver__isnull=False, state="pending")
    return list(rows.order_by("pk").values_list("receiver_name", flat=True))


def run_until(minutes: int) -> None:
    for minute in range(minutes + 1):
        ending.advance(now=later(minute))
