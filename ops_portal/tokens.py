"""Access tokens: made by a person for a script, shown once, revoked by them or an administrator."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from ops_portal import rights
from ops_portal.models import AccessToken, digest, new_token

PREFIX = "portal_"  # by which scanners for leaked secrets know it
GRAIN = timedelta(minutes=1)  # how exactly the last use is known: one write a minute


class NameTaken(Exception):
    """The person has a token of this name that is not revoked."""


def make(
    *, user: User, name: str, lifetime: timedelta | None, now: datetime
) -> tuple[AccessToken, str]:
    """Make a token. Its secret is returned this once: only the hash is kept. Raises NameTaken."""
    secret = PREFIX + new_token()
    expires_at = now + lifetime if lifetime else None
    try:
        with transaction.atomic():
            made = AccessToken.objects.create(
                user=user,
                name=name,
                digest=digest(secret),
                created_at=now,
                expires_at=expires_at,
            )
    except IntegrityError as error:
        raise NameTaken from error
    return made, secret


def revoke(found: QuerySet[AccessToken], *, now: datetime) -> int:
    """Revoke those of them that are not revoked yet; return how many that were."""
    return found.filter(revoked_at=None).update(revoked_at=now)


def authenticate(secret: str, *, now: datetime) -> User | None:
    """Return the active person whose token it is, with the token's name on them, and note the use.

    None for a secret that is unknown, expired or revoked.
    """
    living = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
    token = AccessToken.objects.filter(living, digest=digest(secret)).first()
    user = rights.Backend().get_user(token.user_id) if token else None
    if token is None or user is None:
        return None
    if token.last_used_at is None or token.last_used_at <= now - GRAIN:
        AccessToken.objects.filter(pk=token.pk).update(last_used_at=now)
    user.token_name = token.name  # type: ignore[attr-defined]  # lib/bearer.py reads it
    return user
