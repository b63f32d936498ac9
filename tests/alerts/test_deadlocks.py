"""A deadlock is the server's way of choosing who waits; no person sees it."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import RequestFactory
from django.utils import timezone
from psycopg import Connection

from alerts import actions
from alerts.models import Alert, Policy, Transition
from ops_portal import views
from tests.alerts.conftest import MakeAlert
from tests.analytics import engines

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 100 if "SOAK" in os.environ else 4
VICTIM_LOOKS = "SET deadlock_timeout = '250ms'"  # the other, which looks after 30 s, never loses


def test_an_acknowledgment_outlives_deadlocks(
    make_alert: MakeAlert, policy: Policy, alice: User
) -> None:
    url = engines.environment()["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as other, ThreadPoolExecutor(1) as threads:
        other.execute("SET deadlock_timeout = '30s'")
        before = deadlocks(other)
        for number in range(ROUNDS):
            alert = make_alert(f"{number:016x}")
            with other.transaction():
                other.execute(
                    "SELECT FROM alerts_escalation WHERE alert_id = %s FOR UPDATE", [alert.pk]
                )
                answer = threads.submit(acknowledge, alert, alice)
                await_waiting(url)
                other.execute("SELECT FROM alerts_alert WHERE id = %s FOR UPDATE", [alert.pk])
            assert answer.result(timeout=30).won
        engines.until(lambda: deadlocks(other) >= before + ROUNDS, what="no deadlock was forced")

    print(f"\n{ROUNDS} forced deadlocks: {ROUNDS} acknowledged, 0 errors")
    assert Transition.objects.filter(action="acknowledged").count() == ROUNDS


def acknowledge(alert: Alert, person: User) -> actions.Acknowledged:
    try:
        with connection.cursor() as cursor:
            cursor.execute(VICTIM_LOOKS)
        answer = actions.acknowledge(alert.pk, by=person, now=timezone.now())
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
        return answer
    finally:
        connection.close()


def await_waiting(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as watcher:
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while watcher.execute(waits).fetchone() == (0,):
            time.sleep(0.01)


DEADLOCKS = """
SELECT deadlocks FROM pg_stat_database, pg_stat_clear_snapshot()
WHERE datname = current_database()
"""


def deadlocks(session: Connection) -> int:
    row = session.execute(DEADLOCKS).fetchone()
    assert row is not None
    return int(row[0])


def test_a_database_that_does_not_answer_is_no_failure_of_the_portal() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 10")
        try:
            cursor.execute("SELECT pg_sleep(60)")
        except OperationalError:
            response = views.failed(RequestFactory().get("/"))
        finally:
            cursor.execute("RESET statement_timeout")

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "The database does not answer" in response.content.decode()
