"""Migrations are named for their change, in one line, and can be undone."""

import re
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests.house.sources import migrations

OURS = {"ops_portal", "alerts", "analytics", "health"}


@pytest.mark.parametrize("path", migrations(), ids=str)
def test_a_migration_is_named_by_a_person(path: Path) -> None:
    assert re.fullmatch(r"\d{4}_[a-z][a-z0-9_]+", path.stem)
    assert not re.search(r"_auto_|_and_more$", path.stem)


@pytest.mark.django_db
def test_each_apps_migrations_form_one_line() -> None:
    graph = MigrationLoader(connection).graph
    keys = [key for key in graph.nodes if key[0] in OURS]

    numbers = Counter((app, name[:4]) for app, name in keys)

    assert max(numbers.values()) == 1
    assert all(len(graph.leaf_nodes(app)) == 1 for app in {app for app, _ in keys})


@pytest.mark.django_db
def test_each_migration_can_be_undone() -> None:
    nodes = MigrationLoader(connection).graph.nodes
    ours = [migration for key, migration in nodes.items() if key[0] in OURS]

    stuck = [str(m) for m in ours for op in m.operations if not op.reversible]

    assert stuck == []


@pytest.mark.django_db
def test_a_database_of_an_unreleased_version_is_refused_with_a_sentence() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'alerts' AND name > '0020'")

    with pytest.raises(CommandError, match="made by an unreleased version"):
        call_command("prepare", no_static=True)
