"""A receiver of each kind that speaks to a recording server, and messages to send there."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_django import Settings

from alerts.models import Receiver
from alerts.options import sealed
from alerts.receivers.base import Message
from tests.alerts.conftest import NOON
from tests.sinks import WebSink

CHAT_KINDS = ("slack", "slack_bot", "telegram", "discord", "teams", "pagerduty", "webhook")
UID = "8f14e45f-ceea-467f-a0f5-1f2b6a3c9d10"


def point_to(sink: WebSink, settings: Settings) -> None:
    """Let every service be the sink."""
    base = sink.url.removesuffix("/hook")
    settings.SLACK_API_URL = f"{base}/slack"
    settings.TELEGRAM_API_URL = f"{base}/telegram"
    settings.PAGERDUTY_API_URL = f"{base}/pagerduty"


def receiver(kind: str, sink: WebSink, **fields: Any) -> Receiver:
    told: dict[str, dict[str, str]] = {
        "slack_bot": {"bot_token": "xoxb-123456789", "channel": "C0123456789"},
        "telegram": {"telegram_token": "12345678:" + "a" * 35, "chat": "-100200300"},
        "pagerduty": {"routing_key": "0123456789abcdef0123456789abcdef"},
    }
    given = told.get(kind, {"webhook": sink.url})
    options = {name: given[name] for name in ("channel", "chat") if name in given}
    return Receiver.objects.create(
        name=f"the {kind}", kind=kind, options=options, secret=sealed(kind, given), **fields
    )


def message(**facts: Any) -> Message:
    given = {
        "reason": "fired", "title": "Drawdown on BTC", "severity": "critical", "state": "firing",
        "condition": "breach", "at": NOON, "started_at": NOON - timedelta(minutes=1),
        "alert_id": 7, "alert_uid": UID, "rule_name": "high_drawdown", "value": -0.06,
        "threshold": -0.05, "labels": {"env": "live"}, "url": "https://desk.example/alerts/7/",
        "fingerprint": "00000000000000aa",
    }  # fmt: skip
    return Message(**{**given, **facts})


def subscription(endpoint: str) -> tuple[str, ec.EllipticCurvePrivateKey, bytes]:
    """What a browser gives when a person subscribes, and what only the browser knows."""
    private, secret = ec.generate_private_key(ec.SECP256R1()), b"0123456789abcdef"
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": _text(point), "auth": _text(secret)}
    return json.dumps({"endpoint": endpoint, "keys": keys}), private, secret


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
