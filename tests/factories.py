"""People, rules and alerts for tests: alice responds, bob looks, charlie has no role."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import factory
from django.contrib.auth.models import Group, User
from django.utils import timezone
from factory.django import DjangoModelFactory

from alerts.models import Alert, Policy, PolicyStep, Receiver, Rule, Transition
from analytics.models import Series
from analytics.series import fingerprint

PASSWORD = "correct horse battery staple"
ROLES = {"alice": "responder", "bob": "viewer", "charlie": "", "dora": "editor", "erin": "admin"}


class UserFactory(DjangoModelFactory[User]):
    """`role` puts the user into the group of that name."""

    class Meta:
        model = User
        django_get_or_create = ("username",)
        skip_postgeneration_save = True

    username = "alice"
    first_name = factory.LazyAttribute(lambda user: user.username.capitalize())
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")
    password = factory.django.Password(PASSWORD)
    is_staff = factory.LazyAttribute(lambda user: ROLES.get(user.username) in ("editor", "admin"))

    @factory.post_generation
    def role(self: Any, create: bool, given: str | None, **_: Any) -> None:
        name = ROLES.get(self.username, "") if given is None else given
        if name:
            self.groups.set([Group.objects.get(name=name)])


class SeriesFactory(DjangoModelFactory[Series]):
    class Meta:
        model = Series
        django_get_or_create = ("fingerprint",)

    name = "current_drawdown"
    labels = factory.LazyFunction(lambda: {"env": "live", "strategy": "btc-1"})
    fingerprint = factory.LazyAttribute(
        lambda series: fingerprint({**series.labels, "__name__": series.name})
    )


class ReceiverFactory(DjangoModelFactory[Receiver]):
    class Meta:
        model = Receiver
        django_get_or_create = ("name",)

    name = "Desk mail"
    kind = "email"
    address = "desk@example.org"


class PolicyFactory(DjangoModelFactory[Policy]):
    """`steps` is a list of (delay in seconds, receivers)."""

    class Meta:
        model = Policy
        django_get_or_create = ("name",)
        skip_postgeneration_save = True

    name = "Desk"

    @factory.post_generation
    def steps(self: Any, create: bool, given: list[tuple[int, list[Receiver]]] | None) -> None:
        for position, (delay, receivers) in enumerate(given or []):
            step = PolicyStep.objects.create(policy=self, position=position, delay_seconds=delay)
            step.receivers.set(receivers)


class RuleFactory(DjangoModelFactory[Rule]):
    class Meta:
        model = Rule
        django_get_or_create = ("name",)

    name = "high_drawdown"
    title = "Drawdown {{strategy}}"
    metric = "current_drawdown"
    comparison = "<"
    threshold = -0.05
    severity = "critical"


class AlertFactory(DjangoModelFactory[Alert]):
    """An open alert as the engine leaves it, with its first transition."""

    class Meta:
        model = Alert
        skip_postgeneration_save = True

    rule = factory.SubFactory(RuleFactory)
    rule_name = factory.LazyAttribute(lambda alert: alert.rule.name)
    rule_snapshot = factory.LazyAttribute(
        lambda alert: {
            "name": alert.rule.name,
            "metric": alert.rule.metric,
            "aggregate": str(alert.rule.aggregate),
            "window_seconds": alert.rule.window_seconds,
            "comparison": alert.rule.comparison,
            "threshold": alert.rule.threshold,
            "for_seconds": alert.rule.for_seconds,
            "version": alert.rule.version,
        }
    )
    title = factory.Sequence(lambda n: f"Drawdown on BTC-{n}")
    severity = "critical"
    labels = factory.Sequence(lambda n: {"env": "live", "strategy": f"btc-{n}"})
    fingerprint = factory.LazyAttribute(lambda alert: fingerprint(alert.labels))
    value = -0.061
    peak_value = -0.063
    threshold = -0.05
    started_at: datetime = factory.LazyFunction(timezone.now)  # type: ignore[assignment]
    last_seen_at = factory.LazyAttribute(lambda alert: alert.started_at)
    version = 1

    @factory.post_generation
    def fired(self: Any, create: bool, given: None) -> None:
        Transition.objects.create(
            alert=self,
            seq=1,
            action=Transition.Action.FIRED,
            to_state=Alert.State.FIRING,
            via=Transition.Via.ENGINE,
            value=self.value,
            at=self.started_at,
        )
