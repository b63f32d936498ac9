"""Who is told next when nobody acknowledges: the policy frozen into the row, due times in rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from alerts import history, ladder, notifications, targets
from alerts.models import Alert, Escalation, EscalationStep, LaterMessage, Policy, Transition
from alerts.summary import frame
from alerts.targets import Targets
from analytics.live import Frame

Kind = ladder.Kind
RUNNING = Escalation.State.RUNNING


class NothingLeft(Exception):
    """The alert has no policy, or all its steps were taken."""


def start(alert: Alert, fired: Transition, *, policy: Policy | None, now: datetime) -> None:
    """Freeze the policy (else the default one) and begin; a step without delay is taken at once.

    Without any policy there is nothing to escalate: the alert is only shown and published.
    """
    policy = policy or Policy.objects.filter(is_default=True).first()
    snapshot = ladder.frozen(policy) if policy else {"steps": []}
    steps = snapshot["steps"]
    if not steps:
        return
    run = Escalation.objects.create(
        alert=alert,
        policy_snapshot=snapshot,
        next_at=now + timedelta(seconds=steps[0]["delay_seconds"]),
    )
    if not alert.suppressed_by:
        _climb(alert, run, now=now, first=fired)


def stop(alert: Alert) -> None:
    """Nothing more is due, to nobody. The caller holds the alert's row lock."""
    unfinished = Escalation.objects.filter(
        alert=alert, state__in=[RUNNING, Escalation.State.RESOLVING]
    )
    unfinished.update(state=Escalation.State.STOPPED, next_at=None)
    waiting = LaterMessage.objects.filter(alert=alert, state=LaterMessage.State.WAITING)
    waiting.update(state=LaterMessage.State.STOPPED)


def restart(alert: Alert, *, now: datetime) -> None:
    """Take the step that was current when somebody acknowledged once more, as a new run."""
    run = Escalation.objects.select_for_update().filter(alert=alert).first()
    if run is None:
        return
    steps = run.policy_snapshot["steps"]
    taken = EscalationStep.objects.filter(alert=alert, run=run.token).order_by("loop", "step")
    last = taken.last()
    run.state, run.token = RUNNING, uuid.uuid4()
    if last is None:
        run.next_at = now + timedelta(seconds=steps[run.step]["delay_seconds"])
    else:
        run.step, run.loop, run.next_at = last.step, last.loop, now
    run.save()


def hasten(alert: Alert, *, by: User, via: str, now: datetime) -> None:
    """Take the next step now, because a person says so. The caller holds the alert's row lock.

    Raises NothingLeft.
    """
    found = Escalation.objects.select_for_update().filter(alert=alert, state=RUNNING)
    run = found.first()
    if run is None:
        raise NothingLeft
    run.next_at = now
    _climb(alert, run, now=now, by=by, via=via)


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
            escalation__state=RUNNING,
            escalation__next_at__lte=now,
        )
        alerts = {alert.pk: alert for alert in due.order_by("escalation__next_at")[:limit]}
        runs = Escalation.objects.select_for_update().filter(
            alert__in=alerts, state=RUNNING, next_at__lte=now
        )
        return [
            frame(alerts[run.alert_id], now=now)
            for run in runs
            if _climb(alerts[run.alert_id], run, now=now)
        ]


def tell_later(*, now: datetime, limit: int = 100) -> int:
    """Owe what the rules of people say is due now; returns how many.

    As with steps, the alert's row is locked first: nothing follows an acknowledgment, and a
    suppressed alert waits.
    """
    waiting = LaterMessage.State.WAITING
    due = LaterMessage.objects.filter(
        state=waiting, due_at__lte=now, alert__suppressed_by=[]
    ).order_by("due_at")
    keys = list(due.values_list("alert_id", flat=True)[:limit])
    if not keys:
        return 0
    with transaction.atomic():
        locked = Alert.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            pk__in=keys, state=Alert.State.FIRING, suppressed_by=[]
        )
        alerts = {alert.pk: alert for alert in locked.order_by("pk")}
        rows = list(due.filter(alert__in=alerts).select_for_update(of=("self",)))
        for row in rows:
            _owe_later(alerts[row.alert_id], row, now=now)
    return len(rows)


