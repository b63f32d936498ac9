"""Microsoft Teams by a Workflows webhook: an Adaptive Card of plain text runs.

Text blocks and facts of a card are read as markdown; text runs are not, so a text stays literal.
"""

from __future__ import annotations

from alerts.receivers import fields, wire
from alerts.receivers.base import Kind, Message, Payload, Reply, Target
from alerts.receivers.facts import facts, headline

COLOURS = {"critical": "attention", "warning": "warning", "info": "accent"}
DESCRIPTION = 2_500  # a card holds 28 KiB
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"


def render(message: Message) -> Payload:
    colour = "good" if message.state == "resolved" else COLOURS.get(message.severity, "default")
    body = [_line(_run(headline(message), size="large", weight="bolder", color=colour))]
    if message.description:
        body.append(_line(_run(wire.cut(message.description, DESCRIPTION))))
    for name, value in facts(message):
        body.append(_line(_run(f"{name}  ", weight="bolder"), _run(value)))
    card: Payload = {
        "$schema": SCHEMA,
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": headline(message),
        "body": body,
    }
    if message.url:
        card["actions"] = [
            {"type": "Action.OpenUrl", "title": "Open the alert", "url": message.url}
        ]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"json": {"type": "message", "attachments": [attachment]}}


def send(target: Target, payload: Payload, *, key: str) -> Reply:
    """Post to the workflow, which answers 202. Raises ReceiverError."""
    reply = wire.post_json(target["webhook"], payload["json"], key=key)
    return Reply(reply.status, reply.response[: wire.KEPT])


def _line(*runs: Payload) -> Payload:
    return {"type": "RichTextBlock", "inlines": list(runs), "spacing": "small"}


def _run(text: str, **looks: str) -> Payload:
    return {"type": "TextRun", "text": text, **looks}


KIND = Kind("teams", "Microsoft Teams workflow", (fields.WEBHOOK,), render, send)
