"""Scripts come in by `Authorization: Bearer`, where a view takes it, and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, resolve
from django.utils import timezone

from ops_portal import tokens
from ops_portal.accounts import lacks_second_factor
from ops_portal.lib.bearer import token_of

logger = logging.getLogger(__name__)

MOST_FAILURES = 10  # a minute and address, as of logins
MINUTE = 60  # seconds
REALM = 'Bearer realm="Ops Portal", error="invalid_token"'


class BearerMiddleware:
    """Make the owner of the token the person who asks.

    1. A request with a session cookie is a browser's: its header is not looked at, so that the
       check against forged requests is left out only where no cookie could have let it in.
    2. A bad token is answered 401 and counted by address; above the limit 429. A good one is
       never held up by the bad ones of a neighbour.
    3. Refusals of the view are JSON, too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        secret = _secret(request)
        if secret is None:
            return self.get_response(request)
        user = tokens.authenticate(secret, now=timezone.now())
        if user is None:
            return _unauthorized(request)
        if lacks_second_factor(user):
            return _refusal("Set up the second factor of your account first.", status=403)
        request.user = user
        request.csrf_processing_done = True  # type: ignore[attr-defined]  # as Django's own mark
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not token_of(request.user):
            return None
        if isinstance(exception, PermissionDenied):
            return _refusal("You may not do this.", status=403)
        if isinstance(exception, Http404):
            return _refusal("There is nothing here.", status=404)
        return None


def _secret(request: HttpRequest) -> str | None:
    """What the header says, where it counts."""
    scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer" or settings.SESSION_COOKIE_NAME in request.COOKIES:
        return None
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return None
    return secret.strip() if getattr(view, "takes_token", False) else None


def _unauthorized(request: HttpRequest) -> HttpResponse:
    address = str(get_adapter().get_client_ip(request) or "")
    logger.warning("an access token was refused", extra={"ip": address})
    if _failures(address) > MOST_FAILURES:
        response = _refusal("Too many bad tokens from this address.", status=429)
        response.headers["Retry-After"] = str(MINUTE)
        return response
    response = _refusal("The token is unknown, expired or revoked.", status=401)
    response.headers["WWW-Authenticate"] = REALM
    return response


def _failures(address: str) -> int:
    """How many there were in this minute, with this one; 0 while Redis is away."""
    minute = int(timezone.now().timestamp()) // MINUTE
    key = f"bad-tokens:{address}:{minute}"
    cache.add(key, 0, timeout=2 * MINUTE)
    return cache.incr(key) or 0


def _refusal(text: str, *, status: int) -> HttpResponse:
    return JsonResponse({"text": text}, status=status)
