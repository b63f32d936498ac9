"""What holds for every request: headers, the second factor, the age of a session."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from pghistory.middleware import HistoryMiddleware

from ops_portal import sessions
from ops_portal.accounts import lacks_second_factor

Responder = Callable[[HttpRequest], HttpResponse]

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)
# Where a person without the second factor may go: to set it up, or out.
WITHOUT_SECOND_FACTOR = ("/accounts/", "/livez", "/readyz", "/metrics")


def security_headers(get_response: Responder) -> Responder:
    """Add what SecurityMiddleware does not; outermost, so errors carry it as well.

    One policy for every page, without nonces, so it is worded once. Only Django's own error pages
    of DEBUG have styles of their own.
    """
    policy = build_policy()

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers["X-Frame-Options"] = "DENY"  # Unfold would let its own frames in
        if not (settings.DEBUG and response.status_code in (404, 500)):
            response.headers["Content-Security-Policy"] = policy
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def session_age(get_response: Responder) -> Responder:
    """End sessions that are too old or were idle too long."""

    def middleware(request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        if request.user.is_authenticated:
            if sessions.is_over(request, now=now):
                logout(request)
                return _to_login(request)
            sessions.touch(request, now=now)
        return get_response(request)

    return middleware


def second_factor(get_response: Responder) -> Responder:
    """Send editors and admins without a second factor to the page that sets it up."""

    def middleware(request: HttpRequest) -> HttpResponse:
        exempt = request.path.startswith(WITHOUT_SECOND_FACTOR)
        if not exempt and lacks_second_factor(request.user):
            if request.method in {"GET", "HEAD"}:
                return redirect("mfa_index")
            raise PermissionDenied
        return get_response(request)

    return middleware


def _to_login(request: HttpRequest) -> HttpResponseRedirect:
    query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
    return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{query}")


class ChangeContext(HistoryMiddleware):
    """Note beside each change who made it and from where."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().get_context(request), "ip": get_adapter().get_client_ip(request)}
