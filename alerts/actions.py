"""What a person does to an alert: acknowledge, snooze, give back, resolve, comment."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from alerts import escalation, transitions
from alerts.models import Alert, Comment, RuleInstance, Transition
from alerts.summary import frame
from analytics import live
from ops_portal.lib.again import again

logger = logging.getLogger(__name__)

LONGEST_SNOOZE = timedelta(days=7)
LONGEST_TEXT = 4_000  # characters of a note or a comment


class NotOpen(Exception):
    """The alert is resolved already; `alert` says by whom and when."""

    def __init__(self, alert: Alert) -> None:
        super().__init__("The alert is resolved already.")
        self.alert = alert


class NotAcknowledged(Exception):
    """Nobody holds the alert, so nobody can give it back."""

    def __init__(self, alert: Alert) -> None:
        super().__init__("Nobody has acknowledged the alert.")
        self.alert = alert


class NotFiring(Exception):
    """Somebody holds the alert: it is to be given back before it can escalate."""

    def __init__(self, alert: Alert) -> None:
        super().__init__("Somebody has acknowledged the alert.")
        self.alert = alert


class BadEnd(ValueError):
    """A snooze ends after now and within a week."""


class EmptyComment(ValueError):
    """A comment needs words."""


REFUSALS = (NotOpen, NotFiring, NotAcknowledged, BadEnd, EmptyComment, escalation.NothingLeft)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Who has the alert. `won` is False when somebody else was first."""

    alert: Alert
    won: bool
    winner: User
    at: datetime


@again
def acknowledge(
    alert_id: int, *, by: User, note: str = "", via: str = "web", now: datetime
) -> Acknowledged:
    """Take the alert and stop its escalation; the first one wins, the others learn who and when.

    Raises PermissionDenied, NotOpen, Alert.DoesNotExist.
    """
    demand(by, "alerts.acknowledge_alert")
    try:
        alert = transitions.change(
            alert_id,
            action=Transition.Action.ACKNOWLEDGED,
            to_state=transitions.ACKNOWLEDGED,
            allowed=(transitions.FIRING,),
            actor=by,
            via=via,
            note=note[:LONGEST_TEXT],
            now=now,
        )
    except transitions.NotPossible as refusal:
        return _taken(refusal)
    show(alert, now=now)
    return Acknowledged(alert, True, by, now)


@again
def snooze(
    alert_id: int, *, by: User, until: datetime, note: str = "", via: str = "web", now: datetime
) -> Acknowledged:
    """Take the alert until a time: then it fires again, unless it was resolved (alerts.expiry).

    Whoever holds the alert already may give it an end, or another one; somebody else learns who
    was first. Raises PermissionDenied, BadEnd, NotOpen, Alert.DoesNotExist.
    """
    demand(by, "alerts.acknowledge_alert")
    if not now < until <= now + LONGEST_SNOOZE:
        raise BadEnd("A snooze ends after now and within a week.")
    with transaction.atomic():
        held = Alert.objects.select_for_update(of=("self",)).get(pk=alert_id)
        try:
            if held.state == Alert.State.ACKNOWLEDGED and held.acknowledged_by_id != by.pk:
                raise transitions.NotPossible(held)
            alert = transitions.change(
                alert_id,
                action=Transition.Action.SNOOZED,
                to_state=transitions.ACKNOWLEDGED,
                actor=by,
                via=via,
                note=note[:LONGEST_TEXT],
                now=now,
                fields={"acknowledged_until": until},
                detail={"until": until.isoformat()},
            )
        except transitions.NotPossible as refusal:
            return _taken(refusal)
    show(alert, now=now)
    return Acknowledged(alert, True, by, now)


def _taken(refusal: transitions.NotPossible) -> Acknowledged:
    """Who was first. Raises NotOpen."""
    alert = refusal.alert
    if alert.acknowledged_by is None or alert.acknowledged_at is None or not alert.is_open:
        raise NotOpen(alert) from refusal
    return Acknowledged(alert, False, alert.acknowledged_by, alert.acknowledged_at)


