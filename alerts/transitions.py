"""THE writer of Alert.state: row locks, one condition, one transition an alert."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from alerts import births, escalation, grouping, history, routing, suppressors
from alerts.births import Episode
from alerts.escalation import Start
from alerts.grouping import Joining
from alerts.history import Entry
from alerts.models import Acknowledgment, Alert, Policy, Transition
from alerts.tree import Place, places

FIRING, ACKNOWLEDGED, RESOLVED = Alert.State.FIRING, Alert.State.ACKNOWLEDGED, Alert.State.RESOLVED
OPEN = (FIRING, ACKNOWLEDGED)
NOBODY = "nobody"


class NotPossible(Exception):
    """The alert is not in a state that allows the change; `alert` is how it is now."""

    def __init__(self, alert: Alert) -> None:
        super().__init__(f"The alert is {alert.state}.")
        self.alert = alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one alert, from one of the `allowed` states.

    `fields` are further columns of the alert to set.
    """

    alert_id: int
    action: str
    to_state: str | None = None
    allowed: Collection[str] = OPEN
    actor: User | None = None
    note: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changed:
    """The alerts that changed, and those whose state did not allow it, as they are now; by id."""

    done: dict[int, Alert]
    refused: dict[int, Alert]


def fire(episode: Episode, *, via: str, now: datetime) -> tuple[Alert, bool]:
    """Open one alert; see `fire_all`."""
    (fired,) = fire_all([episode], via=via, now=now)
    return fired


def fire_all(episodes: Sequence[Episode], *, via: str, now: datetime) -> list[tuple[Alert, bool]]:
    """Open an alert for each episode and start its escalation, all in a few statements.

    In the order of the episodes: (alert, True). Where an alert of the fingerprint is open already,
    that one comes back untouched with False. What fires together is one moment: an alert keeps
    another one of the same call quiet, whichever comes first.
    """
    with transaction.atomic():
        opened = births.open_all(episodes, now=now)
        born = {
            alert.pk: (alert, e) for (alert, new), e in zip(opened, episodes, strict=True) if new
        }
        if born:
            _begin(list(born.values()), via=via, now=now)
    return opened


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
    """Change one alert; see `Change` and `change_all`.

    Raises NotPossible (nothing changed) and Alert.DoesNotExist.
    """
    wanted = Change(
        alert_id=alert_id,
        action=action,
        to_state=to_state,
        allowed=allowed,
        actor=actor,
        note=note,
        detail=detail or {},
        fields=fields or {},
    )
    changed = change_all([wanted], via=via, now=now)
    if alert_id in changed.refused:
        raise NotPossible(changed.refused[alert_id])
    if alert_id not in changed.done:
        raise Alert.DoesNotExist(f"There is no alert {alert_id}.")
    return changed.done[alert_id]


def change_all(changes: Sequence[Change], *, via: str, now: datetime) -> Changed:
    """Lock the alerts, check that their states are allowed, change each in one transition.

    An alert may be in one of the changes only; those that do not exist are left out. The
    escalation stops when an alert leaves firing, its current step starts again when it returns.
    """
    changed = Changed({}, {})
    with transaction.atomic():
        # No join here: after a wait PostgreSQL gives the newest alert beside the old joined row.
        locked = Alert.objects.select_for_update(of=("self",)).order_by("pk")
        alerts = locked.in_bulk([one.alert_id for one in changes])
        entries = []
        for one in changes:
            alert = alerts.get(one.alert_id)
            if alert is not None and alert.state not in one.allowed:
                changed.refused[alert.pk] = alert
            elif alert is not None:
                changed.done[alert.pk] = alert
                entries.append(_applied(one, alert, now=now))
        if entries:
            _follow(entries, now=now)
            history.write(entries, via=via, now=now)
            hurried = {Transition.Action.RESOLVED, Transition.Action.UNSUPPRESSED}
            grouping.hurry([e.alert.pk for e in entries if e.action in hurried], now=now)
    return changed


