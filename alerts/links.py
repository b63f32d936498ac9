"""One-use links in mails: whoever may read the mail may take its alert, once, as that person."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings

from alerts.models import AckToken, Notification
from alerts.readers import reader_of

LIVES = timedelta(hours=24)


class DeadLink(Exception):
    """Unknown, used or too old; one word for all, so that guessing teaches nothing."""


def mint(notification: Notification, *, now: datetime) -> str:
    """The address of a new link; blank where nobody alone reads the message and may act."""
    receiver, alert = notification.receiver, notification.alert
    user = reader_of(receiver) if receiver else None
    if user is None or alert is None or not user.has_perm("alerts.acknowledge_alert"):
        return ""
    token = secrets.token_urlsafe(32)
    AckToken.objects.create(
        hash=_hash(token),
        alert=alert,
        notification=notification,
        user=user,
        created_at=now,
        expires_at=now + LIVES,
    )
    return f"{settings.PORTAL_URL.rstrip('/')}/take/{token}/"


def find(token: str, *, now: datetime) -> AckToken:
    """The link as long as it works. Raises DeadLink. Looking uses nothing up."""
    known = AckToken.objects.select_related("alert", "user")
    found = known.filter(hash=_hash(token), used_at=None, expires_at__gt=now).first()
    if found is None or not found.user.is_active:
        raise DeadLink
    return found


def use(found: AckToken, *, now: datetime) -> None:
    """Use it up. Raises DeadLink when another was faster."""
    if not AckToken.objects.filter(pk=found.pk, used_at=None).update(used_at=now):
        raise DeadLink


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
