"""What people edit is written down by the database, whatever road the change took."""

from __future__ import annotations

from datetime import time, timedelta

import pghistory
import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone
from pghistory.models import Event, Events

from alerts.models import (
    ChatIdentity,
    Override,
    PrometheusServer,
    QuietHours,
    Receiver,
    Rule,
    Swap,
    Team,
)
from analytics.models import Import, Portfolio
from ops_portal import accounts, tokens
from ops_portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db

EVENT_MODELS = [model for model in apps.get_models() if issubclass(model, Event)]


def labels(obj: object) -> list[str]:
    return list(Events.objects.tracks(obj).order_by("pgh_id").values_list("pgh_label", flat=True))


def sql(statement: str, *values: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_save_is_written_down_with_its_context() -> None:
    rule = factories.rule()
    rule.threshold = -0.04

    with pghistory.context(user=7, ip="192.0.2.7", reason="too many false alarms"):
        rule.save()

    event = Events.objects.tracks(rule).order_by("-pgh_id").first()
    assert event.pgh_diff["threshold"] == [-0.05, -0.04]
    assert event.pgh_context["reason"] == "too many false alarms"
    assert event.pgh_context["ip"] == "192.0.2.7"


def test_a_bulk_update_is_written_down() -> None:
    rule = factories.rule()

    Rule.objects.update(severity="warning")

    assert labels(rule) == ["added", "changed"]


def test_raw_sql_is_written_down() -> None:
    rule = factories.rule()

    sql("UPDATE alerts_rule SET threshold = -0.5 WHERE id = %s", rule.pk)

    assert labels(rule) == ["added", "changed"]


def test_a_deletion_is_written_down() -> None:
    rule = factories.rule()
    pk = rule.pk

    rule.delete()

    removed = Rule(pk=pk)
    assert labels(removed) == ["added", "removed"]


def test_the_version_of_a_rule_rises_with_each_change() -> None:
    rule = factories.rule()

    Rule.objects.update(threshold=-0.04)
    sql("UPDATE alerts_rule SET severity = 'info' WHERE id = %s", rule.pk)
    Rule.objects.update(change_reason="nothing else changed")

    rule.refresh_from_db()
    assert rule.version == 3


def test_the_secret_of_a_receiver_is_never_copied() -> None:
    fields = {field.name for field in apps.get_model("alerts", "ReceiverEvent")._meta.fields}

    assert "secret" not in fields
    assert "address" in fields


def test_giving_and_taking_a_role_is_written_down() -> None:
    alice = factories.person("alice")

    alice.groups.set([Group.objects.get(name="admin")])

    model = apps.get_model("ops_portal", "UserRoleEvent")
    told = model.objects.filter(user=alice).order_by("pgh_id")
    assert [(event.pgh_label, event.group.name) for event in told] == [
        ("added", "responder"),
        ("removed", "responder"),
        ("added", "admin"),
    ]


def test_changing_the_receivers_of_a_step_is_written_down() -> None:
    mail = factories.receiver()
    policy = factories.policy(steps=[(0, [mail])])

    policy.steps.get().receivers.clear()

    model = apps.get_model("alerts", "PolicyStepReceiverEvent")
    assert list(model.objects.values_list("pgh_label", flat=True)) == ["added", "removed"]


@pytest.mark.parametrize("model", EVENT_MODELS, ids=lambda model: model._meta.model_name)
@pytest.mark.parametrize(
    "verb", ["UPDATE {} SET pgh_label = 'bent'", "DELETE FROM {}", "TRUNCATE {}"]
)
def test_history_cannot_be_rewritten(model: type[Event], verb: str) -> None:
    _make_one_of_each()

    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        sql(verb.format(model._meta.db_table))


def _make_one_of_each() -> None:
    """An event in each table, so that a row trigger has a row to refuse."""

    boss = factories.person("erin")
    factories.rule()
    mail = factories.receiver()
    step = factories.policy(steps=[(0, [mail])]).steps.get()
    step.users.add(boss)
    factories.route("Desk", "env=live", receivers=[mail])
    factories.inhibition("alertname=silent_agent", "severity=warning")
    calendar = factories.calendar()
    factories.route("Night", "env=paper", mute=[calendar], active=[calendar])
    Import.objects.create(kind="trades", name="book.csv", digest="0" * 64)
    PrometheusServer.objects.create(name="main", url="https://prometheus.example/")
    factories.silence("env=paper", by=boss, now=timezone.now())
    ChatIdentity.objects.create(user=boss, service="slack", external_id="U0123456789")
    _make_one_of_each_of_on_call(boss, mail)
    accounts.invite(email="ana@desk.example", role=Role.VIEWER, by=boss, now=timezone.now())
    tokens.make(user=boss, name="deploy", lifetime=None, now=timezone.now())
    Portfolio.objects.create(env="live", currency="USDT", starting_capital=1000)


def _make_one_of_each_of_on_call(boss: User, mail: Receiver) -> None:
    now, hour = timezone.now(), timedelta(hours=1)
    schedule = factories.schedule(people=[boss])
    Team.objects.create(name="Second line").members.add(boss)
    Override.objects.create(
        schedule=schedule, user=boss, made_by=boss, starts_at=now, ends_at=now + hour, made_at=now
    )
    Swap.objects.create(
        schedule=schedule, asker=boss, taker=factories.person("frank"), asked_at=now,
        gives_from=now, gives_until=now + hour, takes_from=now + 2 * hour,
        takes_until=now + 3 * hour,
    )  # fmt: skip
    factories.personal_rule(boss, mail)
    QuietHours.objects.create(user=boss, begins=time(22), ends=time(7))
