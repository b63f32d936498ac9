"""PagerDuty by Events API v2: one incident per alert, taken and closed as the alert is."""

from __future__ import annotations

from django.conf import settings

from alerts.receivers import wire
from alerts.receivers.base import Field, Kind, Message, Payload, Reply, Target
from alerts.receivers.facts import facts, headline
from alerts.receivers.fields import shaped

ROUTING_KEY = Field(
    "routing_key", "Integration key", "Of an Events API v2 integration: 32 letters and digits.",
    secret=True, check=shaped(r"[A-Za-z0-9]{32}", "An integration key has 32 letters and digits."),
)  # fmt: skip
SUMMARY = 1_024  # characters
ACTIONS = {"acknowledged": "acknowledge", "resolved": "resolve"}


def render(message: Message) -> Payload:
    event: Payload = {
        "event_action": ACTIONS.get(message.state, "trigger"),
        "dedup_key": message.alert_uid or f"test-{message.at.timestamp():.0f}",
        "client": "Ops Portal",
        "client_url": message.url,
        "payload": {
            "summary": headline(message, longest=SUMMARY),
            "source": message.source,
            "severity": message.severity,
            "timestamp": message.started_at.isoformat(),
            "component": message.rule_name,
            "custom_details": {"description": message.description, **dict(facts(message))},
        },
    }
    if message.url:
        event["links"] = [{"href": message.url, "text": "Open the alert"}]
    return {"json": event}


def send(target: Target, payload: Payload, *, key: str) -> Reply:
    """Post the event. Raises ReceiverError: PagerDuty answers 429 when it is to be tried again."""
    address = f"{settings.PAGERDUTY_API_URL.rstrip('/')}/v2/enqueue"
    event = {"routing_key": target["routing_key"], **payload["json"]}
    reply = wire.post_json(address, event, key=key)
    return Reply(reply.status, reply.response[: wire.KEPT])


KIND = Kind(
    "pagerduty", "PagerDuty Events v2", (ROUTING_KEY,), render, send, per_minute=120, bundles=False
)
