"""The sentence that answers what a person did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.messages import constants
from django.utils import timezone

from alerts.actions import Acknowledged, NotAcknowledged, NotFiring, NotOpen
from alerts.escalation import NothingLeft
from alerts.handover import AssignedMeanwhile, NotOver
from alerts.models import Alert, Comment
from alerts.summary import person, summary

LEVELS = {
    "ok": constants.SUCCESS,
    "info": constants.INFO,
    "warning": constants.WARNING,
    "critical": constants.ERROR,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the page says and in which tone; `alert` is the alert as it is now."""

    text: str
    tone: str = "ok"
    status: int = 200
    alert: Alert | None = None
    alert_id: int | None = None
    won: bool = True

    def as_json(self) -> dict[str, Any]:
        shown = summary(self.alert) if self.alert else None
        return {"text": self.text, "tone": self.tone, "won": self.won, "alert": shown}


def acknowledged(outcome: Acknowledged) -> Reply:
    if outcome.won:
        return _of(outcome.alert, f"{_verb(outcome.alert)}. Nobody else is called.")
    return _of(outcome.alert, taken(outcome), "warning", won=False)


def taken(outcome: Acknowledged) -> str:
    """`Ana was first: acknowledged #412 at 14:02:11 UTC.`"""
    at = timezone.localtime(outcome.at)
    return (
        f"{person(outcome.winner)} was first: acknowledged #{outcome.alert.pk} at {at:%H:%M:%S %Z}."
    )


def acknowledged_many(taken: Sequence[int], others: Sequence[str]) -> Reply:
    total = len(taken) + len(others)
    text = f"{len(taken)} of {total} acknowledged. {' '.join(others)}".strip()
    return Reply(text, "warning" if others else "ok", won=not others)


def escalated(alert: Alert) -> Reply:
    return _of(alert, "The next step is taken.")


def resolved_many(done: Sequence[int], others: Sequence[str]) -> Reply:
    text = f"{len(done)} of {len(done) + len(others)} resolved. {' '.join(others)}".strip()
    return Reply(text, "warning" if others else "ok", won=not others)


def given_back(alert: Alert) -> Reply:
    return _of(alert, "Given back: the alert fires again and its escalation goes on.", "warning")


def nobody_has_it(alert: Alert) -> Reply:
    return _of(alert, "Nobody has acknowledged this alert.", "warning", status=409)


def resolved(alert: Alert) -> Reply:
    return _of(alert, "Resolved. It stays silent until its condition has cleared once.")


def resolved_already(alert: Alert) -> Reply:
    who = f" by {person(alert.resolved_by)}" if alert.resolved_by else ""
    return _of(alert, f"This alert is resolved already{who}.", "warning", status=409)


def assigned(alert: Alert) -> Reply:
    told = f"Assigned to {person(alert.assignee)}" if alert.assignee else "Assigned to nobody"
    on = " The escalation goes on." if alert.state == Alert.State.FIRING else ""
    return _of(alert, f"{told}.{on}")


def assigned_meanwhile(alert: Alert) -> Reply:
    holder = person(alert.assignee) if alert.assignee else "nobody"
    text = f"Not changed: the alert was assigned to {holder} meanwhile."
    return _of(alert, text, "warning", status=409, won=False)


def reopened(alert: Alert) -> Reply:
    return _of(alert, f"Reopened as #{alert.pk}. It fires, and its escalation begins.", "warning")


def not_over(alert: Alert) -> Reply:
    how = "is open" if alert.is_open else "came later: reopen that one"
    return _of(alert, f"Not reopened: #{alert.pk} {how}.", "warning", status=409)


def commented(comment: Comment) -> Reply:
    return Reply("Comment saved.", alert_id=comment.alert_id)


def refused(refusal: Exception, pk: int | None = None) -> Reply:
    """Why nothing was changed."""
    if isinstance(refusal, NotOpen):
        return resolved_already(refusal.alert)
    if isinstance(refusal, NotAcknowledged):
        return nobody_has_it(refusal.alert)
    if isinstance(refusal, AssignedMeanwhile):
        return assigned_meanwhile(refusal.alert)
    if isinstance(refusal, NotOver):
        return not_over(refusal.alert)
    if isinstance(refusal, NotFiring):
        text = "Somebody has it. Give it back first, then escalate."
        return _of(refusal.alert, text, "warning", status=409)
    if isinstance(refusal, NothingLeft):
        text = "No further step is planned: nobody else to tell."
        return Reply(text, "warning", 409, alert_id=pk)
    return Reply(str(refusal), "warning", 400, alert_id=pk)


def _verb(alert: Alert) -> str:
    """`Acknowledged`, or `Snoozed until Tue 09:00 CET`."""
    if alert.acknowledged_until is None:
        return "Acknowledged"
    return f"Snoozed until {timezone.localtime(alert.acknowledged_until):%a %H:%M %Z}"


def _of(alert: Alert, text: str, tone: str = "ok", *, status: int = 200, won: bool = True) -> Reply:
    return Reply(text, tone, status, alert=alert, alert_id=alert.pk, won=won)
