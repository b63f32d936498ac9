"""Discord by webhook: one embed, nobody mentioned, no markdown that a text could smuggle in."""

from __future__ import annotations

import re

from alerts.receivers import fields, wire
from alerts.receivers.base import Kind, Message, Payload, Reply, Target
from alerts.receivers.facts import facts, headline

TITLE, DESCRIPTION, VALUE = 256, 1_500, 400  # an embed holds 6,000 characters in all
COLOURS = {"critical": 0xB42318, "warning": 0x93570A, "info": 0x1D4ED8}
RESOLVED = 0x18794E
MARKDOWN = re.compile(r"([\\*_~`|>#\[\]()<@:\-])")


def render(message: Message) -> Payload:
    colour = RESOLVED if message.state == "resolved" else COLOURS.get(message.severity, 0)
    embed: Payload = {
        "title": literal(headline(message), longest=TITLE),
        "description": literal(message.description, longest=DESCRIPTION),
        "color": colour,
        "timestamp": message.at.isoformat(),
        "fields": [
            {"name": name, "value": literal(value, longest=VALUE), "inline": len(value) < 40}
            for name, value in facts(message)
        ],
    }
    if message.url:
        embed["url"] = message.url
    return {"json": {"embeds": [embed], "allowed_mentions": {"parse": []}}}


def send(target: Target, payload: Payload, *, key: str) -> Reply:
    """Post to the webhook and wait for the message. Raises ReceiverError."""
    address = target["webhook"]
    mark = "&" if "?" in address else "?"
    reply = wire.post_json(f"{address}{mark}wait=true", payload["json"], key=key)
    return Reply(reply.status, reply.response[: wire.KEPT])


def literal(text: str, *, longest: int) -> str:
    """The text with every sign of Discord's markdown escaped; never cut inside an escape."""
    safe = MARKDOWN.sub(r"\\\1", text)
    return safe if len(safe) <= longest else safe[: longest - 1].rstrip("\\") + "…"


KIND = Kind("discord", "Discord webhook", (fields.WEBHOOK,), render, send, per_minute=30)
