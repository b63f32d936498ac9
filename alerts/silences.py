"""What a person does to silences: look ahead, silence, extend, end, replace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction

from alerts import recurrence, routing
from alerts.matchers import Matchers, match, to_json
from alerts.models import Alert, RuleInstance, Silence
from alerts.recurrence import Schedule

PAST = timedelta(days=30)  # how far back the preview looks
MOST_READ = 50_000  # alerts of the past, the newest
SHOWN = 10  # of each kind
LONGEST = timedelta(days=90)


class TooBroad(ValueError):
    """No matcher asks for a label to be there: the silence would keep everything quiet."""


class BadTime(ValueError):
    """The window is none, or ends in the past, or is too long."""


class Ended(Exception):
    """The silence has ended already."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A silence before it is one."""

    matchers: Matchers
    reason: str
    schedule: Schedule
    kind: str = Silence.Kind.SILENCE
    expire_on_resolve: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What a silence keeps quiet now, and what it would have kept quiet in the last 30 days."""

    open: list[Alert] = field(default_factory=list)  # the newest ones
    open_count: int = 0
    of_open: int = 0
    rules: list[str] = field(default_factory=list)
    past_count: int = 0
    of_past: int = 0
    past: list[Alert] = field(default_factory=list)

    @property
    def everything(self) -> bool:
        """Whether every alert of the month would have been kept quiet."""
        return self.of_past > 1 and self.past_count == self.of_past


def check(matchers: Matchers) -> None:
    """Raises TooBroad unless a matcher refuses alerts without its label."""
    if not any(not matcher.matches_empty for matcher in matchers):
        raise TooBroad(
            "At least one matcher must ask for a label to be there: as it stands, every alert fits."
        )


def preview(matchers: Matchers, *, now: datetime) -> Preview:
    """The open alerts, the rules and the alerts of the last 30 days that fit."""
    open_ones = Alert.objects.exclude(state=Alert.State.RESOLVED)
    past = Alert.objects.filter(started_at__gt=now - PAST)[:MOST_READ]
    fits_now = _fitting(open_ones.iterator(chunk_size=2_000), matchers)
    of_past, fits_past = 0, []
    for alert in past.iterator(chunk_size=2_000):
        of_past += 1
        fits_past += _fitting([alert], matchers)
    return Preview(
        open=fits_now[:SHOWN],
        open_count=len(fits_now),
        of_open=open_ones.count(),
        rules=_rules(matchers, fits_past),
        past_count=len(fits_past),
        of_past=of_past,
        past=fits_past[:SHOWN],
    )


def silence(plan: Plan, *, by: User, now: datetime, replaces: Silence | None = None) -> Silence:
    """Keep quiet what fits, in the windows of the plan; it works from the next moment on.

    A start in the past counts as now. Raises PermissionDenied, TooBroad, BadTime, Unrepeatable.
    """
    _demand(by, "alerts.add_silence")
    check(plan.matchers)
    schedule = checked(plan.schedule, now=now)
    return Silence.objects.create(
        kind=plan.kind,
        matchers=to_json(plan.matchers),
        reason=plan.reason.strip()[:200],
        starts_at=schedule.start,
        ends_at=schedule.end,
        recurrence=schedule.rule,
        zone=schedule.zone,
        expire_on_resolve=plan.expire_on_resolve,
        created_by=by,
        created_at=now,
        replaces=replaces,
    )


def replace(former: Silence, plan: Plan, *, by: User, now: datetime) -> Silence:
    """End the silence and begin its successor at once. Raises Ended and what `silence` does."""
    with transaction.atomic():
        end(former.pk, by=by, now=now)
        return silence(plan, by=by, now=now, replaces=former)


def end(pk: UUID, *, by: User, now: datetime) -> Silence:
    """End it now. Raises PermissionDenied, Ended, Silence.DoesNotExist."""
    _demand(by, "alerts.change_silence")
    with transaction.atomic():
        found = _running(pk, now=now)
        found.ended_at, found.ended_by = now, by
        found.save(update_fields=["ended_at", "ended_by"])
    return found


def extend(pk: UUID, *, seconds: int, by: User, now: datetime) -> Silence:
    """Let it end later. Raises PermissionDenied, Ended, BadTime, Silence.DoesNotExist."""
    _demand(by, "alerts.change_silence")
    with transaction.atomic():
        found = _running(pk, now=now)
        if found.recurrence:
            raise BadTime("What comes again is not extended: edit it.")
        found.ends_at += timedelta(seconds=seconds)
        if seconds <= 0 or found.ends_at - found.starts_at > LONGEST:
            raise BadTime(f"A silence lasts at most {LONGEST.days} days.")
        found.save(update_fields=["ends_at"])
    return found


def is_over(found: Silence, *, now: datetime) -> bool:
    """Whether it was ended, or no window comes any more."""
    if found.ended_at is not None:
        return True
    return routing.schedule_of(found).first_ending_after(now) is None


def _running(pk: UUID, *, now: datetime) -> Silence:
    found = Silence.objects.select_for_update().get(pk=pk)
    if is_over(found, now=now):
        raise Ended
    return found


def checked(schedule: Schedule, *, now: datetime) -> Schedule:
    """The schedule, not beginning before now. Raises BadTime, Unrepeatable."""
    if not schedule.rule and schedule.start < now:
        schedule = Schedule(now, schedule.end, zone=schedule.zone)
    if schedule.end <= schedule.start:
        raise BadTime("It must end after it begins, and after now.")
    if schedule.end - schedule.start > LONGEST:
        raise BadTime(f"A silence lasts at most {LONGEST.days} days.")
    recurrence.check(schedule)
    return schedule


def _fitting(alerts: Iterable[Alert], matchers: Matchers) -> list[Alert]:
    return [alert for alert in alerts if match(matchers, routing.labels_of(alert))]


def _rules(matchers: Matchers, past: Iterable[Alert]) -> list[str]:
    """The rules that watch a series whose alert would fit, and those whose alerts did."""
    names = {alert.rule_name for alert in past}
    watched = RuleInstance.objects.values_list("rule__name", "rule__severity", "labels")
    for name, severity, labels in watched.iterator(chunk_size=2_000):
        seen = {"alertname": name, "severity": severity, **labels}
        if name not in names and match(matchers, seen):
            names.add(name)
    return sorted(names)


def _demand(user: User, permission: str) -> None:
    if not user.has_perm(permission):
        raise PermissionDenied(permission)
