"""What the page of an alert shows beside its history: the values around it and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts.measures import measured
from alerts.models import Alert, Escalation, PolicyStep, Rule
from analytics import series
from ops_portal.lib.words import span

MARGIN = timedelta(minutes=30)  # before the firing and after the end
POINTS = 600


@dataclass(frozen=True, slots=True)
class NextStep:
    """The escalation step that is due next."""

    number: int
    round: int
    at: datetime
    receivers: str


def next_step(alert: Alert) -> NextStep | None:
    run: Escalation | None = getattr(alert, "escalation", None)
    if run is None or run.next_at is None:
        return None
    step = run.policy_snapshot["steps"][run.step]
    told = _named(step)
    return NextStep(run.step + 1, run.loop + 1, run.next_at, told)


def _named(step: Mapping[str, Any]) -> str:
    """Whom the step means, before it is known who that will be."""
    kind = step.get("kind", PolicyStep.Kind.CHANNEL)
    if kind == PolicyStep.Kind.SCHEDULE:
        return f"who is on call in {step['schedule']['name']}"
    if kind == PolicyStep.Kind.TEAM:
        return f"the team {step['team']['name']}"
    named = step["users"] if kind == PolicyStep.Kind.USERS else step["receivers"]
    return ", ".join(one["name"] for one in named) or "nobody"


def sentence(snapshot: Mapping[str, Any]) -> str:
    """The rule as it was when it fired, in words; blank for an alert that no rule of ours made."""
    if "metric" not in snapshot:
        return ""
    aggregate, window = snapshot.get("aggregate", "last"), snapshot.get("window_seconds") or 0
    subject = snapshot["metric"]
    if snapshot.get("query"):
        subject = snapshot["query"]
    held = f" for {span(snapshot['for_seconds'])}" if snapshot.get("for_seconds") else ""
    if aggregate == Rule.Aggregate.PRESENT:
        return f"{subject}{held}."
    if aggregate != Rule.Aggregate.LAST:
        subject = f"{Rule.Aggregate(aggregate).label} of {subject}"
    if window:
        subject += f" over {span(window)}"
    limit = measured(snapshot["threshold"], snapshot)
    return f"{subject} {Rule.Comparison(snapshot['comparison']).label} {limit}{held}."


def safe_link(address: str) -> str:
    """The address if a browser may follow it, else blank: it may come from outside."""
    return address if address.startswith(("https://", "http://")) else ""


def lasted_seconds(alert: Alert) -> float | None:
    """From firing to resolved; None while the alert is open."""
    return (alert.resolved_at - alert.started_at).total_seconds() if alert.resolved_at else None


def chart(alert: Alert, *, now: datetime) -> dict[str, Any] | None:
    """The values from half an hour before the firing to half an hour after the end.

    Times in epoch milliseconds; `points` are [time, last, lowest, highest], oldest first. None when
    the alert stands on no series of ours.
    """
    if alert.series_id is None:
        return None
    start = alert.started_at - MARGIN
    end = min(now, (alert.resolved_at or now) + MARGIN)
    spans = series.buckets(alert.series_id, start, end, POINTS)
    return {
        "series": alert.series_id,
        "metric": alert.rule_snapshot.get("metric", ""),
        "threshold": alert.threshold,
        "start": _ms(start),
        "end": _ms(end),
        "fired": _ms(alert.started_at),
        "acknowledged": _ms(alert.acknowledged_at),
        "resolved": _ms(alert.resolved_at),
        "severity": alert.severity,
        "points": [[_ms(span.ts), span.last, span.vmin, span.vmax] for span in spans],
    }


def _ms(moment: datetime | None) -> int | None:
    return int(moment.timestamp() * 1000) if moment else None
