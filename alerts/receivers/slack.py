"""Slack by incoming webhook: posts, and no more."""

from __future__ import annotations

from alerts.receivers import fields, wire
from alerts.receivers.base import GroupMessage, Kind, Message, Payload, Reply, Target
from alerts.receivers.blocks import blocks_of, fallback_text, group_blocks, group_text


def render(message: Message) -> Payload:
    return {"json": {"text": fallback_text(message), "blocks": blocks_of(message)}}


def render_group(message: GroupMessage) -> Payload:
    return {"json": {"text": group_text(message), "blocks": group_blocks(message)}}


def send(target: Target, payload: Payload, *, key: str) -> Reply:
    """Post to the webhook. Raises ReceiverError."""
    return wire.post_json(target["webhook"], payload["json"], key=key)


KIND = Kind(
    "slack", "Slack incoming webhook", (fields.WEBHOOK,), render, send, render_group=render_group
)
