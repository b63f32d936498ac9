"""The admin's first page: what an editor of the desk wants to know before changing anything."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse

from alerts.models import Alert, Notification, Policy, Receiver, Rule
from analytics.models import DeadLetter
from ops_portal.lib.changes import Change, changes

SHOWN_CHANGES = 8
HISTORIES = ("alerts.RuleEvent", "alerts.PolicyEvent", "alerts.ReceiverEvent")


class Card(NamedTuple):
    """A figure with what it means and where it leads."""

    title: str
    figure: int
    meaning: str
    link: str


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    allowed = request.user.has_perm("alerts.view_rule")
    return {
        **context,
        "cards": _cards() if allowed else [],
        "gaps": _gaps() if allowed else [],
        "changes": _last_changes() if allowed else [],
    }


def _cards() -> list[Card]:
    unsent = Notification.objects.filter(state=Notification.State.FAILED)
    return [
        Card("Open alerts", _open(), "not resolved yet", _list("alerts_alert")),
        Card("Rules", _enabled(Rule), "switched on", _list("alerts_rule")),
        Card("Receivers", _enabled(Receiver), "switched on", _list("alerts_receiver")),
        Card("Failed messages", unsent.count(), "given up", _list("alerts_notification")),
        Card("Dead letters", _waiting(), "not replayed", _list("analytics_deadletter")),
    ]


def _gaps() -> list[str]:
    """What makes an alert reach nobody."""
    gaps = []
    if not Receiver.objects.filter(enabled=True).exists():
        gaps.append("No receiver is switched on: nobody is told about alerts.")
    if not Policy.objects.filter(is_default=True).exists():
        gaps.append("No policy is the default: rules without a policy tell nobody.")
    empty = Policy.objects.filter(steps__isnull=True).order_by("name")
    return [*gaps, *(f"The policy “{policy}” has no steps." for policy in empty)]


def _last_changes() -> list[Change]:
    histories = [apps.get_model(name).objects.all() for name in HISTORIES]
    return changes(*histories, newest=SHOWN_CHANGES)


def _open() -> int:
    return Alert.objects.exclude(state=Alert.State.RESOLVED).count()


def _enabled(model: type[Rule] | type[Receiver]) -> int:
    return model.objects.filter(enabled=True).count()


def _waiting() -> int:
    return DeadLetter.objects.filter(replayed_at=None).count()


def _list(name: str) -> str:
    return reverse(f"admin:{name}_changelist")
