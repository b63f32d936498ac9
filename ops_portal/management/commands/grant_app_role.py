"""Give the app role what the processes need: all rows, but no rewriting of history, no DDL."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import pghistory.models
from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from psycopg import sql


class Command(BaseCommand):
    help = "Run as the owner after each migration; `manage.py prepare` does."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--role", help="the app role, when it is not the owner itself")

    def handle(self, *args: Any, role: str | None, **options: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            owner = cursor.fetchone()[0]
            if role in (None, owner):
                self.stderr.write("One database role for everything: triggers guard the history.")
                return
            for statement in statements(role):
                cursor.execute(statement)


def history_tables() -> list[str]:
    """Tables that only grow: named by each app's `history_tables`, and all of pghistory."""
    named = {
        table for app in apps.get_app_configs() for table in getattr(app, "history_tables", ())
    }
    events = {
        model._meta.db_table
        for model in apps.get_models()
        if issubclass(model, (pghistory.models.Event, pghistory.models.Context))
        and model._meta.managed
    }
    return sorted(named | events)


def statements(role: str) -> list[sql.Composed]:
    """Rights are taken away first, so that a table that became history loses them."""
    name = sql.Identifier(role)
    templates = [
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        "REVOKE CREATE ON SCHEMA public FROM {role}",
        "GRANT USAGE ON SCHEMA public TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public"
        " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
        "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
    ]
    granted = [sql.SQL(template).format(role=name) for template in templates]
    refused = sql.SQL("REVOKE UPDATE, DELETE ON {table} FROM {role}")
    return granted + [
        refused.format(table=sql.Identifier(table), role=name) for table in history_tables()
    ]
