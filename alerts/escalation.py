"""Who is told next when nobody acknowledges: the policy frozen into the row, due times in rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from alerts import ladder, notifications
from alerts.climb import Climb, climb
from alerts.models import Alert, Escalation, EscalationStep, LaterMessage, Policy, Transition
from alerts.notifications import Debt
from alerts.summary import frames
from analytics.live import Frame
from ops_portal.lib import rows

RUNNING = Escalation.State.RUNNING
MOVED = ("state", "step", "loop", "next_at")  # what a climb changes of a run
AT_ONCE = 500  # alerts whose steps are taken in one transaction


class NothingLeft(Exception):
    """The alert has no policy, or all its steps were taken."""


@dataclass(frozen=True, slots=True)
class Start:
    """An alert that fired in this transition, and the policy that was named for it."""

    alert: Alert
    fired: Transition
    policy: Policy | None


def start(starts: Sequence[Start], *, now: datetime) -> None:
    """Freeze each policy (else the default one) and begin; steps without delay are taken at once.

    Without any policy there is nothing to escalate: the alert is only shown and published.
    """
    named = {one.policy.pk: one.policy for one in starts if one.policy}
    default = Policy.objects.filter(is_default=True).first() if starts else None
    if default is not None:
        named[default.pk] = default
    snapshots = {pk: ladder.frozen(policy) for pk, policy in named.items()}
    climbs = []
    for one in starts:
        policy = one.policy or default
        snapshot = snapshots[policy.pk] if policy else {"steps": []}
        if not snapshot["steps"]:
            continue
        delay = timedelta(seconds=snapshot["steps"][0]["delay_seconds"])
        run = Escalation(alert=one.alert, policy_snapshot=snapshot, next_at=now + delay)
        climbs.append(Climb(one.alert, run, one.fired))
    climb([one for one in climbs if not one.alert.suppressed_by], now=now)
    rows.insert([one.run for one in climbs])


def stop(alerts: Sequence[Alert]) -> None:
    """Nothing more is due, to nobody. The caller holds the alerts' row locks."""
    if not alerts:
        return
    unfinished = Escalation.objects.filter(
        alert__in=alerts, state__in=[RUNNING, Escalation.State.RESOLVING]
    )
    unfinished.update(state=Escalation.State.STOPPED, next_at=None)
    waiting = LaterMessage.objects.filter(alert__in=alerts, state=LaterMessage.State.WAITING)
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
    climb([Climb(alert, run)], now=now, by=by, via=via)
    rows.update([run], MOVED)


def advance_due(*, now: datetime, limit: int = AT_ONCE) -> list[Frame]:
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
        climbs = [Climb(alerts[run.alert_id], run) for run in runs]
        told = climb(climbs, now=now)
        rows.update([one.run for one in climbs], MOVED)
        return frames(told, now=now)


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
        locked_rows = (
            due.filter(alert__in=alerts).select_related("receiver").select_for_update(of=("self",))
        )
        waiting_rows = list(locked_rows)
        _owe_later([(alerts[row.alert_id], row) for row in waiting_rows], now=now)
    return len(waiting_rows)


def _owe_later(due: Sequence[tuple[Alert, LaterMessage]], *, now: datetime) -> None:
    seqs = Q()
    for alert, row in due:
        seqs |= Q(alert=alert, seq=row.transition_seq)
    spoken = (
        {(one.alert_id, one.seq): one for one in Transition.objects.filter(seqs)} if due else {}
    )
    debts = [
        Debt(
            alert,
            spoken[alert.pk, row.transition_seq],
            [{"id": row.receiver_id, "name": row.receiver.name}],
            {"run": row.run, "step": row.step, "loop": row.loop},
            tag=f"later:{row.pk}",
        )
        for alert, row in due
    ]
    notifications.owe(debts, now=now)
    done = LaterMessage.objects.filter(pk__in=[row.pk for _, row in due])
    done.update(state=LaterMessage.State.OWED)
