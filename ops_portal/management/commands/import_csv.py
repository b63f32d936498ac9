"""`manage.py import_csv FILE --kind trades|fills|ledger|candles`: files of the past."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from redis import Redis
from redis.exceptions import RedisError

from analytics import live
from analytics.importing import run
from analytics.importing.columns import BadHeader
from analytics.importing.files import BadFile
from analytics.importing.kinds import KINDS
from analytics.importing.order import Order
from analytics.importing.run import Progress
from analytics.models import Import

SHOWN = 20  # bad rows printed; all are in the admin


class Command(BaseCommand):
    help = (
        "Brings in a CSV file, or freqtrade's SQLite database or JSON export. Twice changes"
        " nothing; after a kill the same call goes on where it stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--kind", choices=list(KINDS), required=True)
        parser.add_argument("--source", default="import", help="whose rows they are")
        parser.add_argument("--env", choices=["live", "paper", "backtest"], default="live")
        parser.add_argument("--strategy", default="", help="where the file names none")
        parser.add_argument("--currency", default="", help="where neither file nor symbol tell it")
        parser.add_argument("--seconds", type=int, default=0, help="that a candle spans")
        parser.add_argument("--map", action="append", default=[], metavar="COLUMN=FIELD",
                            help="COLUMN= leaves a column out")  # fmt: skip
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        order = Order(
            path=options["file"], kind=options["kind"], source=options["source"],
            env=options["env"], strategy=options["strategy"], currency=options["currency"],
            seconds=options["seconds"], map=_mapping(options["map"]),
        )  # fmt: skip
        began = time.monotonic()
        try:
            now = timezone.now()
            found = run.begin(order, now=now)
            for progress in run.advance(found, order, now=now):
                self._tell(progress)
        except (OSError, BadHeader, BadFile, run.Busy, run.Stopped) as error:
            raise CommandError(str(error)) from error
        self._report(found, seconds=time.monotonic() - began, as_json=options["json"])

    def _tell(self, progress: Progress) -> None:
        try:
            with Redis.from_url(settings.REDIS_URL, socket_timeout=2) as redis:
                live.push(redis, progress.frames)
        except RedisError as error:  # the rows are what counts; pages fetch them again
            self.stderr.write(f"pages not told: {error}")
        if sys.stderr.isatty():
            self.stderr.write(f"\r{progress.run.row:,} rows", ending="")

    def _report(self, found: Import, *, seconds: float, as_json: bool) -> None:
        problems = found.problems.order_by("line")
        if as_json:
            told = {name: getattr(found, name) for name in ("row", "changed", "unchanged", "bad")}
            listed = list(problems.values("line", "column", "reason"))
            self.stdout.write(json.dumps(told | {"problems": listed}, indent=2))
            return
        for problem in problems[:SHOWN]:
            where = f", {problem.column}" if problem.column else ""
            self.stdout.write(f"line {problem.line}{where}: {problem.reason}")
        if found.bad > SHOWN:
            self.stdout.write(f"... and {found.bad - SHOWN:,} more, listed in the admin")
        self.stdout.write(
            f"{found.row:,} rows: {found.changed:,} stored, {found.unchanged:,} known before,"
            f" {found.bad:,} left out; {seconds:.1f} s"
        )


def _mapping(asked: list[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in asked]
    for column, sign, _ in pairs:
        if not (column and sign):
            raise CommandError(f"--map wants COLUMN=FIELD, not {column!r}.")
    return {column: name for column, _, name in pairs}
