"""The duties of the escalation that change an alert's state, or come by people's own rules."""

from __future__ import annotations

from datetime import datetime

from alerts import escalation, transitions
from alerts.models import Alert, Escalation, Transition
from alerts.summary import frame
from analytics.live import Frame


def advance(*, now: datetime) -> list[Frame]:
    """Take due steps, tell what is due later, resolve what a step says is over."""
    frames = escalation.advance_due(now=now)
    escalation.tell_later(now=now)
    return frames + resolve_ended(now=now)


def resolve_ended(*, now: datetime, limit: int = 50) -> list[Frame]:
    """Resolve the alerts that reached a step which says so; whoever acted first is heeded."""
    ended = Escalation.objects.filter(state=Escalation.State.RESOLVING)
    frames = []
    for key in ended.values_list("alert_id", flat=True)[:limit]:
        try:
            alert = transitions.change(
                key,
                action=Transition.Action.RESOLVED,
                to_state=transitions.RESOLVED,
                allowed=(Alert.State.FIRING,),
                via=Transition.Via.TIMER,
                note="The policy resolves the alert at this step.",
                now=now,
            )
        except transitions.NotPossible:
            continue
        frames.append(frame(alert, now=now))
    return frames
