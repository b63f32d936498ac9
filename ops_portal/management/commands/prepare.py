"""Bring database and static files to this version: before the processes start, safe to repeat."""

from __future__ import annotations

import hashlib
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from ops_portal.owner import act_as_owner


class Command(BaseCommand):
    help = "Migrate, grant the app role its rights, load the default rules, collect static files."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--link", action="store_true", help="print the first administrator's one-time link"
        )
        parser.add_argument(
            "--no-static", action="store_true", help="the static files were collected elsewhere"
        )

    def handle(self, *args: Any, link: bool, no_static: bool, **options: Any) -> None:
        """Only the link goes to stdout, so that a caller can read it."""
        role = act_as_owner()
        _refuse_unfinished()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("grant_app_role", role=role, stderr=sys.stderr)
        call_command("load_rules", stdout=sys.stderr)
        if not no_static:
            self._collect_static()
        if link:
            call_command("bootstrap", stdout=self.stdout)

    def _collect_static(self) -> None:
        """Skipped while no source file changed: hashing and compressing takes seconds."""
        mark = Path(settings.STATIC_ROOT) / ".sources"
        sources = _fingerprint_of_sources()
        if mark.exists() and mark.read_text() == sources:
            return
        call_command("collectstatic", interactive=False, verbosity=0)
        mark.write_text(sources)


def _refuse_unfinished() -> None:
    """A database that an unreleased version left on its way; a finished one goes on."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    for migration in MigrationLoader(None).disk_migrations.values():
        known = applied.intersection(migration.replaces)
        if known and len(known) < len(migration.replaces):
            raise CommandError(
                "This database was made by an unreleased version and cannot be continued:"
                " give an empty one (of `make run`: remove .portal)."
            )


def _fingerprint_of_sources() -> str:
    """Changes when a static file's path, size or time changes."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            size, changed = storage.size(path), storage.get_modified_time(path)
            digest.update(f"{path} {size} {changed}\n".encode())
    return digest.hexdigest()
