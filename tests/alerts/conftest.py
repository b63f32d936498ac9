"""People, a policy and alerts for the tests of alerting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission, User
from pytest_django import Settings

from alerts import delivery, transitions
from alerts.births import Episode
from alerts.models import Alert, Notification, Policy, PolicyStep, Receiver
from ops_portal.lib import secrets
from tests.sinks import MailSink, WebSink, mail_sink, web_sink

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

MakeAlert = Callable[..., Alert]


def person(name: str, *permissions: str) -> User:
    user = User.objects.create_user(name, f"{name}@desk.example")
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


@pytest.fixture
def alice(db: None) -> User:
    """A responder."""
    return person("alice", "acknowledge_alert", "resolve_alert", "comment_alert", "view_alert")


@pytest.fixture
def dora(db: None) -> User:
    """Another responder."""
    return person("dora", "acknowledge_alert", "resolve_alert", "comment_alert", "view_alert")


@pytest.fixture
def bob(db: None) -> User:
    """A viewer."""
    return person("bob", "view_alert")


@pytest.fixture
def policy(db: None) -> Policy:
    """The default policy: mail at once, mail and the boss's mail five minutes later."""
    desk = Receiver.objects.create(name="desk", kind="email", address="desk@desk.example")
    boss = Receiver.objects.create(name="boss", kind="email", address="boss@desk.example")
    policy = Policy.objects.create(name="default", is_default=True)
    first = PolicyStep.objects.create(policy=policy, position=0, delay_seconds=0)
    first.receivers.set([desk])
    second = PolicyStep.objects.create(policy=policy, position=1, delay_seconds=300)
    second.receivers.set([desk, boss])
    return policy


@pytest.fixture
def make_alert(db: None) -> MakeAlert:
    """Fire an alert at noon; keyword arguments change its episode."""

    def make(fingerprint: str = "00000000000000aa", **facts: object) -> Alert:
        episode = {
            "fingerprint": fingerprint,
            "rule_name": "high_drawdown",
            "title": "High drawdown",
            "severity": "critical",
            "labels": {"alertname": "high_drawdown", "env": "live"},
            "value": -0.06,
            "threshold": -0.05,
        }
        alert, _ = transitions.fire(
            Episode(**{**episode, **facts}),  # type: ignore[arg-type]
            via="engine",
            now=NOON,
        )
        return alert

    return make


@pytest.fixture
def mails(settings: Settings) -> Iterator[MailSink]:
    """A mail server that the portal uses."""
    with mail_sink() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = sink.url.removeprefix("smtp://").split(":")
        settings.EMAIL_TIMEOUT = 2
        yield sink


@pytest.fixture
def web(settings: Settings) -> Iterator[WebSink]:
    """A web server that the portal may reach."""
    settings.OUTBOUND_ALLOWED_NETS = ["127.0.0.0/8"]
    with web_sink() as sink:
        yield sink


def slack_receiver(sink: WebSink, name: str = "slack") -> Receiver:
    return Receiver.objects.create(name=name, kind="slack", secret=secrets.encrypt(sink.url))


@pytest.fixture
def slack_policy(web: WebSink) -> Policy:
    """Slack at once, the boss by mail five minutes later."""
    boss = Receiver.objects.create(name="boss", kind="email", address="boss@desk.example")
    policy = Policy.objects.create(name="default", is_default=True)
    first = PolicyStep.objects.create(policy=policy, position=0)
    first.receivers.set([slack_receiver(web)])
    PolicyStep.objects.create(policy=policy, position=1, delay_seconds=300).receivers.set([boss])
    return policy


def deliver_all(seconds: float = 0.0) -> int:
    return delivery.deliver_due(now=NOON + timedelta(seconds=seconds), waited=0.0)


def of_channel(channel: str) -> Notification:
    return Notification.objects.filter(channel=channel).latest("pk")
