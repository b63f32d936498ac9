"""Seal every stored secret anew with the first key of ENCRYPTION_KEYS."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from allauth.mfa.models import Authenticator
from django.db import transaction

from alerts.models import Receiver
from ops_portal.lib import secrets

SEALED_FIELDS = ("secret", "seed")  # of an authenticator's data: TOTP, recovery codes


@dataclass
class Rotation:
    """How many secrets were sealed anew, and whose no key of the ring opens."""

    sealed: int = 0
    closed: list[str] = field(default_factory=list)


def rotate_all() -> Rotation:
    """One transaction a row, so that nobody who logs in or sends waits."""
    rotation = Rotation()
    changes: list[_ReceiverSecret | _Factor] = [*_receivers(), *_authenticators()]
    for change in changes:
        try:
            with transaction.atomic():
                rotation.sealed += change.apply()
        except secrets.WrongKey:
            rotation.closed.append(change.owner)
    return rotation


@dataclass(frozen=True)
class _ReceiverSecret:
    pk: int
    owner: str

    def apply(self) -> int:
        receiver = Receiver.objects.select_for_update().get(pk=self.pk)
        receiver.secret = secrets.rotate(bytes(receiver.secret))
        receiver.save(update_fields=["secret"])
        return 1


@dataclass(frozen=True)
class _Factor:
    pk: int
    owner: str

    def apply(self) -> int:
        factor = Authenticator.objects.select_for_update().get(pk=self.pk)
        sealed = {name: factor.data[name] for name in SEALED_FIELDS if name in factor.data}
        opened = {name: secrets.rotate(text.encode()).decode() for name, text in sealed.items()}
        factor.data = {**factor.data, **opened}
        factor.save(update_fields=["data"])
        return len(opened)


def _receivers() -> Iterator[_ReceiverSecret]:
    for pk, name in Receiver.objects.exclude(secret=b"").values_list("pk", "name"):
        yield _ReceiverSecret(pk, f"receiver {name}")


def _authenticators() -> Iterator[_Factor]:
    rows = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
    for pk, kind, name in rows.values_list("pk", "type", "user__username"):
        yield _Factor(pk, f"{kind} of {name}")
