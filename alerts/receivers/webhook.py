"""Any web server: Alertmanager's webhook payload, version 4, signed where a key is set."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime

from django.conf import settings

from alerts.receivers import fields, wire
from alerts.receivers.base import Field, Kind, Message, Payload, Reply, Target

SIGNING_KEY = Field(
    "signing_key", "Signing key", "Blank: the requests are not signed.", secret=True,
    required=False, check=fields.shaped(r"[\x21-\x7e]{16,200}", "16 to 200 signs without blanks."),
)  # fmt: skip
NEVER = "0001-01-01T00:00:00Z"  # Alertmanager's word for "not yet"


def render(message: Message) -> Payload:
    """One alert, as Alertmanager would tell a group of one. `portal` holds what is ours."""
    status = "resolved" if message.state == "resolved" else "firing"
    labels = {"alertname": message.rule_name, "severity": message.severity, **message.labels}
    texts = {
        "summary": message.title,
        "description": message.description,
        "runbook_url": message.runbook_url,
    }
    annotations = {name: text for name, text in texts.items() if text}
    alert = {
        "status": status,
        "labels": labels,
        "annotations": annotations,
        "startsAt": _iso(message.started_at),
        "endsAt": _iso(message.resolved_at) if message.resolved_at else NEVER,
        "generatorURL": message.url,
        "fingerprint": message.fingerprint,
    }
    return {
        "json": {
            "version": "4",
            "groupKey": f'{{}}:{{alertname="{message.rule_name}"}}',
            "truncatedAlerts": 0,
            "status": status,
            "groupLabels": {"alertname": message.rule_name},
            "commonLabels": labels,
            "commonAnnotations": annotations,
            "externalURL": settings.PORTAL_URL,
            "alerts": [alert],
            "portal": _ours(message),
        }
    }


def send(target: Target, payload: Payload, *, key: str) -> Reply:
    """Post the JSON. Raises ReceiverError.

    With a signing key the header `X-Portal-Signature` is `t=SECONDS,v1=HEX`, the HMAC-SHA256 of
    `SECONDS.BODY`; a reader refuses what is older than five minutes.
    """
    content = json.dumps({"receiver": target.options.get("name", ""), **payload["json"]}).encode()
    headers = {"Content-Type": "application/json"}
    signing_key = target.options.get("signing_key", "")
    if signing_key:
        headers["X-Portal-Signature"] = signature(signing_key, content, at=int(time.time()))
    reply = wire.post(target["webhook"], content, key=key, headers=headers)
    return Reply(reply.status, reply.response[: wire.KEPT])


def signature(signing_key: str, content: bytes, *, at: int) -> str:
    """The value of the header; `at` in epoch seconds."""
    digest = hmac.new(signing_key.encode(), f"{at}.".encode() + content, hashlib.sha256)
    return f"t={at},v1={digest.hexdigest()}"


def _ours(message: Message) -> Payload:
    return {
        "reason": message.reason,
        "alert_uid": message.alert_uid,
        "seq": message.seq,
        "condition": message.condition,
        "value": message.value,
        "threshold": message.threshold,
        "actor": message.actor,
        "note": message.note,
        "acknowledged_by": message.acknowledged_by,
        "suppressed_by": list(message.suppressed_by),
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


KIND = Kind(
    "webhook", "Webhook", (fields.WEBHOOK, SIGNING_KEY), render, send,
    per_minute=600, bundles=False,
)  # fmt: skip
