"""`manage.py retention [--dry-run]`: remove what the settings no longer keep."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from analytics import retention
from analytics.retention import Aged
from ops_portal.owner import act_as_owner


def of_alerts() -> list[Aged]:
    """How people acted from outside."""
    return [
        Aged("alerts_acktoken", "expires_at", settings.RETENTION_LINKS_DAYS),
        Aged("alerts_callback", "at", settings.RETENTION_PRESSES_DAYS),
    ]


class Command(BaseCommand):
    help = "Drops partitions and rows that are older than the RETENTION_*_DAYS settings."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only tell what would go")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        act_as_owner()  # dropping a partition is the owner's right
        verb = "would remove" if dry_run else "removed"
        found = False
        for removal in retention.apply(now=timezone.now(), dry_run=dry_run, others=of_alerts()):
            found = True
            self.stdout.write(f"{verb} {removal.name}: {removal.amount:,} {removal.unit}")
        if not found:
            self.stdout.write("nothing is old enough")
