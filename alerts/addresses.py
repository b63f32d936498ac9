"""A person's own addresses: add, prove by a code, choose when each is used.

E-mail needs nobody's help; for Slack and Telegram the desk's bot writes to the person. Such an
address goes `through` the shared receiver that holds the bot's token.
"""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, time, timedelta
from hashlib import sha256
from hmac import compare_digest

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from alerts.models import Notification, NotificationRule, QuietHours, Receiver, Verification
from alerts.models.oncall import check_zone
from alerts.options import options_of
from alerts.receivers.base import Field, Message, Target
from alerts.receivers.registry import kind_of

CODE_LIFETIME = timedelta(minutes=15)
MOST_TRIES = 5  # wrong codes before a new one is needed
MOST_ADDRESSES = 10
PAUSE = timedelta(seconds=60)  # between two codes to one address
# Kind of a shared receiver -> the option that names a person there.
BY_BOT = {Receiver.Kind.SLACK_BOT: "channel", Receiver.Kind.TELEGRAM: "chat"}


class Refused(ValueError):
    """It cannot be done like this; the text says why, for a person."""


def bots() -> QuerySet[Receiver]:
    """The shared receivers through which a person can be reached by name."""
    return Receiver.objects.filter(kind__in=BY_BOT, owner=None, enabled=True).order_by("name")


def add(user: User, address: str, *, through: Receiver | None = None, now: datetime) -> Receiver:
    """Keep an address that the person is still to prove, and send its code.

    Without `through` it is an e-mail address, else the person's name where that bot writes.
    Raises Refused; OSError, SMTPException and ReceiverError when the code cannot be sent: the
    address is kept, and another code can be asked for.
    """
    kind = Receiver.Kind(through.kind) if through else Receiver.Kind.EMAIL
    address = _checked(kind, address.strip())
    if user.addresses.count() >= MOST_ADDRESSES:
        raise Refused(f"At most {MOST_ADDRESSES} addresses.")
    try:
        with transaction.atomic():
            receiver = Receiver.objects.create(
                name=_name(user, address, through),
                kind=kind,
                address=address,
                options={BY_BOT[kind]: address} if through else {},
                through=through,
                owner=user,
            )
    except IntegrityError as twice:
        raise Refused("You have this address already.") from twice
    send_code(receiver, by=user, now=now)
    return receiver


def send_code(receiver: Receiver, *, by: User, now: datetime) -> None:
    """Send a fresh code; the one before stops working.

    Raises Refused, OSError, SMTPException, ReceiverError.
    """
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
    if receiver.kind == Receiver.Kind.EMAIL:
        _mail(receiver, code, by=by)
    else:
        _write(receiver, code, by=by, now=now)


def _mail(receiver: Receiver, code: str, *, by: User) -> None:
    EmailMessage(
        subject="Your code for Ops Portal",
        body=f"{by.get_username()} wants alerts at this address. The code is {code}.\n\n"
        "It works for 15 minutes. If that was not you, ignore this mail.\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[receiver.address],
        connection=get_connection(timeout=settings.EMAIL_TIMEOUT),
    ).send()


def _write(receiver: Receiver, code: str, *, by: User, now: datetime) -> None:
    message = Message(
        reason="code",
        title=f"{code} is your code for Ops Portal",
        severity="info",
        state="firing",
        condition="breach",
        at=now,
        started_at=now,
        description=f"{by.get_username()} wants alerts here. The code works for 15 minutes. "
        "If that was not you, ignore this message.",
    )
    kind = kind_of(receiver.kind)
    kind.send(Target(options_of(receiver)), kind.render(message), key=f"code:{uuid.uuid4()}")


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
        retire(receiver)
        used = Notification.objects.filter(receiver=receiver).exists()
        if not used and not receiver.steps.exists():
            receiver.delete()


def retire(receiver: Receiver) -> None:
    """Switch it off, nobody's from now on; the record keeps it."""
    receiver.notification_rules.all().delete()
    receiver.enabled, receiver.owner, receiver.verified_at = False, None, None
    receiver.name = f"{receiver.name[:60]} (removed {receiver.pk})"
    receiver.save()


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


def _checked(kind: Receiver.Kind, address: str) -> str:
    try:
        return _field(kind).check(address) if kind in BY_BOT else _mail_address(address)
    except ValidationError as wrong:
        raise Refused(" ".join(wrong.messages)) from wrong


def _field(kind: str) -> Field:
    """What a kind asks of a person."""
    return next(each for each in kind_of(kind).fields if each.name == BY_BOT[Receiver.Kind(kind)])


def _mail_address(address: str) -> str:
    try:
        validate_email(address)
    except ValidationError as wrong:
        raise ValidationError("That is no e-mail address.") from wrong
    return address


def _name(user: User, address: str, through: Receiver | None) -> str:
    by = f" by {through.name}" if through else ""
    return f"{user.get_username()}: {address}{by}"[:80]


def _demand_owner(receiver: Receiver, user: User) -> None:
    if receiver.owner_id != user.pk:
        raise Refused("That is not an address of yours.")


def _digest(receiver: Receiver, code: str) -> str:
    return sha256(f"{receiver.pk}:{code}".encode()).hexdigest()
