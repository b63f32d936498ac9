"""What must happen at once when a person's rights or factors change."""

import logging
from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from analytics.live import tell_user
from ops_portal import sessions

logger = logging.getLogger(__name__)

LONGEST_NAME = 150  # characters of what somebody claimed to be called
DONE = {"post_add", "post_remove", "post_clear"}


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def end_other_sessions(request: HttpRequest, user: User, **_: Any) -> None:
    """A thief's session must not outlive the owner's new lock."""
    sessions.end_all(user, but=request.session.session_key)
    tell_user(user.pk, "logout")


@receiver(m2m_changed, sender=User.groups.through)
@receiver(m2m_changed, sender=User.user_permissions.through)
def tell_of_new_rights(instance: Any, action: str, reverse: bool, pk_set: Any, **_: Any) -> None:
    """Open sockets read the permissions of their person again."""
    if action not in DONE:
        return
    for user_id in (pk_set or ()) if reverse else [instance.pk]:
        tell_user(user_id, "permissions.changed")


@receiver(post_save, sender=User)
def tell_of_disabling(
    instance: User, created: bool, update_fields: frozenset[str] | None, **_: Any
) -> None:
    """Disabling and a new password end sockets; a mere login (`last_login`) does not."""
    if not created and update_fields != frozenset({"last_login"}):
        tell_user(instance.pk, "permissions.changed")


@receiver(user_logged_out)
def tell_of_logout(user: User | None, **_: Any) -> None:
    if user is not None:
        tell_user(user.pk, "logout")


@receiver(user_logged_in)
def note_login(request: HttpRequest | None, user: User, **_: Any) -> None:
    logger.info("a person logged in", extra={"user": user.pk, "ip": _address(request)})


@receiver(user_login_failed)
def note_failed_login(
    credentials: Mapping[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    """Who was claimed and from where; Django has blanked the password."""
    claimed = credentials.get("username") or credentials.get("email") or ""
    extra = {"claimed": str(claimed)[:LONGEST_NAME], "ip": _address(request)}
    logger.warning("a login failed", extra=extra)


def _address(request: HttpRequest | None) -> str:
    """As the limits count it; blank where nobody asked from anywhere."""
    if request is None or not request.META.get("REMOTE_ADDR"):
        return ""
    return str(get_adapter().get_client_ip(request))
