"""The admin site: who enters, through which door."""

from collections.abc import Callable, Hashable
from typing import Any

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils import timezone
from unfold.sites import UnfoldAdminSite

from ops_portal import sessions
from ops_portal.lib import remembered

FRAMES = 64  # of some 50 kB


class PortalAdminSite(UnfoldAdminSite):
    """allauth is the only door; whoever may see rules may enter, each page asks for itself."""

    site_header = "Ops Portal"
    site_title = "Ops Portal"
    index_title = "Settings and records"

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.has_perm("alerts.view_rule")

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.user.is_authenticated:
            raise PermissionDenied
        following = request.GET.get("next") or reverse("admin:index", current_app=self.name)
        return redirect_to_login(following, resolve_url("account_login"))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("account_change_password")

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._frames: dict[Hashable, dict[str, Any]] = {}

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What is around each page, made once for a person's rights and an address.

        Without what Unfold would write into the page as a style: admin.css has it.
        """
        key = remembered.person(request), request.path, request.META["SCRIPT_NAME"]
        frame = self._frames.get(key)
        if frame is None:
            if len(self._frames) >= FRAMES:
                self._frames.clear()
            frame = self._frames[key] = super().each_context(request)
        own = {"log_entries": self.get_log_entries(request), "colors": None, "border_radius": None}
        return {**frame, **own}

    def admin_view(
        self, view: Callable[..., HttpResponse], cacheable: bool = False
    ) -> Callable[..., HttpResponse]:
        guarded: Callable[..., HttpResponse] = super().admin_view(_unlocked(view), cacheable)
        return guarded


def _unlocked(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ask for the password again when the admin was left alone for too long."""

    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        now = timezone.now()
        if sessions.admin_is_locked(request, now=now):
            raise ReauthenticationRequired
        sessions.touch_admin(request, now=now)
        return view(request, *args, **kwargs)

    guarded.__dict__.update(view.__dict__)
    return guarded
