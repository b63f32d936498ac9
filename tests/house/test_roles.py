"""The role of the processes reads and writes, but cannot rewrite history nor change a table."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from ops_portal.management.commands.grant_app_role import history_tables, statements

pytestmark = pytest.mark.django_db
APPEND_ONLY = ["alerts_transition", "alerts_attempt", "alerts_escalationstep"]


@pytest.fixture
def app_role() -> Iterator[str]:
    """A role with the rights of the processes, and this connection under it."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE trial_app")
        for statement in statements("trial_app"):
            cursor.execute(statement)
        cursor.execute("SET ROLE trial_app")
        yield "trial_app"
        cursor.execute("RESET ROLE")


def refused(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except ProgrammingError as error:
        return "permission denied" in str(error) or "must be owner" in str(error)
    return False


def test_the_history_of_alerts_and_of_edits_is_known() -> None:
    assert set(APPEND_ONLY) <= set(history_tables())
    assert any(table.endswith("event") for table in history_tables())


@pytest.mark.parametrize("change", ["DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"])
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_history_cannot_be_removed(app_role: str, table: str, change: str) -> None:
    assert refused(change.format(table))


def test_history_cannot_be_rewritten_nor_its_triggers_switched_off(app_role: str) -> None:
    assert refused("UPDATE alerts_transition SET note = 'never happened'")
    assert refused("ALTER TABLE alerts_transition DISABLE TRIGGER ALL")
    assert refused("SET session_replication_role = replica")


def test_no_table_can_be_made_or_changed(app_role: str) -> None:
    assert refused("CREATE TABLE mine (a int)")
    assert refused("ALTER TABLE alerts_rule ADD COLUMN a int")
    assert refused("INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', now())")


def test_rows_can_be_written_and_history_grows(app_role: str) -> None:
    assert not refused("UPDATE alerts_alert SET title = title")
    assert not refused("DELETE FROM alerts_ruleinstance")
    assert not refused("SELECT count(*) FROM alerts_transition")
    assert not refused("CREATE TEMP TABLE batch (a int) ON COMMIT DROP")
