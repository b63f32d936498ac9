"""If this fired now: who would be told, on which channel, at which minute, and where nobody is.

The same steps, people and rules as in a real run are asked, each at the moment it would be taken,
so that hand-overs during the run are right. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from alerts import ladder, oncall, routing, suppressors, targets
from alerts.models import Alert, Escalation, LaterMessage, Policy, PolicyStep, Rule, Schedule
from alerts.summary import person

MOST_STEPS = 60  # taken in a plan; policies may repeat for days
Kind = PolicyStep.Kind
OUTSIDE = "It goes on only when enough alerts have fired."
MILD = "It ends here: the alert is not grave enough."


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the plan. `hole`: why it reaches nobody; `who` is blank for a channel."""

    at: datetime
    minute: float
    step: int
    round: int
    who: str
    why: str
    channel: str
    hole: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "minute": round(self.minute, 2),
            "at": self.at.isoformat(),
            "step": self.step,
            "round": self.round,
            "who": self.who,
            "why": self.why,
            "channel": self.channel,
            "hole": self.hole,
        }


@dataclass(slots=True)
class Plan:
    """What would happen from `starts` on; `ends` says how it stops.

    `holes` are sentences, and so is `quiet`: what would keep the alert from being told at all.
    """

    policy: str
    starts: datetime
    lines: list[Line] = field(default_factory=list)
    holes: list[str] = field(default_factory=list)
    ends: str = ""
    quiet: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "policy": self.policy,
            "starts": self.starts.isoformat(),
            "lines": [line.as_json() for line in self.lines],
            "holes": self.holes,
            "ends": self.ends,
            "quiet": self.quiet,
        }


def routed(labels: Mapping[str, str], *, severity: str = "") -> tuple[Policy | None, str]:
    """The policy and the severity of an alert with these labels.

    Its rule's policy, else that of its route, else the default; none where its routes say nobody.
    """
    rule = Rule.objects.filter(name=labels.get("alertname", "")).select_related("policy").first()
    told = severity or labels.get("severity", "") or (rule.severity if rule else "critical")
    if rule is not None and rule.policy is not None:
        return rule.policy, told
    places = routing.places_of({**labels, "severity": told})
    named = [place.policy_id for place in places if place.policy_id is not None]
    if named:
        return Policy.objects.get(pk=named[0]), told
    if all(place.nobody for place in places):
        return None, told
    return Policy.objects.filter(is_default=True).first(), told


def if_fired(
    policy: Policy | None,
    *,
    severity: str,
    labels: Mapping[str, str] | None = None,
    now: datetime,
) -> Plan:
    """The plan of an alert of this severity that fires now and that nobody acknowledges."""
    snapshot = ladder.frozen(policy) if policy else None
    made = Plan(policy.name if policy else "", now)
    made.quiet = _quiet({"severity": severity, **(labels or {})}, now=now)
    if policy is None or snapshot is None or not snapshot["steps"]:
        made.holes.append(
            "The policy has no steps: nobody is told." if policy else "No policy: nobody is told."
        )
        return made
    first = now + timedelta(seconds=snapshot["steps"][0]["delay_seconds"])
    run = Escalation(policy_snapshot=snapshot, next_at=first)
    alert = Alert(severity=severity, rule_name=(labels or {}).get("alertname", ""), started_at=now)
    return _walk(run, alert, made)


def _quiet(labels: Mapping[str, str], *, now: datetime) -> list[str]:
    rule = (
        Rule.objects.filter(name=labels.get("alertname", "")).values_list("pk", flat=True).first()
    )
    reasons = suppressors.reasons_if_fired(labels, rule_id=rule, now=now)
    return [f"Kept quiet now ({reason['kind']}): {reason['name']}." for reason in reasons]


def of_alert(alert: Alert, *, now: datetime) -> Plan | None:
    """What happens next to an alert that fires; None when nothing is planned."""
    run: Escalation | None = getattr(alert, "escalation", None)
    if run is None or run.next_at is None or alert.state != Alert.State.FIRING:
        return None
    copy = Escalation(
        policy_snapshot=run.policy_snapshot,
        step=run.step,
        loop=run.loop,
        next_at=max(run.next_at, now),
    )
    made = _walk(copy, alert, Plan(run.policy_snapshot["name"], now))
    made.lines = sorted([*_waiting(alert, now=now), *made.lines], key=lambda line: line.at)
    return made