def _owe_later(alert: Alert, row: LaterMessage, *, now: datetime) -> None:
    notifications.owe(
        alert,
        alert.transitions.get(seq=row.transition_seq),
        receivers=[{"id": row.receiver_id, "name": row.receiver.name}],
        now=now,
        step={"run": row.run, "step": row.step, "loop": row.loop},
        tag=f"later:{row.pk}",
    )
    row.state = LaterMessage.State.OWED
    row.save(update_fields=["state"])


def _climb(
    alert: Alert,
    run: Escalation,
    *,
    now: datetime,
    first: Transition | None = None,
    by: User | None = None,
    via: str = Transition.Via.TIMER,
) -> bool:
    """Take what is due, up to the first step that tells somebody; False: nobody was to be told.

    `first`: the alert fires in this transition, which then speaks for the step too.
    """
    told = False
    for _ in run.policy_snapshot["steps"]:
        if told or run.state != RUNNING or run.next_at is None or run.next_at > now:
            break
        step = run.policy_snapshot["steps"][run.step]
        kind = ladder.kind_of(step)
        if kind == Kind.CONDITION:
            _judge(alert, run, step, now=now)
        elif kind == Kind.RESOLVE:
            run.state, run.next_at = Escalation.State.RESOLVING, None
        elif kind in {Kind.WAIT, Kind.REPEAT}:
            ladder.advance(run, now=now)
        else:
            _tell(alert, run, step, now=now, first=first, by=by, via=via)
            told = True
    run.save()
    return told


def _judge(alert: Alert, run: Escalation, step: dict[str, Any], *, now: datetime) -> None:
    answer = ladder.passes(step, alert, now=now)
    if isinstance(answer, datetime):
        run.next_at = answer
    elif answer:
        ladder.advance(run, now=now)
    else:
        run.state, run.next_at = Escalation.State.DONE, None


def _tell(
    alert: Alert,
    run: Escalation,
    step: dict[str, Any],
    *,
    now: datetime,
    first: Transition | None,
    by: User | None,
    via: str,
) -> None:
    """Resolve the people of the step, write it down, owe its messages, set the next due time."""
    reached = targets.of_step(step, severity=alert.severity, at=now)
    transition = first or history.write(
        alert,
        action=Transition.Action.ESCALATED,
        via=via,
        now=now,
        from_state=alert.state,
        actor=by,
        detail={"step": run.step, "loop": run.loop, "receivers": reached.told},
    )
    _record(alert, run, step, reached, transition, now=now)
    # A step that was meant for people and reached none must not be waited for.
    lost = ladder.kind_of(step) in targets.TO_PEOPLE and not reached.reaches_somebody
    ladder.advance(run, now=now, hurry=lost)


def _record(
    alert: Alert,
    run: Escalation,
    step: dict[str, Any],
    reached: Targets,
    transition: Transition,
    *,
    now: datetime,
) -> None:
    messages = reached.messages
    at_once = [{"id": one.receiver_id, "name": one.name} for one in messages if one.at <= now]
    EscalationStep.objects.create(
        alert=alert,
        step=run.step,
        loop=run.loop,
        run=run.token,
        due_at=run.next_at or now,
        at=now,
        receivers=at_once,
        people=[one.as_json() for one in reached.people],
        kind=ladder.kind_of(step),
    )
    place = {"run": run.token, "step": run.step, "loop": run.loop}
    notifications.owe(alert, transition, receivers=at_once, now=now, step=place)
    _keep_for_later(alert, run, transition, [one for one in messages if one.at > now])


def _keep_for_later(
    alert: Alert, run: Escalation, transition: Transition, messages: Sequence[targets.Message]
) -> None:
    LaterMessage.objects.bulk_create(
        [
            LaterMessage(
                alert=alert,
                run=run.token,
                step=run.step,
                loop=run.loop,
                transition_seq=transition.seq,
                user_id=one.user_id,
                receiver_id=one.receiver_id,
                due_at=one.at,
            )
            for one in messages
            if one.user_id is not None
        ]
    )
