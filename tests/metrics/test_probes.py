"""`/livez` and `/readyz` for supervisors and load balancers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from health import processes
from tests.browser import free_port

pytestmark = pytest.mark.django_db


def running(*, ago: float = 0.0) -> None:
    now = datetime.now(UTC) - timedelta(seconds=ago)
    for kind in ("engine", "beat"):
        processes.beat(kind, now=now)


@pytest.mark.parametrize("path", ["/livez", "/-/healthy"])
def test_livez_asks_nobody(path: str, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        answer = Client(REMOTE_ADDR="10.0.0.7").get(path)

    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.parametrize("path", ["/readyz", "/-/ready"])
def test_a_whole_portal_is_ready(path: str) -> None:
    running()

    assert Client(REMOTE_ADDR="10.0.0.7").get(path).status_code == 200


def test_a_portal_whose_engine_stands_still_is_not_ready() -> None:
    running(ago=31)

    answer = Client().get("/readyz?verbose")

    assert answer.status_code == 503
    failed = {name for name, part in answer.json()["checks"].items() if not part["ok"]}
    assert failed == {"engine", "beat"}


def test_a_portal_without_an_engine_is_not_ready() -> None:
    answer = Client().get("/readyz?verbose")

    assert answer.json()["checks"]["engine"]["said"] == "No engine runs."


def test_a_portal_without_redis_is_not_ready(settings: Settings) -> None:
    running()
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"

    answer = Client().get("/readyz?verbose")

    assert answer.status_code == 503
    assert answer.json()["checks"]["redis"] == {
        **answer.json()["checks"]["redis"],
        "ok": False,
        "said": "Redis does not answer.",
    }


def test_a_migration_that_is_not_applied_is_seen() -> None:
    running()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'health'")

    answer = Client().get("/readyz?verbose")

    assert answer.status_code == 503
    assert "not applied" in answer.json()["checks"]["migrations"]["said"]


def test_strangers_are_told_no_detail() -> None:
    answer = Client(REMOTE_ADDR="10.0.0.7").get("/readyz?verbose")

    assert (answer.status_code, answer.content) == (503, b"not ready\n")
