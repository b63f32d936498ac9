"""A person's own addresses: add, prove by a code, choose when each is used."""

from __future__ import annotations

import secrets
from datetime import datetime, time, timedelta
from hashlib import sha256
from hmac import compare_digest

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from alerts.models import Notification, NotificationRule, QuietHours, Receiver, Verification
from alerts.models.oncall import check_zone

CODE_LIFETIME = timedelta(minutes=15)
MOST_TRIES = 5  # wrong codes before a new one is needed
MOST_ADDRESSES = 10
PAUSE = timedelta(seconds=60)  # between two codes to one address


class Refused(ValueError):
    """It cannot be done like this; the text says why, for a person."""


def add(user: User, address: str, *, now: datetime) -> Receiver:
    """Keep an e-mail address that the person is still to prove, and send its code.

    Raises Refused; OSError and SMTPException when the mail server does not take the code: the
    address is kept, and another code can be asked for.
    """
    address = address.strip()
    try:
        validate_email(address)
    except ValidationError as wrong:
        raise Refused("That is no e-mail address.") from wrong
    if user.addresses.count() >= MOST_ADDRESSES:
        raise Refused(f"At most {MOST_ADDRESSES} addresses.")
    name = f"{user.get_username()}: {address}"[:80]
    try:
        with transaction.atomic():
            receiver = Receiver.objects.create(
                name=name, kind=Receiver.Kind.EMAIL, address=address, owner=user
            )
    except IntegrityError as twice:
        raise Refused("You have this address already.") from twice
    send_code(receiver, by=user, now=now)
    return receiver


def send_code(receiver: Receiver, *, by: User, now: datetime) -> None:
    """Send a fresh code; the one before stops working. Raises Refused, OSError, SMTPException."""
    _demand_owner(receiver, by)
    if receiver.verified_at is not None:
        raise Refused("The address is verified already.")
    earlier = Verification.objects.filter(receiver=receiver).first()
    if earlier is not None and now - earlier.sent_at < PAUSE:
        raise Refused("A code was sent a moment ago. Look there first.")
    code = f"{secrets.randbelow(10**8):08d}"
    Verification.objects.update_or_create(
        receiver=receiver,
        defaults={
            "digest": _digest(receiver, code),
            "sent_at": now,
            "expires_at": now + CODE_LIFETIME,
            "tries": 0,
        },
    )
    # Not through the outbox: its rows can be read by every viewer.
    EmailMessage(
        subject="Your code for Ops Portal",
        body=f"{by.get_username()} wants alerts at this address. The code is {code}.\n\n"
        "It works for 15 minutes. If that was not you, ignore this mail.\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[receiver.address],
        connection=get_connection(timeout=settings.EMAIL_TIMEOUT),
    ).send()


def verify(receiver: Receiver, code: str, *, by: User, now: datetime) -> None:
    """Accept the address if the code is right. Raises Refused; a wrong code is counted."""
    _demand_owner(receiver, by)
    with transaction.atomic():
        found = Verification.objects.select_for_update().filter(receiver=receiver).first()
        if found is None or found.expires_at <= now or found.tries >= MOST_TRIES:
            raise Refused("The code is no longer valid: ask for another.")
        right = compare_digest(found.digest, _digest(receiver, code.strip()))
        if right:
            receiver.verified_at = now
            receiver.save(update_fields=["verified_at"])
            found.delete()
        else:
            found.tries += 1
            found.save(update_fields=["tries"])
    if not right:
        raise Refused("That is not the code that was sent.")


def remove(receiver: Receiver, *, by: User) -> None:
    """Forget the address; one that messages were sent to is switched off and kept for the record.

    Raises Refused.
    """
    _demand_owner(receiver, by)
    with transaction.atomic():
        receiver.notification_rules.all().delete()
        used = Notification.objects.filter(receiver=receiver).exists()
        if used or receiver.steps.exists():
            receiver.enabled, receiver.owner, receiver.verified_at = False, None, None
            receiver.name = f"{receiver.name[:60]} (removed {receiver.pk})"
            receiver.save()
        else:
            receiver.delete()


def add_rule(
    receiver: Receiver,
    *,
    by: User,
    delay_seconds: int,
    severity: str,
    important: bool,
    through_quiet_hours: bool,
) -> NotificationRule:
    """Append a rule to the person's list. Raises Refused."""
    _demand_owner(receiver, by)
    last = by.notification_rules.filter(important=important).count()
    return NotificationRule.objects.create(
        user=by,
        receiver=receiver,
        important=important,
        position=last,
        delay_seconds=delay_seconds,
        severity=severity,
        through_quiet_hours=through_quiet_hours,
    )


def set_quiet_hours(user: User, *, begins: time, ends: time, zone: str) -> None:
    """Keep when the person sleeps; both times equal: never. Raises Refused."""
    try:
        check_zone(zone)
    except ValidationError as wrong:
        raise Refused(wrong.messages[0]) from wrong
    QuietHours.objects.update_or_create(
        user=user, defaults={"begins": begins, "ends": ends, "time_zone": zone}
    )


def _demand_owner(receiver: Receiver, user: User) -> None:
    if receiver.owner_id != user.pk:
        raise Refused("That is not an address of yours.")


def _digest(receiver: Receiver, code: str) -> str:
    return sha256(f"{receiver.pk}:{code}".encode()).hexdigest()