def _waiting(alert: Alert, *, now: datetime) -> list[Line]:
    """What people's own rules have still to tell of steps that were taken."""
    rows = LaterMessage.objects.filter(alert=alert, state=LaterMessage.State.WAITING)
    return [
        Line(
            row.due_at,
            _minutes(row.due_at - now),
            row.step + 1,
            row.loop + 1,
            person(row.user),
            "by their own rule",
            row.receiver.name,
        )
        for row in rows.select_related("user", "receiver")
    ]


def _walk(run: Escalation, alert: Alert, plan: Plan) -> Plan:
    """Take the steps as the engine would, each at its moment, and only write them down."""
    for _ in range(MOST_STEPS):
        if run.state != Escalation.State.RUNNING or run.next_at is None:
            break
        at, step = run.next_at, run.policy_snapshot["steps"][run.step]
        kind = ladder.kind_of(step)
        if kind == Kind.CONDITION:
            if not _passes(step, alert, run, plan, at=at):
                break
        elif kind == Kind.RESOLVE:
            plan.ends = f"The policy resolves it after {_minutes(at - plan.starts):g} min."
            break
        elif kind in {Kind.WAIT, Kind.REPEAT}:
            ladder.advance(run, now=at)
        else:
            _tell(run, step, alert, plan, at=at)
    else:
        plan.ends = f"It goes on; the first {MOST_STEPS} steps are shown."
    plan.ends = plan.ends or "Then the steps are done: nobody else is told."
    plan.holes = list(dict.fromkeys(plan.holes))
    if not any(not line.hole for line in plan.lines):
        plan.holes.insert(0, "Nobody is reached at all.")
    return plan


def _passes(
    step: Mapping[str, Any], alert: Alert, run: Escalation, plan: Plan, *, at: datetime
) -> bool:
    answer = ladder.passes({**step, "more_than": None}, alert, now=at)
    if isinstance(answer, datetime):
        run.next_at = answer
        return True
    if not answer:
        plan.ends = MILD
        return False
    if step["more_than"] is not None:
        plan.holes.append(OUTSIDE)
    ladder.advance(run, now=at)
    return True


def _tell(run: Escalation, step: dict[str, Any], alert: Alert, plan: Plan, *, at: datetime) -> None:
    reached = targets.of_step(step, severity=alert.severity, at=at)
    plan.lines += _lines(run, reached, plan, at=at)
    plan.holes += [f"{line.who or line.channel}: {line.hole}" for line in plan.lines if line.hole]
    if ladder.kind_of(step) in targets.TO_RECEIVERS and not reached.channels:
        plan.holes.append(f"Step {run.step + 1} tells nobody.")
    lost = ladder.kind_of(step) in targets.TO_PEOPLE and not reached.reaches_somebody
    ladder.advance(run, now=at, hurry=lost)


def _lines(run: Escalation, reached: targets.Targets, plan: Plan, *, at: datetime) -> list[Line]:
    def line(moment: datetime, who: str, why: str, channel: str, hole: str) -> Line:
        minute = _minutes(moment - plan.starts)
        return Line(moment, minute, run.step + 1, run.loop + 1, who, why, channel, hole)

    lines = [line(one.at, "", "channel", one.name, one.hole) for one in reached.channels]
    for one in reached.people:
        if not one.messages:
            lines.append(line(at, one.name, one.why, "", one.hole))
        lines += [line(m.at, one.name, one.why, m.name, m.hole) for m in one.messages]
    return sorted(lines, key=lambda found: found.at)


def schedule_holes(*, now: datetime) -> list[tuple[Schedule, list[oncall.OnCall]]]:
    """The schedules in which nobody is on call at some time of the next seven days."""
    wanted = Schedule.objects.filter(gaps_expected=False).select_related("fallback")
    found = [(schedule, oncall.gaps(schedule, now)) for schedule in wanted]
    return [(schedule, gaps) for schedule, gaps in found if gaps]


def _minutes(passed: timedelta) -> float:
    return passed.total_seconds() / 60
