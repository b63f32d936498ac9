"""Who is told next when nobody acknowledges: the policy frozen into the row, due times in rows."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from alerts import history, notifications
from alerts.models import Alert, Escalation, EscalationStep, Policy, Transition
from alerts.summary import frame
from analytics.live import Frame

SHORTEST_LOOP_SECONDS = 60  # between the last step and the first of the next loop


def start(alert: Alert, fired: Transition, *, policy: Policy | None, now: datetime) -> None:
    """Freeze the policy (else the default one) and begin; a step without delay is taken at once.

    Without any policy there is nothing to escalate: the alert is only shown and published.
    """
    policy = policy or Policy.objects.filter(is_default=True).first()
    steps = _frozen_steps(policy) if policy else []
    if policy is None or not steps:
        return
    run = Escalation.objects.create(
        alert=alert,
        policy_snapshot={"name": policy.name, "repeat": policy.repeat, "steps": steps},
        next_at=now + timedelta(seconds=steps[0]["delay_seconds"]),
    )
    if run.next_at is not None and run.next_at <= now and not alert.suppressed_by:
        _take(alert, run, fired, now=now)


def stop(alert: Alert) -> None:
    """Nothing more is due. The caller holds the alert's row lock."""
    running = Escalation.objects.filter(alert=alert, state=Escalation.State.RUNNING)
    running.update(state=Escalation.State.STOPPED, next_at=None)


def restart(alert: Alert, *, now: datetime) -> None:
    """Take the step that was current when somebody acknowledged once more, as a new run."""
    run = Escalation.objects.select_for_update().filter(alert=alert).first()
    if run is None:
        return
    steps = run.policy_snapshot["steps"]
    taken = EscalationStep.objects.filter(alert=alert, run=run.token).order_by("loop", "step")
    last = taken.last()
    run.state, run.token = Escalation.State.RUNNING, uuid.uuid4()
    if last is None:
        run.next_at = now + timedelta(seconds=steps[run.step]["delay_seconds"])
    else:
        run.step, run.loop, run.next_at = last.step, last.loop, now
    run.save()


def advance_due(*, now: datetime, limit: int = 50) -> list[Frame]:
    """Take the due step of up to `limit` firing alerts; safe to run anywhere, any number of times.

    The alert's row is locked first (locked ones are skipped: whoever holds them decides), so that
    no step is ever written after an acknowledgment. A suppressed alert waits: what became due
    meanwhile is due at once when nothing suppresses it any more. After an outage each alert takes
    one step, and its timers start again from now.
    """
    with transaction.atomic():
        due = Alert.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            state=Alert.State.FIRING,
            suppressed_by=[],
            escalation__state=Escalation.State.RUNNING,
            escalation__next_at__lte=now,
        )
        alerts = {alert.pk: alert for alert in due.order_by("escalation__next_at")[:limit]}
        runs = Escalation.objects.select_for_update().filter(
            alert__in=alerts, state=Escalation.State.RUNNING, next_at__lte=now
        )
        return [_advance(alerts[run.alert_id], run, now=now) for run in runs]


def _advance(alert: Alert, run: Escalation, *, now: datetime) -> Frame:
    step = run.policy_snapshot["steps"][run.step]
    told = ", ".join(receiver["name"] for receiver in step["receivers"]) or "nobody"
    transition = history.write(
        alert,
        action=Transition.Action.ESCALATED,
        via=Transition.Via.TIMER,
        now=now,
        from_state=alert.state,
        detail={"step": run.step, "loop": run.loop, "receivers": told},
    )
    _take(alert, run, transition, now=now)
    return frame(alert, now=now)


def _take(alert: Alert, run: Escalation, transition: Transition, *, now: datetime) -> None:
    """Write the step that is due, owe its notifications, set the next due time."""
    receivers = run.policy_snapshot["steps"][run.step]["receivers"]
    EscalationStep.objects.create(
        alert=alert,
        step=run.step,
        loop=run.loop,
        run=run.token,
        due_at=run.next_at or now,
        at=now,
        receivers=receivers,
    )
    place = {"run": run.token, "step": run.step, "loop": run.loop}
    notifications.owe(alert, transition, receivers=receivers, now=now, step=place)
    _point_to_next(run, now=now)
    run.save()


def _point_to_next(run: Escalation, *, now: datetime) -> None:
    steps, repeat = run.policy_snapshot["steps"], run.policy_snapshot["repeat"]
    if run.step + 1 < len(steps):
        run.step += 1
        run.next_at = now + timedelta(seconds=steps[run.step]["delay_seconds"])
    elif run.loop < repeat:
        pause = max(steps[0]["delay_seconds"], steps[-1]["delay_seconds"], SHORTEST_LOOP_SECONDS)
        run.step, run.loop, run.next_at = 0, run.loop + 1, now + timedelta(seconds=pause)
    else:
        run.state, run.next_at = Escalation.State.DONE, None


def _frozen_steps(policy: Policy) -> list[dict[str, Any]]:
    return [
        {
            "delay_seconds": step.delay_seconds,
            "receivers": [
                {"id": receiver.pk, "name": receiver.name}
                for receiver in sorted(step.receivers.all(), key=lambda receiver: receiver.pk)
            ],
        }
        for step in policy.steps.prefetch_related("receivers")
    ]
