"""Whose alert it is: given to a person, and taken up again when it was closed too early."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from alerts import notifications, targets, transitions
from alerts.actions import LONGEST_TEXT, NotOpen, demand, show
from alerts.births import Episode
from alerts.models import Alert, Transition
from alerts.notifications import Debt
from alerts.summary import person
from ops_portal.lib.again import again

COPIED = (
    "fingerprint", "rule_name", "title", "severity", "labels", "condition", "rule",
    "rule_snapshot", "series_id", "source", "description", "runbook_url", "value", "threshold",
)  # fmt: skip


class AssignedMeanwhile(Exception):
    """The alert was given to another than the person saw; `alert` is how it is now."""

    def __init__(self, alert: Alert) -> None:
        super().__init__("Somebody has assigned the alert meanwhile.")
        self.alert = alert


class CannotAct(ValueError):
    """Whoever gets an alert must be able to acknowledge it."""


class NotOver(Exception):
    """Only the last alert of its labels is reopened, once it is resolved; `alert` is that one."""

    def __init__(self, alert: Alert) -> None:
        super().__init__("The alert is open, or came again already.")
        self.alert = alert


REFUSALS = (AssignedMeanwhile, CannotAct, NotOver)


def candidates() -> list[User]:
    """Who can be given an alert, by name."""
    able = User.objects.with_perm("alerts.acknowledge_alert").order_by("first_name", "username")
    return list(able)


@again
def assign(
    alert_id: int,
    *,
    to: User | None,
    expected: int | None,
    by: User,
    note: str = "",
    via: str = "web",
    now: datetime,
) -> Alert:
    """Say who works on the alert and tell that person; `to` None: nobody.

    The escalation goes on until somebody acknowledges. `expected` is the id of whom the person saw
    it assigned to. Raises PermissionDenied, CannotAct, NotOpen, AssignedMeanwhile,
    Alert.DoesNotExist.
    """
    demand(by, "alerts.acknowledge_alert")
    if to is not None and not (to.is_active and to.has_perm("alerts.acknowledge_alert")):
        raise CannotAct(f"{person(to)} may not acknowledge alerts.")
    with transaction.atomic():
        alert = Alert.objects.select_for_update(of=("self",)).get(pk=alert_id)
        if not alert.is_open:
            raise NotOpen(alert)
        if alert.assignee_id != expected:
            raise AssignedMeanwhile(alert)
        alert = transitions.change(
            alert_id,
            action=Transition.Action.ASSIGNED,
            actor=by,
            via=via,
            note=note[:LONGEST_TEXT],
            now=now,
            fields={"assignee": to},
            detail={"to": None if to is None else {"id": to.pk, "name": person(to)}},
        )
        if to is not None and to != by:
            change = alert.transitions.get(seq=alert.version)
            notifications.owe([Debt(alert, change, targets.own_receivers(to))], now=now)
    show(alert, now=now)
    return alert


def reopen(alert_id: int, *, by: User, note: str = "", via: str = "web", now: datetime) -> Alert:
    """Fire a new alert that goes on where a resolved one was closed too early; returns the new one.

    People are told as of any other that fires. It stays open until somebody resolves it, or its
    condition sets in and clears again. Raises PermissionDenied, NotOver, Alert.DoesNotExist.
    """
    demand(by, "alerts.resolve_alert")
    text = note[:LONGEST_TEXT]
    with transaction.atomic():
        closed = Alert.objects.select_for_update(of=("self",)).get(pk=alert_id)
        latest = Alert.objects.filter(fingerprint=closed.fingerprint).latest("started_at", "pk")
        if latest.is_open or latest.pk != closed.pk:
            raise NotOver(latest)
        opened, fired = transitions.fire(_again(closed, by, text), via=via, now=now)
        if not fired:
            raise NotOver(opened)
        transitions.change(
            closed.pk,
            action=Transition.Action.REOPENED,
            allowed=(transitions.RESOLVED,),
            actor=by,
            via=via,
            note=text,
            now=now,
            detail={"as": opened.pk},
        )
    show(opened, now=now)
    return opened


def _again(closed: Alert, by: User, note: str) -> Episode:
    facts: Mapping[str, Any] = {name: getattr(closed, name) for name in COPIED}
    policy = closed.rule.policy if closed.rule else None
    detail = {"reopens": closed.pk}
    return Episode(**facts, policy=policy, detail=detail, actor=by, note=note)
