"""`manage.py rebuild_rollups`: sums made again from the trades and events."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from analytics import rebuild


class Command(BaseCommand):
    help = "Rebuilds rollups and day paths in one transaction; the engine waits meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        for table, rows in rebuild.rollups().items():
            self.stdout.write(f"{table}: {rows:,} rows")