@again
def unacknowledge(
    alert_id: int, *, by: User, note: str = "", via: str = "web", now: datetime
) -> Alert:
    """Give the alert back: it fires again and the current escalation step starts anew.

    Anyone who may acknowledge may do so, whoever holds the alert.
    Raises PermissionDenied, NotOpen, NotAcknowledged, Alert.DoesNotExist.
    """
    demand(by, "alerts.acknowledge_alert")
    try:
        alert = transitions.change(
            alert_id,
            action=Transition.Action.UNACKNOWLEDGED,
            to_state=transitions.FIRING,
            allowed=(transitions.ACKNOWLEDGED,),
            actor=by,
            via=via,
            note=note[:LONGEST_TEXT],
            now=now,
        )
    except transitions.NotPossible as refusal:
        reason = NotAcknowledged if refusal.alert.is_open else NotOpen
        raise reason(refusal.alert) from refusal
    show(alert, now=now)
    return alert


@again
def resolve(alert_id: int, *, by: User, note: str = "", via: str = "web", now: datetime) -> Alert:
    """Close the alert. While its condition still holds it stays silent until that cleared once.

    Raises PermissionDenied, NotOpen, Alert.DoesNotExist.
    """
    demand(by, "alerts.resolve_alert")
    with transaction.atomic():
        try:
            alert = transitions.change(
                alert_id,
                action=Transition.Action.RESOLVED,
                to_state=transitions.RESOLVED,
                actor=by,
                via=via,
                note=note[:LONGEST_TEXT],
                now=now,
            )
        except transitions.NotPossible as refusal:
            raise NotOpen(refusal.alert) from refusal
        RuleInstance.objects.filter(
            rule=alert.rule_id, fingerprint=alert.fingerprint, alerting__gt=""
        ).update(latched=True, alerting="", fired_at=None)
    show(alert, now=now)
    return alert


@again
def comment(alert_id: int, *, by: User, note: str, via: str = "web", now: datetime) -> Comment:
    """Write on the alert, resolved or not.

    Raises PermissionDenied, EmptyComment, Alert.DoesNotExist.
    """
    demand(by, "alerts.comment_alert")
    text = note.strip()[:LONGEST_TEXT]
    if not text:
        raise EmptyComment("Write something first.")
    with transaction.atomic():
        alert = transitions.change(
            alert_id,
            action=Transition.Action.COMMENTED,
            allowed=Alert.State.values,
            actor=by,
            via=via,
            note=text,
            now=now,
        )
        written = Comment.objects.create(alert=alert, author=by, body=text, at=now)
    show(alert, now=now)
    return written


@again
def escalate(alert_id: int, *, by: User, via: str = "web", now: datetime) -> Alert:
    """Take the next step now, without waiting for its time.

    Raises PermissionDenied, NotOpen, NotFiring, escalation.NothingLeft, Alert.DoesNotExist.
    """
    demand(by, "alerts.acknowledge_alert")
    with transaction.atomic():
        alert = Alert.objects.select_for_update(of=("self",)).get(pk=alert_id)
        if not alert.is_open:
            raise NotOpen(alert)
        if alert.state != Alert.State.FIRING:
            raise NotFiring(alert)
        escalation.hasten(alert, by=by, via=via, now=now)
    show(alert, now=now)
    return alert


def demand(user: User, permission: str) -> None:
    """Raise PermissionDenied unless the person has the permission."""
    if not user.has_perm(permission):
        raise PermissionDenied(permission)


def show(alert: Alert, *, now: datetime) -> None:
    """Bring the alert to the open pages once it is committed; a lost push is never a lost row."""
    shown = frame(alert, now=now)

    def push() -> None:
        try:
            with Redis.from_url(
                settings.REDIS_URL,
                socket_timeout=0.5,
                socket_connect_timeout=0.5,
                retry=Retry(NoBackoff(), 0),
            ) as redis:
                live.push(redis, [shown])
        except RedisError as error:
            logger.warning("live push failed", extra={"error": str(error)})

    transaction.on_commit(push, robust=True)
