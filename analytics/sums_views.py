"""Pages of sums: each drawn from a state, which is also served as JSON for the page itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from analytics import asked, choices, toolbar
from analytics.asked import DEFAULT, Asked
from analytics.live import position

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Sums:
    """One such page. `more` is what its template shows beside the state; `otherwise` its range."""

    template: str
    permission: str
    state_of: Callable[[Asked, datetime], dict[str, Any]]
    more: Mapping[str, Any] = field(default_factory=dict)
    otherwise: str = DEFAULT

    def views(self) -> tuple[View, View]:
        """The page, and its state: equal to what a new page holds."""
        return self._guarded(self._page), self._guarded(self._state)

    def _guarded(self, view: View) -> View:
        seen = permission_required(self.permission, raise_exception=True)
        guarded: View = require_safe(login_required(seen(view)))
        return guarded

    def _page(self, request: HttpRequest) -> HttpResponse:
        now, seq = timezone.now(), position()
        known = choices.known()
        view = asked.read(request.GET, known, now=now, otherwise=self.otherwise)
        context = {
            **toolbar.of(request.GET, view, known),
            "state": self._told(view, seq=seq, now=now),
            "query": request.GET.urlencode(),
            **self.more,
        }
        return render(request, self.template, context)

    def _state(self, request: HttpRequest) -> JsonResponse:
        now, seq = timezone.now(), position()
        view = asked.read(request.GET, choices.known(), now=now, otherwise=self.otherwise)
        return JsonResponse(self._told(view, seq=seq, now=now))

    def _told(self, view: Asked, *, seq: str, now: datetime) -> dict[str, Any]:
        """`seq` is read before the sums, so that no change falls between page and socket."""
        return self.state_of(view, now) | {"seq": seq, "follows": view.follows}
