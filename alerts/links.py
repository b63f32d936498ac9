"""One-use links in mails: whoever may read the mail may take its alert, once, as that person."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User

from alerts.models import AckToken, Notification, Receiver

LIVES = timedelta(hours=24)


class DeadLink(Exception):
    """Unknown, used or too old; one word for all, so that guessing teaches nothing."""


def reader_of(receiver: Receiver) -> User | None:
    """The one person who reads what goes there and may acknowledge; None for shared addresses.

    Whose the receiver is, else whose address stands in it alone.
    """
    if receiver.owner is not None:
        found = [receiver.owner] if receiver.verified_at and receiver.owner.is_active else []
    elif "," in receiver.address or not receiver.address:
        return None
    else:
        named = User.objects.filter(email__iexact=receiver.address.strip(), is_active=True)
        found = list(named[:2])
    may = len(found) == 1 and found[0].has_perm("alerts.acknowledge_alert")
    return found[0] if may else None


def mint(notification: Notification, *, now: datetime) -> str:
    """The address of a new link; blank where nobody alone reads the message."""
    receiver, alert = notification.receiver, notification.alert
    user = reader_of(receiver) if receiver else None
    if user is None or alert is None:
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
