"""One migrated database for a whole run: its workers copy it and do not all run the migrations."""

from __future__ import annotations

import os

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import Connection, sql

NAME = "test_template"
ONE_AT_A_TIME = 7_305_118  # the advisory lock; the first worker migrates while the others wait
RUN_OF_TEMPLATE = """
SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s
"""


def use(run: str) -> None:
    """Make this process' test database a copy of the template of this run of the tests."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        found = server.execute(RUN_OF_TEMPLATE, [NAME]).fetchone()
        if found != (run,):
            _migrate()
            _sign(server, run)
    connection.settings_dict["TEST"]["TEMPLATE"] = NAME


def _migrate() -> None:
    ours, test = connection.settings_dict["NAME"], connection.settings_dict["TEST"]
    copy, test["NAME"] = test["NAME"], NAME
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # who is connected hinders a copy
    test["NAME"] = copy
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = ours


def _sign(server: Connection, run: str) -> None:
    """What another run left behind, perhaps with other migrations, is then not taken for ours."""
    statement = sql.SQL("COMMENT ON DATABASE {} IS {}")
    server.execute(statement.format(sql.Identifier(NAME), sql.Literal(run)))
