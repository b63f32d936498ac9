"""How long a session lives, and what ends it early.

Three limits: a session is over after SESSION_COOKIE_AGE however busy it was, and after
SESSION_IDLE_SECONDS without a request; the admin asks for the password again after
ADMIN_IDLE_SECONDS without a request to the admin.
"""

from datetime import datetime

from allauth.account.authentication import get_authentication_records
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest

from ops_portal.accounts import lacks_second_factor

STARTED, SEEN, ADMIN_SEEN = "started_at", "seen_at", "admin_seen_at"  # epoch seconds
GRAIN_SECONDS = 60  # how exactly the last request is known: one write a minute, not one a request


def is_over(request: HttpRequest, *, now: datetime) -> bool:
    started: float = request.session.get(STARTED, now.timestamp())
    seen: float = request.session.get(SEEN, now.timestamp())
    oldest: float = settings.SESSION_COOKIE_AGE
    idlest: float = settings.SESSION_IDLE_SECONDS
    return now.timestamp() - started > oldest or now.timestamp() - seen > idlest


def may_not_watch(request: HttpRequest, *, now: datetime) -> bool:
    """What a socket asks of its session and user, which no middleware sees."""
    return is_over(request, now=now) or lacks_second_factor(request.user)


def touch(request: HttpRequest, *, now: datetime) -> None:
    """Note that the session was used, in the session and in the person's list of sessions."""
    request.session.setdefault(STARTED, now.timestamp())
    if now.timestamp() - request.session.get(SEEN, 0) < GRAIN_SECONDS:
        return
    request.session[SEEN] = now.timestamp()
    UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=now)


def admin_is_locked(request: HttpRequest, *, now: datetime) -> bool:
    """Say whether the admin was left alone for too long since its last use or the last login."""
    user = request.user if request.user.is_authenticated else None
    signed_in: list[float] = [record["at"] for record in get_authentication_records(request, user)]
    seen: float = request.session.get(ADMIN_SEEN, request.session.get(STARTED, now.timestamp()))
    idlest: float = settings.ADMIN_IDLE_SECONDS
    return now.timestamp() - max([seen, *signed_in]) > idlest


def touch_admin(request: HttpRequest, *, now: datetime) -> None:
    if now.timestamp() - request.session.get(ADMIN_SEEN, 0) >= GRAIN_SECONDS:
        request.session[ADMIN_SEEN] = now.timestamp()


def end_all(user: User, *, but: str | None = None) -> int:
    """End the user's sessions, except the one with this key; return how many were ended."""
    others = UserSession.objects.filter(user=user).exclude(session_key=but or "")
    ended = list(others)
    for session in ended:
        session.end()
    return len(ended)
