"""The time zone a person reads in, from the cookie that js/time.js sets."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ops_portal.lib import zones


class ZoneMiddleware:
    """Render times in the zone of the cookie `zone`; UTC without one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get("zone", "").replace("%2F", "/")
        zone = zones.named(name)
        if zone is None:
            return self.get_response(request)
        with timezone.override(zone):
            return self.get_response(request)
