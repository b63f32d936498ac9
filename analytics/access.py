"""Who may open a socket and what it may show: session, permissions, origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any, cast

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.utils import timezone
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Access:
    """What a logged-in session may see."""

    user_id: int
    topics: frozenset[str]


def read_access(session_key: str) -> Access | None:
    """Ask the database anew: None when the session ended or its user may not log in."""
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    request = cast("HttpRequest", SimpleNamespace(session=store))
    user = get_user(request)
    request.user = user
    is_over = import_string(settings.LIVE_SESSION_IS_OVER)
    if not user.is_authenticated or not user.is_active or is_over(request, now=timezone.now()):
        return None
    topics = {topic for topic, needed in settings.LIVE_TOPICS.items() if user.has_perm(needed)}
    return Access(user.pk, frozenset(topics))


read_access_soon = database_sync_to_async(read_access)


def origin_allowed(headers: Mapping[bytes, bytes]) -> bool:
    """Is the page that opens the socket ours?

    Its origin must be the very host that was asked for, itself in ALLOWED_HOSTS, or stand word for
    word in CSRF_TRUSTED_ORIGINS. A browser always sends Origin; without it the cookie proves
    nothing.
    """
    origin = headers.get(b"origin", b"").decode("latin-1")
    host = headers.get(b"host", b"").decode("latin-1")
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    domain, _ = split_domain_port(host)
    schemes = ("https", "http") if settings.INSECURE_HTTP or settings.DEBUG else ("https",)
    return bool(
        domain
        and validate_host(domain, settings.ALLOWED_HOSTS)
        and origin in {f"{scheme}://{host}" for scheme in schemes}
    )


def header_map(scope: Mapping[str, Any]) -> dict[bytes, bytes]:
    """The headers by name; a repeated Origin or Host joins to a value that matches nothing."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers
