"""The steps of a policy, frozen: what is next, and whether a condition lets the alert pass."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from alerts.models import Alert, Escalation, Policy, PolicyStep, Severity
from alerts.summary import person
from alerts.walltime import instant, wall

Kind = PolicyStep.Kind
SHORTEST_LOOP_SECONDS = 60  # between the last step and the first of the next loop
LOOK_AGAIN = timedelta(seconds=30)  # until a number of alerts is counted anew
MOST_LOOPS = 99  # whatever repeat steps and the policy say together
RANK = {name: rank for rank, name in enumerate(Severity.values)}


def frozen(policy: Policy) -> dict[str, Any]:
    """The policy as a run keeps it: edits do not bend what has begun."""
    rows = policy.steps.select_related("schedule", "team").prefetch_related(
        "receivers", Prefetch("users")
    )
    return {"name": policy.name, "repeat": policy.repeat, "steps": [_step(row) for row in rows]}


def _step(step: PolicyStep) -> dict[str, Any]:
    receivers = sorted(step.receivers.all(), key=lambda one: one.pk)
    users = sorted(step.users.all(), key=lambda one: one.pk)
    return {
        "kind": step.kind,
        "delay_seconds": step.delay_seconds,
        "receivers": [{"id": one.pk, "name": one.name} for one in receivers],
        "users": [{"id": one.pk, "name": person(one)} for one in users],
        "schedule": _named(step.schedule),
        "team": _named(step.team),
        "important": step.important,
        "severity": step.severity,
        "opens": step.opens.isoformat() if step.opens else "",
        "closes": step.closes.isoformat() if step.closes else "",
        "time_zone": step.time_zone or "UTC",
        "more_than": step.more_than,
        "within_seconds": step.within_seconds,
        "times": step.times,
    }


def _named(row: Any) -> dict[str, Any] | None:
    return {"id": row.pk, "name": row.name} if row is not None else None


def kind_of(step: Mapping[str, Any]) -> str:
    """The kind; snapshots from before there were kinds tell channels."""
    return str(step.get("kind", Kind.CHANNEL))


def advance(run: Escalation, *, now: datetime, hurry: bool = False) -> None:
    """Point the run (unsaved) to the step that follows; `hurry`: it is due at once."""
    steps, step = run.policy_snapshot["steps"], run.policy_snapshot["steps"][run.step]
    if kind_of(step) == Kind.REPEAT and run.loop < min(step["times"], MOST_LOOPS):
        _begin_again(run, now=now)
    elif run.step + 1 < len(steps):
        run.step += 1
        delay = 0 if hurry else steps[run.step]["delay_seconds"]
        run.next_at = now + timedelta(seconds=delay)
    elif run.loop < min(run.policy_snapshot["repeat"], MOST_LOOPS):
        _begin_again(run, now=now)
    else:
        run.state, run.next_at = Escalation.State.DONE, None


def _begin_again(run: Escalation, *, now: datetime) -> None:
    steps = run.policy_snapshot["steps"]
    pause = max(steps[0]["delay_seconds"], steps[-1]["delay_seconds"], SHORTEST_LOOP_SECONDS)
    run.step, run.loop, run.next_at = 0, run.loop + 1, now + timedelta(seconds=pause)


def passes(step: Mapping[str, Any], alert: Alert, *, now: datetime) -> bool | datetime:
    """True: the condition holds. False: it never will. A time: look again then."""
    if step["severity"] and RANK[alert.severity] < RANK[step["severity"]]:
        return False
    opens = _next_opening(step, now=now)
    if opens is not None:
        return opens
    if step["more_than"] is not None and not _enough(step, alert, now=now):
        return now + LOOK_AGAIN
    return True


def _enough(step: Mapping[str, Any], alert: Alert, *, now: datetime) -> bool:
    since = now - timedelta(seconds=step["within_seconds"])
    fired = Alert.objects.filter(rule_name=alert.rule_name, started_at__gt=since)
    return fired.count() > int(step["more_than"])


def _next_opening(step: Mapping[str, Any], *, now: datetime) -> datetime | None:
    """When the times of day of the step open next; None: they are open, or it has none."""
    if not step["opens"]:
        return None
    zone = ZoneInfo(step["time_zone"])
    opens, closes = time.fromisoformat(step["opens"]), time.fromisoformat(step["closes"])
    local = wall(now, zone)
    if opens == closes or _within(local.time(), opens, closes):
        return None
    day = local.date() if local.time() < opens else local.date() + timedelta(days=1)
    return max(instant(datetime.combine(day, opens), zone), now)


def _within(moment: time, opens: time, closes: time) -> bool:
    if opens < closes:
        return opens <= moment < closes
    return moment >= opens or moment < closes
