"""Acknowledgments that were meant to end: the alert fires again, and its holder hears of it."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from alerts import notifications, transitions
from alerts.models import Alert, Receiver, Transition
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
        note=f"The acknowledgment by {who} has ended.",
        now=now,
    )
    if holder is not None:
        change = Transition.objects.get(alert=fired, seq=fired.version)
        notifications.owe(fired, change, receivers=_of(holder), now=now)
    return fired


def _of(holder: User) -> list[dict[str, object]]:
    """Where the holder alone reads: their own verified addresses, else one with their mail."""
    enabled = Receiver.objects.filter(enabled=True).order_by("pk")
    own = enabled.filter(owner=holder, verified_at__isnull=False)
    if not own and holder.email:
        own = enabled.filter(owner=None, address__iexact=holder.email)
    return [{"id": receiver.pk, "name": receiver.name} for receiver in own]
