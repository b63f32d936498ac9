"""What every template knows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from alerts.listing import Desk, desk
from alerts.models import Severity

THEMES = ("light", "dark")
WORST_FIRST = tuple(reversed(Severity.values))


@dataclass
class Attention:
    """Open alerts that nobody has taken, counted when a template asks."""

    @cached_property
    def desk(self) -> Desk:
        return desk()

    @property
    def count(self) -> int:
        return sum(self.desk.firing.values())

    @property
    def has_receiver(self) -> bool:
        return self.desk.has_receiver

    @property
    def worst(self) -> str:
        """The worst severity among them, blank when nothing fires."""
        return next((name for name in WORST_FIRST if name in self.desk.firing), "")

    @property
    def favicon(self) -> str:
        return f"{reverse('favicon')}?{urlencode({'n': self.count, 'severity': self.worst})}"


def theme(request: HttpRequest) -> str:
    """The theme the person chose, `system` when none."""
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else "system"


def portal(request: HttpRequest) -> dict[str, Any]:
    return {
        "demo": settings.DEMO,
        "theme": theme(request),
        "zone": timezone.get_current_timezone_name(),
        "now_ms": int(timezone.now().timestamp() * 1000),
        "attention": Attention(),
    }
