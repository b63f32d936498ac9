"""What every template knows."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from alerts import duty
from alerts.duty import Duty
from alerts.listing import desk
from alerts.models import Severity

THEMES = ("light", "dark")
WORST_FIRST = tuple(reversed(Severity.values))


@dataclass(frozen=True, slots=True)
class Shell:
    """All that the frame around a page depends on, so that it is drawn once for each such state.

    `firing`: open alerts that nobody has taken; `worst`: the worst severity among them or blank.
    """

    page: str  # name of the address
    theme: str
    zone: str
    demo: bool
    name: str  # of the person; blank for nobody
    email: str
    staff: bool
    sees_alerts: bool
    may_add_receiver: bool
    has_receiver: bool
    firing: int
    worst: str
    duty: Duty | None = None  # who is on call: the schedule that matters most to the person
    mine: bool = False  # it is this person
    duties: tuple[Duty, ...] = ()

    @property
    def favicon(self) -> str:
        return f"{reverse('favicon')}?{urlencode({'n': self.firing, 'severity': self.worst})}"


def theme(request: HttpRequest) -> str:
    """The theme the person chose, `system` when none."""
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else "system"


def portal(request: HttpRequest) -> dict[str, Any]:
    return {
        "theme": theme(request),
        "zone": timezone.get_current_timezone_name(),
        "now_ms": int(timezone.now().timestamp() * 1000),
        "shell": _shell(request),
    }


def frame(request: HttpRequest) -> dict[str, Hashable]:
    """What the frame around a remembered page depends on, by its names in the template."""
    return {
        "theme": theme(request),
        "zone": timezone.get_current_timezone_name(),
        "shell": _shell(request)(),
    }


def _shell(request: HttpRequest) -> Callable[[], Shell | None]:
    """What templates call when they need it: None for nobody, for whom nothing is read."""

    @cache
    def shell() -> Shell | None:
        user = request.user
        if not user.is_authenticated:
            return None
        state, sees_alerts = desk(), user.has_perm("alerts.view_alert")
        duties = duty.now_on(state.schedules, now=timezone.now()) if sees_alerts else ()
        first = duty.shown(duties, reader_id=user.pk)
        return Shell(
            page=request.resolver_match.url_name or "" if request.resolver_match else "",
            theme=theme(request),
            zone=timezone.get_current_timezone_name(),
            demo=settings.DEMO,
            name=user.get_full_name() or user.get_username(),
            email=user.email,
            staff=user.is_staff,
            sees_alerts=sees_alerts,
            may_add_receiver=user.has_perm("alerts.add_receiver"),
            has_receiver=state.has_receiver,
            firing=sum(state.firing.values()),
            worst=next((name for name in WORST_FIRST if name in state.firing), ""),
            duty=first,
            mine=first is not None and first.user_id == user.pk,
            duties=duties,
        )

    return shell
