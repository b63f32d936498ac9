"""The front page, the favicon and the error pages."""

from __future__ import annotations

import sys
from typing import Any

from django.contrib.auth.decorators import login_not_required, login_required, permission_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from alerts.models import Severity
from analytics import live
from ops_portal import overview as overview_page
from ops_portal.context import theme

ERRORS = {
    400: ("That request cannot be read", "Go back and try again."),
    403: ("You may not see this", "Ask an administrator of the portal for the role you need."),
    404: ("There is nothing here", "The address may be mistyped, or what it showed is gone."),
    500: ("The portal failed", "The failure is recorded. Try again in a moment."),
    503: ("The database does not answer", "Try again in a moment. What was saved is safe."),
}
RETRY_SECONDS = 5


@require_safe
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def overview(request: HttpRequest) -> HttpResponse:
    seq, now = live.position(), timezone.now()
    page = overview_page.read(now=now)
    beats = [
        {name: row[name] for name in ("name", "env", "state", "beats", "allowed", "last_seen")}
        for row in page.components
    ]
    return render(request, "ops_portal/overview.html", {"seq": seq, "page": page, "beats": beats})


@require_safe
@login_not_required
@cache_control(public=True, max_age=86_400)
def favicon(request: HttpRequest) -> HttpResponse:
    """`?n=3&severity=critical` draws the number on the shape of the severity."""
    number, severity = request.GET.get("n", ""), request.GET.get("severity", "")
    count = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0
    known = severity if severity in Severity.values else ""
    context = {"count": min(count, 99), "severity": known if count else ""}
    return render(request, "favicon.svg", context, content_type="image/svg+xml")


@require_safe
@login_not_required
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the root, because a worker serves no more than the folder that it lies in."""
    return render(request, "sw.js", content_type="text/javascript")


def error(request: HttpRequest, *, status: int) -> HttpResponse:
    """A page that reads nothing but the request, so that it works when everything else fails."""
    title, advice = ERRORS[status]
    return render(
        request,
        "error.html",
        {"status": status, "title": title, "advice": advice, "theme": theme(request)},
        status=status,
    )


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error(request, status=400)


@login_not_required
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error(request, status=403)


@login_not_required
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error(request, status=404)


@login_not_required
def failed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """A database that is away or full is no fault of the portal, and soon over."""
    if isinstance(sys.exception(), (OperationalError, InterfaceError)):
        response = error(request, status=503)
        response.headers["Retry-After"] = str(RETRY_SECONDS)
        return response
    return error(request, status=500)


@login_not_required
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form older than its session: the only 403 that a reload mends."""
    return render(
        request,
        "error.html",
        {
            "status": 403,
            "title": "This form is out of date",
            "advice": "Go back, reload the page and send it again. Nothing was changed.",
            "theme": theme(request),
        },
        status=403,
    )
