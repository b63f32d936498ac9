"""Seal stored secrets with the newest key; docs/operate.md, Keys."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ops_portal.keyring import rotate_all


class Command(BaseCommand):
    help = "Run after a new key was put in front of ENCRYPTION_KEYS, before the old one goes."

    def handle(self, *args: Any, **options: Any) -> None:
        rotation = rotate_all()
        self.stdout.write(f"{rotation.sealed} secrets are sealed with the newest key.")
        if rotation.closed:
            raise CommandError(
                f"No key opens {', '.join(rotation.closed)}: keep the old keys and look for more."
            )
