"""`manage.py retention [--dry-run]`: remove what the settings no longer keep."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from analytics import retention
from ops_portal.owner import act_as_owner


class Command(BaseCommand):
    help = "Drops partitions and rows that are older than the RETENTION_*_DAYS settings."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only tell what would go")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        act_as_owner()  # dropping a partition is the owner's right
        verb = "would remove" if dry_run else "removed"
        found = False
        for removal in retention.apply(now=timezone.now(), dry_run=dry_run):
            found = True
            self.stdout.write(f"{verb} {removal.name}: {removal.amount:,} {removal.unit}")
        if not found:
            self.stdout.write("nothing is old enough")
