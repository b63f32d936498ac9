"""`manage.py rebuild_rollups`: sums made again from the trades and events."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from analytics import rebuild

WIDTH = 40  # of the bar, characters


class Command(BaseCommand):
    help = "Rebuilds rollups and day paths in one transaction; the engine waits meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        tell = self._show if self.stderr.isatty() else rebuild.silent
        for table, rows in rebuild.rollups(tell).items():
            self.stdout.write(f"{table}: {rows:,} rows")

    def _show(self, done: int, total: int) -> None:
        filled = WIDTH * done // total
        bar = f"[{'#' * filled}{'.' * (WIDTH - filled)}] {100 * done // total} %"
        self.stderr.write(f"\r{bar}", ending="\n" if done == total else "")
