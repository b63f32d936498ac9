"""Print the one-time link that makes the first administrator."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from ops_portal.accounts import make_setup_link


class Command(BaseCommand):
    help = "Valid for one hour and one use; prints nothing once there is an administrator."

    def handle(self, *args: Any, **options: Any) -> None:
        link = make_setup_link(now=timezone.now())
        if link:
            self.stdout.write(link)
