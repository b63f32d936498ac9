"""Browsers that take web push: each is an address of its person, proved by being logged in."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from alerts.addresses import MOST_ADDRESSES, Refused, retire
from alerts.models import Receiver
from alerts.options import sealed
from alerts.receivers.fields import web_address

KIND = Receiver.Kind.WEBPUSH
LONGEST = 2_000  # characters of a subscription
POINT, SECRET = 65, 16  # bytes of its key and its secret (RFC 8291)


def subscribe(user: User, text: str, *, browser: str, now: datetime) -> Receiver:
    """Keep what the browser's push service gave, as JSON; the same browser again is one address.

    A browser belongs to whoever subscribed last: a former person's alerts must not show there.
    Raises Refused.
    """
    subscription = _read(text)
    known = _known(_mark(subscription["endpoint"]))
    with transaction.atomic():
        for other in known.exclude(owner=user):
            retire(other)
        kept = known.filter(owner=user).first()
        if kept is None and user.addresses.count() >= MOST_ADDRESSES:
            raise Refused(f"At most {MOST_ADDRESSES} addresses.")
        receiver = kept or Receiver(kind=KIND, owner=user)
        return _keep(receiver, subscription, browser.strip()[:60] or "Browser", now=now)


def renew(user: User, text: str, *, instead_of: str, now: datetime) -> Receiver:
    """Keep what the browser's push service gave in place of another endpoint of this person.

    The address stays the one that their rules name. Raises Refused.
    """
    subscription = _read(text)
    with transaction.atomic():
        kept = _known(_mark(instead_of)).select_for_update().filter(owner=user).first()
        if kept is None:
            raise Refused("This browser was not told before.")
        for other in _known(_mark(subscription["endpoint"])).exclude(pk=kept.pk):
            retire(other)
        return _keep(kept, subscription, kept.address, now=now)


def _keep(
    receiver: Receiver, subscription: dict[str, Any], name: str, *, now: datetime
) -> Receiver:
    assert receiver.owner is not None  # noqa: S101  a browser is somebody's
    mark = _mark(subscription["endpoint"])
    receiver.name = f"{receiver.owner.get_username()[:40]}: {name[:30]} {mark[:6]}"
    receiver.address, receiver.options = name, {"endpoint": mark}
    receiver.secret = sealed(KIND, {"subscription": json.dumps(subscription)})
    receiver.enabled, receiver.verified_at = True, now
    receiver.save()
    return receiver


def _known(mark: str) -> QuerySet[Receiver]:
    return Receiver.objects.filter(kind=KIND, options__endpoint=mark, owner__isnull=False)


def _mark(endpoint: str) -> str:
    return sha256(endpoint.encode()).hexdigest()


def _read(text: str) -> dict[str, Any]:
    """Raises Refused."""
    try:
        given = json.loads(text[:LONGEST])
        endpoint, keys = given["endpoint"], given["keys"]
        point, secret = (_bytes(keys[name]) for name in ("p256dh", "auth"))
        web_address(endpoint)
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as wrong:
        raise Refused("The browser gave no subscription that can be read.") from wrong
    if len(point) != POINT or len(secret) != SECRET:
        raise Refused("The keys of the subscription have the wrong length.")
    return {"endpoint": endpoint, "keys": {"p256dh": keys["p256dh"], "auth": keys["auth"]}}


def _bytes(text: str) -> bytes:
    """Raises ValueError."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as wrong:
        raise ValueError(text) from wrong
