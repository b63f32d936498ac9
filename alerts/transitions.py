"""THE writer of Alert.state: one row lock, one condition, one transition."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from alerts import escalation, grouping, history, routing, suppressors
from alerts.models import Acknowledgment, Alert, Policy, Rule, Transition
from alerts.tree import Place

FIRING, ACKNOWLEDGED, RESOLVED = Alert.State.FIRING, Alert.State.ACKNOWLEDGED, Alert.State.RESOLVED
OPEN = (FIRING, ACKNOWLEDGED)
NOBODY = "nobody"


class NotPossible(Exception):
    """The alert is not in a state that allows the change; `alert` is how it is now."""

    def __init__(self, alert: Alert) -> None:
        super().__init__(f"The alert is {alert.state}.")
        self.alert = alert


@dataclass(frozen=True, slots=True)
class Episode:
    """What an alert is born with."""

    fingerprint: str
    rule_name: str
    title: str
    severity: str
    labels: Mapping[str, str]
    condition: str = "breach"
    rule: Rule | None = None
    rule_snapshot: Mapping[str, Any] = field(default_factory=dict)
    series_id: int | None = None
    source: str = "ops-portal"
    description: str = ""
    runbook_url: str = ""
    value: float | None = None
    threshold: float | None = None
    policy: Policy | None = None


def fire(
    episode: Episode,
    *,
    via: str,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
    actor: User | None = None,
    note: str = "",
) -> tuple[Alert, bool]:
    """Open the alert and start its escalation; (alert, True).

    When an alert of this fingerprint is open already, that one comes back untouched with False.
    """
    with transaction.atomic():
        alert = _insert(episode, now=now)
        if alert is None:
            return _open_alert(episode.fingerprint), False
        labels = routing.labels_of(alert)
        places = routing.places_of(labels)
        people, policy = _people(episode, places)
        alert.suppressed_by = suppressors.reasons_at_birth(alert, now=now)
        routed = {"routes": routing.told(places), "people": people}
        fired = history.write(
            alert,
            action=Transition.Action.FIRED,
            via=via,
            now=now,
            from_state="",
            changed=["suppressed_by"] if alert.suppressed_by else [],
            actor=actor,
            note=note,
            detail={**(detail or {}), **routed},
        )
        if alert.suppressed_by:
            _write_suppressed(alert, now=now)
        grouping.join(alert, places, labels, now=now)
        if people != NOBODY:
            escalation.start(alert, fired, policy=policy, now=now)
    return alert, True


def change(
    alert_id: int,
    *,
    action: str,
    via: str,
    now: datetime,
    to_state: str | None = None,
    allowed: Collection[str] = OPEN,
    actor: User | None = None,
    note: str = "",
    detail: Mapping[str, Any] | None = None,
    fields: Mapping[str, Any] | None = None,
) -> Alert:
    """Lock the alert, check that its state is allowed, and change it in one transition.

    `fields` are further columns of the alert to set. The escalation stops when the alert leaves
    firing and its current step starts again when it returns. Raises NotPossible (nothing changed)
    and Alert.DoesNotExist.
    """
    with transaction.atomic():
        # No join here: after a wait PostgreSQL gives the newest alert beside the old joined row.
        alert = Alert.objects.select_for_update(of=("self",)).get(pk=alert_id)
        if alert.state not in allowed:
            raise NotPossible(alert)
        before = alert.state
        columns = {**(fields or {}), **_columns_of(alert, to_state, actor, now=now)}
        for name, value in columns.items():
            setattr(alert, name, value)
        if alert.state != before:
            _move_acknowledgment(alert, actor, note, now=now)
            if before == FIRING:
                escalation.stop(alert)
            elif alert.state == FIRING:
                escalation.restart(alert, now=now)
        history.write(
            alert,
            action=action,
            via=via,
            now=now,
            from_state=before,
            changed=list(columns),
            actor=actor,
            note=note,
            detail=dict(detail or {}),
        )
        if action in {Transition.Action.RESOLVED, Transition.Action.UNSUPPRESSED}:
            grouping.hurry(alert, now=now)
    return alert


def _people(episode: Episode, places: Sequence[Place]) -> tuple[str, Policy | None]:
    """Who said which policy holds (rule, route, default or nobody), and the policy that was named.

    The rule's own policy comes first, then that of the first route with one, then the default.
    """
    if episode.policy is not None:
        return "rule", episode.policy
    named = [place.policy_id for place in places if place.policy_id is not None]
    policy = Policy.objects.filter(pk__in=named[:1]).first()
    if policy is not None:
        return "route", policy
    return (NOBODY if all(place.nobody for place in places) else "default"), None


def _write_suppressed(alert: Alert, *, now: datetime) -> None:
    history.write(
        alert,
        action=Transition.Action.SUPPRESSED,
        via=Transition.Via.ENGINE,
        now=now,
        from_state=alert.state,
        note=", ".join(str(reason["name"]) for reason in alert.suppressed_by),
        detail={"suppressed_by": alert.suppressed_by},
    )


def _columns_of(
    alert: Alert, to_state: str | None, actor: User | None, *, now: datetime
) -> dict[str, Any]:
    """The columns that a state brings with it."""
    if to_state is None or to_state == alert.state:
        return {}
    if to_state == ACKNOWLEDGED:
        return {"state": to_state, "acknowledged_at": now, "acknowledged_by": actor}
    if to_state == RESOLVED:
        return {
            "state": to_state,
            "resolved_at": now,
            "resolved_by": actor,
            "acknowledged_until": None,
        }
    return {
        "state": to_state,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "acknowledged_until": None,
    }


def _move_acknowledgment(alert: Alert, actor: User | None, note: str, *, now: datetime) -> None:
    Acknowledgment.objects.filter(alert=alert, ended_at__isnull=True).update(ended_at=now)
    if alert.state == ACKNOWLEDGED and actor is not None:
        Acknowledgment.objects.create(alert=alert, user=actor, note=note, at=now)


def _insert(episode: Episode, *, now: datetime) -> Alert | None:
    """The new row, or None when the database already holds an open one of this fingerprint."""
    former = Alert.objects.filter(fingerprint=episode.fingerprint).order_by("-started_at").first()
    try:
        with transaction.atomic():
            return Alert.objects.create(
                fingerprint=episode.fingerprint,
                rule=episode.rule,
                rule_name=episode.rule_name,
                rule_snapshot=dict(episode.rule_snapshot),
                series_id=episode.series_id,
                source=episode.source,
                title=episode.title,
                description=episode.description,
                runbook_url=episode.runbook_url,
                severity=episode.severity,
                labels=dict(episode.labels),
                condition=episode.condition,
                value=episode.value,
                peak_value=episode.value,
                threshold=episode.threshold,
                started_at=now,
                last_seen_at=now,
                previous=former,
            )
    except IntegrityError:
        return None


def _open_alert(fingerprint: str) -> Alert:
    return Alert.objects.exclude(state=RESOLVED).get(fingerprint=fingerprint)
