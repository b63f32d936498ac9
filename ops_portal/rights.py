"""What a person may do, read once for each edition of everybody's rights.

Triggers give `RightsEdition` a new mark inside every transaction that changes a group, a permission
or a second factor, SQL included. A request reads its person's row and the mark together, and the
rights only when this process has not seen them under this mark: what was taken away is gone with
the next request.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.models import Authenticator
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpRequest

from ops_portal.lib.sql import prepared

COLUMNS = [field.attname for field in User._meta.concrete_fields]
PERSON = f"""
SELECT {", ".join(COLUMNS)}, (SELECT mark FROM ops_portal_rightsedition),
       pg_current_snapshot()::text
FROM auth_user WHERE id = %s
"""  # noqa: S608 - constants only
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@dataclass(frozen=True, slots=True)
class Rights:
    """`permissions` as app_label.codename, those of the groups included."""

    permissions: frozenset[str]
    groups: frozenset[str]
    second_factor: bool


class Backend(AuthenticationBackend):
    """Logs people in by one password check an attempt; who comes back takes one query."""

    def authenticate(
        self, request: HttpRequest | None, **credentials: Any
    ) -> AbstractBaseUser | None:
        """What was typed stands for a name and for an address, and allauth tries the address in
        both places: a known one would take twice as long as an unknown one.
        """
        if credentials.get("username") == credentials.get("email"):
            credentials.pop("email", None)
        found: AbstractBaseUser | None = super().authenticate(request, **credentials)
        return found

    def get_user(self, user_id: int) -> User | None:
        with prepared() as cursor:
            cursor.execute(PERSON, [user_id])
            found = cursor.fetchone()
        if found is None:
            return None
        *columns, edition, snapshot = found
        user = User.from_db(connection.alias, COLUMNS, columns)
        # For lib/remembered.py. No snapshot shows what the transaction around it has changed.
        user.snapshot = None if connection.in_atomic_block else snapshot  # type: ignore[attr-defined]
        return _with_rights(user, edition) if self.user_can_authenticate(user) else None


def of(user: User) -> Rights:
    """The rights that came with the person's request, else those of this moment."""
    attached: Rights | None = getattr(user, "rights", None)
    return attached or _read(user.pk, user.is_superuser)


def _with_rights(user: User, edition: UUID | None) -> User:
    """Before the first change of rights there is no edition, and nothing is remembered."""
    key = user.pk, user.is_superuser
    rights = _read(*key) if edition is None else _remembered(edition, *key)
    user.rights = rights  # type: ignore[attr-defined]
    user._perm_cache = set(rights.permissions)  # type: ignore[attr-defined]  # where Django looks
    return user


@lru_cache(maxsize=1_024)
def _remembered(edition: UUID, user_id: int, is_superuser: bool) -> Rights:
    """Read after the edition, so never older than it."""
    return _read(user_id, is_superuser)


def _read(user_id: int, is_superuser: bool) -> Rights:
    user = User(pk=user_id, is_superuser=is_superuser)
    return Rights(
        permissions=frozenset(ModelBackend().get_all_permissions(user)),
        groups=frozenset(user.groups.values_list("name", flat=True)),
        second_factor=Authenticator.objects.filter(user_id=user_id, type__in=FACTORS).exists(),
    )
