"""Taking the steps of running escalations: who is told, for as many alerts as are due at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from alerts import history, ladder, notifications, targets
from alerts.history import Entry
from alerts.models import Alert, Escalation, EscalationStep, LaterMessage, Transition
from alerts.notifications import Debt
from alerts.targets import Targets
from ops_portal.lib import rows

Kind = ladder.Kind
RUNNING = Escalation.State.RUNNING


@dataclass(frozen=True, slots=True)
class Climb:
    """An alert on its ladder. `first`: it fires in this transition, which tells of the step too."""

    alert: Alert
    run: Escalation
    first: Transition | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that tells somebody, as it was when it was taken."""

    climb: Climb
    kind: str
    step: int
    loop: int
    due_at: datetime
    reached: Targets

    @property
    def place(self) -> dict[str, Any]:
        return {"run": self.climb.run.token, "step": self.step, "loop": self.loop}


class Reach:
    """Whom a step reaches; alerts of one policy and severity that are due together share it."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now
        self._known: dict[tuple[str, str], Targets] = {}

    def of(self, step: dict[str, Any], severity: str) -> Targets:
        key = (json.dumps(step), severity)
        if key not in self._known:
            self._known[key] = targets.of_step(step, severity=severity, at=self.now)
        return self._known[key]


def climb(
    climbs: Sequence[Climb],
    *,
    now: datetime,
    by: User | None = None,
    via: str = Transition.Via.TIMER,
) -> list[Alert]:
    """Take what is due, of each up to the first step that tells somebody; returns those of whom
    somebody was told. The runs are changed and not saved; the caller holds the alerts' row locks.

    1. The steps are walked, and who they reach is found once for all that are alike.
    2. The steps are written into the histories, unless the alert fires in the same moment.
    3. What they say now is owed, what the rules of people say later is kept.
    """
    reach = Reach(now=now)
    taken = [found for one in climbs if (found := _walk(one, reach, now=now))]
    fresh = [step for step in taken if step.climb.first is None]
    written = history.write([_entry(step, by) for step in fresh], via=via, now=now)
    spoken = {step.climb.alert.pk: said for step, said in zip(fresh, written, strict=True)}
    _record([(step, step.climb.first or spoken[step.climb.alert.pk]) for step in taken], now=now)
    return [step.climb.alert for step in taken]


def _walk(one: Climb, reach: Reach, *, now: datetime) -> Taken | None:
    """Go on to the first step that tells somebody; None: nobody is to be told."""
    run = one.run
    for _ in run.policy_snapshot["steps"]:
        if run.state != RUNNING or run.next_at is None or run.next_at > now:
            break
        step = run.policy_snapshot["steps"][run.step]
        kind = ladder.kind_of(step)
        if kind == Kind.CONDITION:
            _judge(one, step, now=now)
        elif kind == Kind.RESOLVE:
            run.state, run.next_at = Escalation.State.RESOLVING, None
        elif kind in {Kind.WAIT, Kind.REPEAT}:
            ladder.advance(run, now=now)
        else:
            reached = reach.of(step, one.alert.severity)
            taken = Taken(one, kind, run.step, run.loop, run.next_at, reached)
            # A step that was meant for people and reached none must not be waited for.
            lost = kind in targets.TO_PEOPLE and not reached.reaches_somebody
            ladder.advance(run, now=now, hurry=lost)
            return taken
    return None


def _judge(one: Climb, step: dict[str, Any], *, now: datetime) -> None:
    answer = ladder.passes(step, one.alert, now=now)
    if isinstance(answer, datetime):
        one.run.next_at = answer
    elif answer:
        ladder.advance(one.run, now=now)
    else:
        one.run.state, one.run.next_at = Escalation.State.DONE, None


def _entry(step: Taken, by: User | None) -> Entry:
    return Entry(
        alert=step.climb.alert,
        action=Transition.Action.ESCALATED,
        from_state=step.climb.alert.state,
        actor=by,
        detail={"step": step.step, "loop": step.loop, "receivers": step.reached.told},
    )


def _record(taken: Sequence[tuple[Taken, Transition]], *, now: datetime) -> None:
    debts, later, told = [], [], []
    for step, transition in taken:
        messages = step.reached.messages
        at_once = [{"id": one.receiver_id, "name": one.name} for one in messages if one.at <= now]
        told.append(at_once)
        debts.append(Debt(step.climb.alert, transition, at_once, step.place))
        later += [
            _kept(step, transition, one, one.user_id)
            for one in messages
            if one.at > now and one.user_id is not None
        ]
    steps = [step for step, _ in taken]
    columns: dict[str, list[Any]] = {
        "alert_id": [step.climb.alert.pk for step in steps],
        "step": [step.step for step in steps],
        "loop": [step.loop for step in steps],
        "run": [step.climb.run.token for step in steps],
        "due_at": [step.due_at for step in steps],
        "receivers": told,
        "people": [[one.as_json() for one in step.reached.people] for step in steps],
        "kind": [step.kind for step in steps],
    }
    rows.put(EscalationStep, columns, at=now)
    notifications.owe(debts, now=now)
    rows.insert(later)


def _kept(
    step: Taken, transition: Transition, message: targets.Message, user_id: int
) -> LaterMessage:
    return LaterMessage(
        alert=step.climb.alert,
        **step.place,
        transition_seq=transition.seq,
        user_id=user_id,
        receiver_id=message.receiver_id,
        due_at=message.at,
    )
