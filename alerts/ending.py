"""The duties of the escalation that change an alert's state, or come by people's own rules."""

from __future__ import annotations

from datetime import datetime

from alerts import escalation, transitions
from alerts.models import Alert, Escalation, Transition
from alerts.summary import frames
from alerts.transitions import Change
from analytics.live import Frame


def advance(*, now: datetime) -> list[Frame]:
    """Take due steps, tell what is due later, resolve what a step says is over."""
    frames = escalation.advance_due(now=now)
    escalation.tell_later(now=now)
    return frames + resolve_ended(now=now)


def resolve_ended(*, now: datetime, limit: int = 500) -> list[Frame]:
    """Resolve the alerts that reached a step which says so; whoever acted first is heeded."""
    ended = Escalation.objects.filter(state=Escalation.State.RESOLVING)
    changes = [
        Change(
            alert_id=key,
            action=Transition.Action.RESOLVED,
            to_state=transitions.RESOLVED,
            allowed=(Alert.State.FIRING,),
            note="The policy resolves the alert at this step.",
        )
        for key in ended.values_list("alert_id", flat=True)[:limit]
    ]
    if not changes:
        return []
    changed = transitions.change_all(changes, via=Transition.Via.TIMER, now=now)
    return frames(changed.done.values(), now=now)
