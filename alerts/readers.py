"""Who reads alone what goes to a receiver, and where a person does."""

from __future__ import annotations

from django.contrib.auth.models import User

from alerts.models import Receiver


def reader_of(receiver: Receiver) -> User | None:
    """The one active person who reads what goes there; None for shared addresses.

    Whose the receiver is, else whose address stands in it alone.
    """
    if receiver.owner is not None:
        found = [receiver.owner] if receiver.verified_at and receiver.owner.is_active else []
    elif "," in receiver.address or not receiver.address:
        return None
    else:
        named = User.objects.filter(email__iexact=receiver.address.strip(), is_active=True)
        found = list(named[:2])
    return found[0] if len(found) == 1 else None


def read_by(person: User) -> list[Receiver]:
    """The receivers in use that this person reads alone: their own, else one with their mail."""
    enabled = Receiver.objects.filter(enabled=True).select_related("owner").order_by("pk")
    own = [each for each in enabled.filter(owner=person) if reader_of(each) == person]
    if own or not person.email:
        return own
    shared = enabled.filter(owner=None, address__iexact=person.email)
    return [each for each in shared if reader_of(each) == person]
