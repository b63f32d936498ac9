"""`manage.py audit_verify`: whether the history of alerts is as it was written."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from alerts import anchors, chain

SHOWN = 20  # breaks that are written out without --json


class Command(BaseCommand):
    help = (
        "Check the hash chain of every alert, and that what the anchors know is there. Exit code "
        "0: all is as it was written; 1: it is not, the first broken transition is named; "
        "2: the anchors themselves are broken or cannot be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anchors", type=Path, action="append", default=[], metavar="FILE",
            help="what AUDIT_ANCHORS collected; may be given several times",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="every break as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        heads: dict[chain.Place, bytes] = {}
        for path in options["anchors"]:
            heads |= _read(path)
        verdict = chain.verify(heads)
        if options["json"]:
            self.stdout.write(json.dumps(verdict.as_json(), indent=2))
        else:
            self._tell(verdict)
        if verdict.breaks:
            sys.exit(1)

    def _tell(self, verdict: chain.Verdict) -> None:
        read = f"{verdict.transitions} transitions of {verdict.alerts} alerts"
        if not verdict.breaks:
            self.stdout.write(f"{read}, {verdict.anchored} of them anchored: as they were written.")
            return
        first = verdict.breaks[0]
        self.stdout.write(f"{read}: broken first at transition {first.alert}.{first.seq}.")
        for found in verdict.breaks[:SHOWN]:
            self.stdout.write(f"  {found.alert}.{found.seq}: {found.what}")
        if len(verdict.breaks) > SHOWN:
            self.stdout.write(f"  and {len(verdict.breaks) - SHOWN} more")


def _read(path: Path) -> dict[chain.Place, bytes]:
    try:
        with path.open("rb") as lines:
            return anchors.read(lines)
    except (OSError, anchors.BrokenAnchors) as error:
        raise CommandError(f"{path}: {error}", returncode=2) from error
