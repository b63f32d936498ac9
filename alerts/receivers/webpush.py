"""Web push to one browser: encrypted for it (RFC 8291), signed by the portal (VAPID, RFC 8292)."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from py_vapid import Vapid02

from alerts.receivers import wire
from alerts.receivers.base import Field, Kind, Message, Payload, ReceiverError, Reply, Target
from alerts.receivers.facts import compared, headline

LIVES_SECONDS = 3_600  # how long the push service keeps what it cannot deliver
TITLE, BODY = 120, 300
GONE = {"404", "410"}  # the browser ended its subscription
URGENCY = {"critical": "high", "warning": "normal"}
SUBSCRIPTION = Field("subscription", "Subscription", secret=True)  # a browser gives it


def render(message: Message) -> Payload:
    """What the service worker shows; messages of one alert replace each other by `tag`."""
    body = message.description or compared(message)
    return {
        "title": headline(message, longest=TITLE),
        "body": wire.cut(body, BODY),
        "url": message.url,
        "tag": message.alert_uid or message.reason,
        "urgency": URGENCY.get(message.severity, "low"),
        "critical": message.severity == "critical" and message.state == "firing",
    }


def send(target: Target, payload: Payload, *, key: str) -> Reply:
    """Encrypt and post to the browser's push service. Raises ReceiverError.

    `gone` with 404 and 410, by which the service says that the browser ended its subscription.
    """
    subscription = json.loads(target["subscription"])
    shown = {name: payload[name] for name in ("title", "body", "url", "tag", "critical")}
    if target.acknowledge_url:
        shown["take"] = target.acknowledge_url
    try:
        sealed = _sealed(json.dumps({**shown, "key": key}).encode(), subscription["keys"])
    except (http_ece.ECEException, ValueError, KeyError) as error:
        raise ReceiverError(f"The subscription cannot be used: {error}", permanent=True) from error
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(LIVES_SECONDS),
        "Urgency": payload["urgency"],
        **_signature(subscription["endpoint"]),
    }
    try:
        reply = wire.post(subscription["endpoint"], sealed, key=key, headers=headers)
    except ReceiverError as error:
        error.gone = error.status in GONE
        raise
    return Reply(reply.status, reply.response[: wire.KEPT])


def public_key() -> str:
    """The portal's public key, as a browser wants it."""
    point = _signer().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return _text(point)


def _sealed(text: bytes, keys: dict[str, str]) -> bytes:
    """For the browser that made `keys` alone, by a key of ours that is used once."""
    sealed: bytes = http_ece.encrypt(
        text,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_raw(keys["p256dh"]),
        auth_secret=_raw(keys["auth"]),
    )
    return sealed


def _signature(endpoint: str) -> dict[str, str]:
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + 12 * 3_600,
        "sub": f"mailto:{settings.DEFAULT_FROM_EMAIL.rpartition('<')[2].strip('> ')}",
    }
    signed: dict[str, str] = _signer().sign(claims)
    return signed


def _signer() -> Vapid02:
    """Of VAPID_PRIVATE_KEY (32 bytes, base64url); without it, of a key derived from SECRET_KEY."""
    if settings.VAPID_PRIVATE_KEY:
        raw = _raw(settings.VAPID_PRIVATE_KEY)
    else:
        kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"ops-portal web push")
        raw = kdf.derive(settings.SECRET_KEY.encode())
    return Vapid02(ec.derive_private_key(int.from_bytes(raw), ec.SECP256R1()))


def _raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


KIND = Kind(
    "webpush", "Web push to a browser", (SUBSCRIPTION,), render, send,
    per_minute=30, links=True, offered=False,
)  # fmt: skip
