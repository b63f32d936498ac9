"""What the database itself refuses."""

import uuid

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction

from alerts import actions
from alerts.models import Alert, Policy
from tests.alerts.conftest import NOON, MakeAlert

HISTORY = ["alerts_transition", "alerts_escalationstep", "alerts_attempt"]


def execute(statement: str, *values: str | int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refused(statement: str, *values: str | int) -> str:
    with pytest.raises(DatabaseError) as refusal:
        execute(statement, *values)
    return str(refusal.value)


@pytest.mark.parametrize("table", HISTORY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.django_db
def test_history_only_grows(table: str, statement: str) -> None:
    assert "only grows" in refused(statement.format(table))


def test_a_resolved_alert_never_opens_again(make_alert: MakeAlert, alice: User) -> None:
    alert = make_alert()
    actions.resolve(alert.pk, by=alice, now=NOON)

    said = refused(
        "UPDATE alerts_alert SET state = 'firing', resolved_at = NULL, version = version + 1"
    )

    assert "never opens again" in said


def test_an_alert_has_no_state_that_nobody_knows(make_alert: MakeAlert) -> None:
    make_alert()

    said = refused("UPDATE alerts_alert SET state = 'lost', version = version + 1")

    assert "alert_state_known" in said


def test_a_state_does_not_change_without_a_version(make_alert: MakeAlert) -> None:
    make_alert()

    said = refused("UPDATE alerts_alert SET state = 'resolved', resolved_at = now()")

    assert "cannot follow" in said


def test_a_version_does_not_change_without_a_transition(make_alert: MakeAlert) -> None:
    make_alert()

    assert "without a transition" in refused("UPDATE alerts_alert SET version = version + 1")


def test_a_transition_leaves_no_gap(make_alert: MakeAlert) -> None:
    alert = make_alert()

    said = refused(
        "INSERT INTO alerts_transition (alert_id, seq, action, from_state, to_state, via, note,"
        " detail, at) VALUES (%s, 7, 'commented', '', 'firing', 'web', '', '{}', now())",
        alert.pk,
    )

    assert "leaves a gap" in said


def test_one_alert_is_open_per_fingerprint(make_alert: MakeAlert, policy: Policy) -> None:
    first = make_alert()

    second = make_alert()

    assert second == first
    assert Alert.objects.count() == 1


def test_a_second_open_row_is_refused(make_alert: MakeAlert) -> None:
    make_alert()

    said = refused(
        "INSERT INTO alerts_alert SELECT (jsonb_populate_record(a, jsonb_build_object('id',"
        " a.id + 1, 'uid', %s, 'version', 0))).* FROM alerts_alert a",
        str(uuid.uuid4()),
    )

    assert "alert_one_open_per_fingerprint" in said