def _begin(born: Sequence[tuple[Alert, Episode]], *, via: str, now: datetime) -> None:
    """The ways, what keeps quiet, the history, the groups and the escalations of new alerts."""
    root = routing.book().root
    joining = []
    for alert, _ in born:
        labels = routing.labels_of(alert)
        joining.append(Joining(alert, labels, places(root, labels)))
    people = _people([episode for _, episode in born], [one.places for one in joining])
    suppressors.hush_at_birth([(one.alert, one.labels) for one in joining], now=now)
    fired = history.write(
        [
            Entry(
                alert=alert,
                action=Transition.Action.FIRED,
                from_state="",
                detail={**episode.detail, "routes": routing.told(one.places), "people": said},
                actor=episode.actor,
                note=episode.note,
                born=True,
            )
            for (alert, episode), one, (said, _) in zip(born, joining, people, strict=True)
        ],
        via=via,
        now=now,
    )
    _write_suppressed([alert for alert, _ in born if alert.suppressed_by], now=now)
    grouping.join(joining, now=now)
    escalation.start(
        [
            Start(alert, first, policy)
            for (alert, _), first, (said, policy) in zip(born, fired, people, strict=True)
            if said != NOBODY
        ],
        now=now,
    )


def _people(
    episodes: Sequence[Episode], ways: Sequence[Sequence[Place]]
) -> list[tuple[str, Policy | None]]:
    """Who said which policy holds (rule, route, default or nobody), and the policy that was named.

    The rule's own policy comes first, then that of the first route with one, then the default.
    """
    named = [
        next((place.policy_id for place in way if place.policy_id is not None), None)
        for way in ways
    ]
    policies = Policy.objects.in_bulk({pk for pk in named if pk is not None})
    found: list[tuple[str, Policy | None]] = []
    for episode, way, pk in zip(episodes, ways, named, strict=True):
        if episode.policy is not None:
            found.append(("rule", episode.policy))
        elif pk in policies:
            found.append(("route", policies[pk]))
        else:
            nobody = all(place.nobody for place in way)
            found.append((NOBODY if nobody else "default", None))
    return found


def _write_suppressed(alerts: Sequence[Alert], *, now: datetime) -> None:
    history.write(
        [
            Entry(
                alert=alert,
                action=Transition.Action.SUPPRESSED,
                from_state=alert.state,
                changed=["suppressed_by"],
                note=", ".join(str(reason["name"]) for reason in alert.suppressed_by),
                detail={"suppressed_by": alert.suppressed_by},
            )
            for alert in alerts
        ],
        via=Transition.Via.ENGINE,
        now=now,
    )


def _applied(one: Change, alert: Alert, *, now: datetime) -> Entry:
    """The alert as it is after the change, to be written."""
    before = alert.state
    columns = {**one.fields, **_columns_of(alert, one.to_state, one.actor, now=now)}
    for name, value in columns.items():
        setattr(alert, name, value)
    return Entry(
        alert=alert,
        action=one.action,
        from_state=before,
        changed=list(columns),
        actor=one.actor,
        note=one.note,
        detail=one.detail,
    )


def _follow(entries: Sequence[Entry], *, now: datetime) -> None:
    """Acknowledgments and escalations of alerts whose state has changed."""
    moved = [entry for entry in entries if entry.alert.state != entry.from_state]
    _move_acknowledgments(moved, now=now)
    escalation.stop([entry.alert for entry in moved if entry.from_state == FIRING])
    for entry in moved:
        if entry.alert.state == FIRING:
            escalation.restart(entry.alert, now=now)


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


def _move_acknowledgments(entries: Sequence[Entry], *, now: datetime) -> None:
    """The one that was current ends; who acknowledges has a new one."""
    held = [entry.alert.pk for entry in entries]
    if held:
        Acknowledgment.objects.filter(alert__in=held, ended_at=None).update(ended_at=now)
    Acknowledgment.objects.bulk_create(
        Acknowledgment(alert=entry.alert, user=entry.actor, note=entry.note, at=now)
        for entry in entries
        if entry.alert.state == ACKNOWLEDGED and entry.actor is not None
    )
