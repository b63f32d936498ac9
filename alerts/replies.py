"""The sentence that answers what a person did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.messages import constants
from django.utils import timezone

from alerts.actions import Acknowledged, NotAcknowledged, NotFiring, NotOpen
from alerts.escalation import NothingLeft
from alerts.handover import AssignedMeanwhile, NotOver
from alerts.models import Alert, Comment
from alerts.summary import person, summary

NAMED = 8  # alerts by number for one reason; the rest are counted
LEVELS = {
    "ok": constants.SUCCESS,
    "info": constants.INFO,
    "warning": constants.WARNING,
    "critical": constants.ERROR,
}


@dataclass(frozen=True, slots=True)
class Skipped:
    """One alert of several that was left as it is, and why."""

    alert_id: int
    why: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the page says and in which tone; `alert` is the alert as it is now."""

    text: str
    tone: str = "ok"
    status: int = 200
    alert: Alert | None = None
    alert_id: int | None = None
    won: bool = True
    skipped: Sequence[Skipped] = ()

    def as_json(self) -> dict[str, Any]:
        shown = summary(self.alert) if self.alert else None
        left = [{"id": skip.alert_id, "why": skip.why} for skip in self.skipped]
        return {
            "text": self.text,
            "tone": self.tone,
            "won": self.won,
            "alert": shown,
            "skipped": left,
        }


def clock(moment: datetime) -> str:
    """`Tue 09:00 CET`, where the reader is."""
    return f"{timezone.localtime(moment):%a %H:%M %Z}"


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


def many(words: str, done: Sequence[int], left: Sequence[Skipped]) -> Reply:
    """`3 of 6 acknowledged. Resolved already: #5, #7. Ana was first: #9 at 14:02:11 UTC.`"""
    told = [f"{len(done)} of {len(done) + len(left)} {words}."]
    reasons: dict[str, list[str]] = {}
    for skip in left:
        reasons.setdefault(skip.why, []).append(f"#{skip.alert_id}{skip.when}")
    for why, which in reasons.items():
        more = f" and {len(which) - NAMED} more" if len(which) > NAMED else ""
        told.append(f"{why}: {', '.join(which[:NAMED])}{more}.")
    return Reply(" ".join(told), "warning" if left else "ok", won=not left, skipped=tuple(left))


def skipped(refusal: NotOpen | AssignedMeanwhile) -> Skipped:
    """Why one of many was left as it is."""
    alert = refusal.alert
    if isinstance(refusal, NotOpen):
        return Skipped(alert.pk, "Resolved already")
    holder = person(alert.assignee) if alert.assignee else "nobody"
    return Skipped(alert.pk, f"Assigned to {holder} meanwhile")


def beaten(outcome: Acknowledged) -> Skipped:
    """Who has one of many already, and since when."""
    at = timezone.localtime(outcome.at)
    return Skipped(outcome.alert.pk, f"{person(outcome.winner)} was first", f" at {at:%H:%M:%S %Z}")


def escalated(alert: Alert) -> Reply:
    return _of(alert, "The next step is taken.")


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
    return f"Snoozed until {clock(alert.acknowledged_until)}"


def _of(alert: Alert, text: str, tone: str = "ok", *, status: int = 200, won: bool = True) -> Reply:
    return Reply(text, tone, status, alert=alert, alert_id=alert.pk, won=won)
