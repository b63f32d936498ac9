"""Acknowledgments that were meant to end: the alert fires again, and its holder hears of it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from alerts import notifications, targets, transitions
from alerts.models import Alert, Transition
from alerts.notifications import Debt
from alerts.summary import frame, person
from analytics.live import Frame


def end_due(*, now: datetime, limit: int = 50) -> list[Frame]:
    """End up to `limit` acknowledgments that are over; safe to run anywhere, any number of times.

    Locked alerts are skipped: whoever holds them decides. The escalation takes its current step
    again, and whoever held the alert is told where they read alone.
    """
    with transaction.atomic():
        due = Alert.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            state=Alert.State.ACKNOWLEDGED, acknowledged_until__lte=now
        )
        alerts = list(due.select_related("acknowledged_by").order_by("acknowledged_until")[:limit])
        return [frame(_end(alert, now=now), now=now) for alert in alerts]


def _end(alert: Alert, *, now: datetime) -> Alert:
    holder = alert.acknowledged_by
    who = person(holder) if holder else "nobody"
    fired = transitions.change(
        alert.pk,
        action=Transition.Action.UNACKNOWLEDGED,
        to_state=transitions.FIRING,
        allowed=(transitions.ACKNOWLEDGED,),
        via=Transition.Via.TIMER,
        note=f"The snooze by {who} has ended.",
        now=now,
    )
    if holder is not None:
        change = Transition.objects.get(alert=fired, seq=fired.version)
        debt = Debt(fired, change, targets.own_receivers(holder))
        notifications.owe([debt], now=now)
    return fired
