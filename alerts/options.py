"""From a receiver's row to what its kind needs: options, and secrets opened."""

from __future__ import annotations

import json
from collections.abc import Mapping

from alerts.models import Receiver
from alerts.receivers.base import ReceiverError
from alerts.receivers.registry import kind_of
from ops_portal.lib import secrets


def options_of(receiver: Receiver) -> dict[str, str]:
    """Everything the receiver was told, by field name, and its own name. Raises ReceiverError."""
    told = {"name": receiver.name, "address": receiver.address}
    return {**told, **receiver.options, **opened(receiver.through or receiver)}


def opened(receiver: Receiver) -> dict[str, str]:
    """The secrets by field name. Raises ReceiverError when the key that sealed them is gone."""
    sealed, names = bytes(receiver.secret), kind_of(receiver.kind).secrets
    if not sealed or not names:
        return {}
    try:
        text = secrets.decrypt(sealed)
    except secrets.WrongKey as error:
        raise ReceiverError(
            "The webhook address cannot be read: its encryption key is gone.", permanent=True
        ) from error
    return {names[0]: text} if len(names) == 1 or text[:1] != "{" else json.loads(text)


def sealed(kind: str, given: Mapping[str, str]) -> bytes:
    """The secrets of a kind as the row keeps them: one as it is, several as a JSON object."""
    names = kind_of(kind).secrets
    kept = {name: given[name] for name in names if given.get(name)}
    if not kept:
        return b""
    return secrets.encrypt(kept[names[0]] if len(names) == 1 else json.dumps(kept))
