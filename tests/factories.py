"""People, series, rules and alerts for tests: alice responds, bob looks, charlie has no role."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.utils import timezone

from alerts import transitions
from alerts.births import Episode
from alerts.matchers import parse, to_json
from alerts.models import (
    Alert,
    Calendar,
    Inhibition,
    NotificationRule,
    Participant,
    Policy,
    PolicyStep,
    PrometheusServer,
    Receiver,
    Route,
    Rule,
    Schedule,
    ScheduleLayer,
    Silence,
)
from analytics.models import Series
from analytics.series import fingerprint

PASSWORD = "correct horse battery staple"
ROLES = {"alice": "responder", "bob": "viewer", "dora": "editor", "erin": "admin"}
SNAPSHOT = (
    "name",
    "metric",
    "aggregate",
    "window_seconds",
    "comparison",
    "threshold",
    "for_seconds",
    "keep_firing_seconds",
    "min_samples",
    "no_data",
    "version",
)
_numbers = count(1)


def person(username: str = "alice", *, role: str | None = None, **fields: Any) -> User:
    """A user with the role of the name (charlie none), or with `role`."""
    role = ROLES.get(username, "") if role is None else role
    fields.setdefault("is_staff", role in ("editor", "admin"))
    fields.setdefault("first_name", username.capitalize())
    address, password = f"{username}@example.org", _hashed_password()
    user = User.objects.create(username=username, email=address, password=password, **fields)
    if role:
        user.groups.set([Group.objects.get(name=role)])
    return user


@cache
def _hashed_password() -> str:
    """Argon2 takes its time on purpose: once a process is enough."""
    return make_password(PASSWORD)


def series(name: str = "current_drawdown", **labels: str) -> Series:
    labels = labels or {"env": "live", "strategy": "btc-1"}
    named = fingerprint({**labels, "__name__": name})
    found, _ = Series.objects.get_or_create(
        fingerprint=named, defaults={"name": name, "labels": labels}
    )
    return found


def receiver(name: str = "Desk mail", **fields: Any) -> Receiver:
    return Receiver.objects.create(
        name=name, **{"kind": "email", "address": "desk@example.org", **fields}
    )


def policy(name: str = "Desk", *, steps: list[tuple[int, list[Receiver]]], **fields: Any) -> Policy:
    """`steps`: (delay in seconds, receivers) in order."""
    made = Policy.objects.create(name=name, **fields)
    for position, (delay, receivers) in enumerate(steps):
        step = PolicyStep.objects.create(policy=made, position=position, delay_seconds=delay)
        step.receivers.set(receivers)
    return made


def root(**fields: Any) -> Route:
    """The route that takes everything; `fields` are set on it."""
    found = Route.objects.get_or_create(parent=None, defaults={"name": "Everything"})[0]
    return _set(found, **fields)


def route(name: str, matchers: str = "", *, under: Route | None = None, **fields: Any) -> Route:
    """A route behind the ones under the same parent; `receivers` is a list."""
    parent = under or root()
    made = Route.objects.create(
        parent=parent,
        position=parent.children.count(),
        name=name,
        matchers=to_json(parse(matchers)),
    )
    return _set(made, **fields)


def calendar(name: str = "NYSE", **fields: Any) -> Calendar:
    """The session of a stock exchange; `fields` are those of the row."""
    given = {"zone": "America/New_York", "opened": "mon-fri 09:30-16:00", **fields}
    return Calendar.objects.create(name=name, **given)


def server(
    name: str = "Prometheus", url: str = "http://prometheus.example:9090"
) -> PrometheusServer:
    return PrometheusServer.objects.create(name=name, url=url)


def inhibition(source: str, target: str, *, equal: Sequence[str] = (), **fields: Any) -> Inhibition:
    return Inhibition.objects.create(
        **{"name": f"{source} over {target}", **fields},
        source=to_json(parse(source)),
        target=to_json(parse(target)),
        equal=list(equal),
    )


def silence(matchers: str, *, by: User, now: datetime, **fields: Any) -> Silence:
    """From now on for an hour; `fields` are those of the row."""
    given = {
        "reason": "maintenance of the venue",
        "starts_at": now,
        "ends_at": now + timedelta(hours=1),
        "created_at": now,
        **fields,
    }
    return Silence.objects.create(matchers=to_json(parse(matchers)), created_by=by, **given)


def _set(
    found: Route,
    *,
    receivers: Sequence[Receiver] = (),
    mute: Sequence[Calendar] = (),
    active: Sequence[Calendar] = (),
    **fields: Any,
) -> Route:
    for field, value in fields.items():
        setattr(found, field, value)
    found.save()
    found.receivers.set(receivers)
    found.mute_calendars.set(mute)
    found.active_calendars.set(active)
    return found


def rule(name: str = "high_drawdown", **fields: Any) -> Rule:
    given = {
        "title": "Drawdown on {{strategy}}",
        "metric": "current_drawdown",
        "comparison": "<",
        "threshold": -0.05,
        "severity": "critical",
        **fields,
    }
    return Rule.objects.get_or_create(name=name, defaults=given)[0]


def alert(*, fired_at: datetime | None = None, **fields: Any) -> Alert:
    """An alert as the engine fires it. `fields`: those of alerts.Episode."""
    number = next(_numbers)
    broken = fields.setdefault("rule", None) or rule()
    labels = fields.setdefault("labels", {"env": "live", "strategy": f"btc-{number}"})
    given = {
        "rule_name": broken.name,
        "rule_snapshot": {field: getattr(broken, field) for field in SNAPSHOT},
        "title": f"Drawdown on BTC-{number}",
        "severity": str(broken.severity),
        "fingerprint": fingerprint(labels),
        "value": -0.061,
        "threshold": broken.threshold,
        **fields,
        "rule": broken,
    }
    episode = Episode(**given)
    made, _ = transitions.fire(episode, via="engine", now=fired_at or timezone.now())
    return made


def schedule(name: str = "Desk", *, people: list[User] | None = None, **fields: Any) -> Schedule:
    """A schedule of one layer with these people; `fields`: those of both."""
    ours = {
        key: fields.pop(key) for key in ("time_zone", "fallback", "gaps_expected") if key in fields
    }
    made = Schedule.objects.create(name=name, **ours)
    layer(made, people or [], **fields)
    return made


def layer(to: Schedule, people: list[User], **fields: Any) -> ScheduleLayer:
    given = {"name": "layer", "first_day": date(2026, 1, 5), **fields}
    given.setdefault("position", to.layers.count())
    made = ScheduleLayer.objects.create(schedule=to, **given)
    for position, user in enumerate(people):
        Participant.objects.create(layer=made, position=position, user=user)
    return made


def personal_rule(owner: User, to: Receiver, **fields: Any) -> NotificationRule:
    given = {"position": owner.notification_rules.count(), **fields}
    return NotificationRule.objects.create(user=owner, receiver=to, **given)
