"""`manage.py import_prometheus`: alerts of a Prometheus rule file as rules of the portal."""

from __future__ import annotations

import json
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
from alerts.models import PrometheusServer
from alerts.promfile import Found, NoRuleFile, read_file
from analytics import series as store


class Command(BaseCommand):
    help = (
        "Bring in the alerts of a Prometheus rule file: as rules on the portal's own metrics where"
        " they mean the same, else as queries to a server; says what did not map, and why."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--server", default="", help="asked by the rules that need one")
        parser.add_argument("--by", default="", help="the user who answers for it")
        parser.add_argument("--reason", default="", help="kept in the history")
        parser.add_argument("--dry-run", action="store_true", help="report, change nothing")
        parser.add_argument("--json", action="store_true", help="the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        by = User.objects.filter(username=options["by"], is_active=True).first()
        if options["by"] and by is None:
            raise CommandError(f"There is no user {options['by']}.")
        try:
            found = read_file(file.read_text(), is_own=_is_own, server=_server(options["server"]))
            made = changes.apply(
                {"rules": [each.entry for each in found if each.entry is not None]},
                by=by,
                reason=options["reason"] or f"Imported from {file.name}.",
                source=file.name,
                now=timezone.now(),
                dry=options["dry_run"],
            )
        except (NoRuleFile, BadDefinition, OSError, UnicodeDecodeError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(_report(found, made, dry=options["dry_run"]), indent=2))
        else:
            self._tell(found, made, dry=options["dry_run"])

    def _tell(self, found: Sequence[Found], made: Sequence[Change], *, dry: bool) -> None:
        for each in found:
            became = each.entry["name"] if each.entry else "-"
            self.stdout.write(f"{each.kind or 'no':5}  {each.alert} -> {became}")
            for line in [each.reason, *each.notes]:
                if line:
                    self.stdout.write(f"         {line}")
        mapped = sum(each.entry is not None for each in found)
        did = "would be changed" if dry else "changed"
        self.stdout.write(f"{mapped} of {len(found)} map, {len(made)} rules {did}.")


def _is_own(metric: str) -> bool:
    return bool(store.find(metric, {}))


def _server(name: str) -> str:
    """The one that is named, else the only one there is, blank: none."""
    names = list(PrometheusServer.objects.values_list("name", flat=True))
    if name and name not in names:
        raise CommandError(f"There is no Prometheus server “{name}”.")
    return name or (names[0] if len(names) == 1 else "")


def _report(found: Sequence[Found], made: Sequence[Change], *, dry: bool) -> dict[str, Any]:
    rules = [
        {
            "group": each.group,
            "alert": each.alert,
            "mapped_to": each.kind or None,
            "rule": each.entry,
            "reason": each.reason,
            "notes": each.notes,
        }
        for each in found
    ]
    return {
        "dry_run": dry,
        "mapped": sum(each.entry is not None for each in found),
        "unmapped": sum(each.entry is None for each in found),
        "changed": [change.key for change in made],
        "rules": rules,
    }
