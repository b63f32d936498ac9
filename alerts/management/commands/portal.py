"""`manage.py portal`: the desk's configuration as a file."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from alerts.declared import changes
from alerts.declared.changes import Change
from alerts.definitions import BadDefinition

DIFFERENT = 2  # the exit code of a plan that would change something


class Command(BaseCommand):
    help = (
        "Rules, calendars, receivers, policies, schedules, routes and silences as YAML: export "
        "writes what is stored, plan says what a file would change, apply changes it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        export = acts.add_parser("export", help="write what is stored")
        export.add_argument("file", nargs="?", type=Path, help="without it: the output")
        plan = acts.add_parser("plan", help=f"show what would change; exit code {DIFFERENT} if so")
        apply = acts.add_parser("apply", help="change it, all or nothing")
        for act in (plan, apply):
            act.add_argument("file", type=Path)
            act.add_argument(
                "--prune", action="store_true", help="delete what came from a file and is gone"
            )
        apply.add_argument("--by", default="", help="the user who answers for it")
        apply.add_argument("--reason", default="", help="kept in the history")
        apply.add_argument("--dry-run", action="store_true", help="show it, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "export":
            self._export(options["file"])
            return
        dry = options["act"] == "plan" or options["dry_run"]
        by, reason = self._author(options) if not dry else (None, "plan")
        try:
            document = changes.read(options["file"].read_text())
            found = changes.apply(
                document,
                by=by,
                reason=reason,
                source=options["file"].name,
                now=timezone.now(),
                prune=options["prune"],
                dry=dry,
            )
        except (BadDefinition, OSError) as error:
            raise CommandError(str(error)) from error
        self._tell(found, dry=dry)
        if options["act"] == "plan" and found:
            raise SystemExit(DIFFERENT)

    def _export(self, file: Path | None) -> None:
        text = changes.exported()
        if file is None:
            self.stdout.write(text, ending="")
        else:
            file.write_text(text)

    def _author(self, options: dict[str, Any]) -> tuple[User, str]:
        by = User.objects.filter(username=options["by"], is_active=True).first()
        if by is None or not options["reason"].strip():
            raise CommandError("Say who applies it and why: --by USER --reason TEXT.")
        return by, options["reason"].strip()

    def _tell(self, found: Sequence[Change], *, dry: bool) -> None:
        for change in found:
            note = "  (edited in the portal since a file was applied)" if change.edited else ""
            self.stdout.write(f"{change.verb} {change.section} {change.key}".rstrip() + note)
            for line in change.lines():
                self.stdout.write(f"    {line}")
        if not found:
            self.stdout.write("No changes.")
        else:
            self.stdout.write(f"{len(found)} changes{' to make' if dry else ' made'}.")
