"""Telegram by a bot: the first message of an alert is kept up to date, the rest answer it."""

from __future__ import annotations

import json
from html import escape
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from alerts.receivers import wire
from alerts.receivers.base import Field, Kind, Message, Payload, ReceiverError, Reply, Target
from alerts.receivers.facts import facts, headline
from alerts.receivers.fields import shaped
from alerts.receivers.presses import BUTTONS

TOKEN = Field(
    "telegram_token", "Bot token", "As @BotFather gave it.", secret=True,
    check=shaped(r"\d{5,20}:[A-Za-z0-9_-]{30,60}", "A Telegram token looks like 123456:ABC..."),
)  # fmt: skip
CHAT = Field(
    "chat", "Chat", "The chat's number, or @name of a public channel.",
    check=shaped(r"-?\d{1,20}|@[A-Za-z0-9_]{5,32}", "A number, or @name."),
)  # fmt: skip
LONGEST = 4_096  # characters of a message, counted before its entities are read


def render(message: Message) -> Payload:
    title = headline(message, longest=200)
    lines = [f"<b>{escape(title, quote=False)}</b>"]
    if message.description:
        lines.append(escape(wire.cut(message.description, 1_200), quote=False))
    for name, value in facts(message):
        lines.append(f"<b>{name}</b> {escape(wire.cut(value, 300), quote=False)}")
    while len("\n".join(lines)) > LONGEST:
        lines.pop()
    return {
        "text": "\n".join(lines),
        "title": title,
        "buttons": _buttons(message),
        "answers": message.reason not in {"fired", "test", "bundle"},
    }


def send(target: Target, payload: Payload, *, key: str) -> Reply:
    """Send, or bring the alert's first message up to date and answer it. Raises ReceiverError."""
    body = {
        "text": payload["text"],
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "reply_markup": {"inline_keyboard": _keyboard(payload["buttons"])},
    }
    place, earlier = {"chat_id": target["chat"]}, target.earlier.get("message_id")
    if not earlier:
        return _call(target, "sendMessage", {**place, **body}, key)
    try:
        _call(target, "editMessageText", {**place, "message_id": int(earlier), **body}, key)
    except ReceiverError as error:
        if not error.permanent or error.status != "400":
            raise
    if payload["answers"]:
        answer = {"text": payload["title"], "reply_parameters": {"message_id": int(earlier)}}
        _call(target, "sendMessage", {**place, **answer}, key)
    return Reply("200", "updated", target.earlier)


def _call(target: Target, method: str, body: dict[str, Any], key: str) -> Reply:
    """One call of the Bot API. The token is part of its address, so no error may quote that."""
    address = f"{settings.TELEGRAM_API_URL.rstrip('/')}/bot{target['telegram_token']}/{method}"
    try:
        reply = wire.post_json(address, body, key=key)
    except ReceiverError as error:
        if error.retry_after is None:
            error.retry_after = _asked(error.response)
        raise
    told = wire.answered(reply).get("result")
    number = told.get("message_id") if isinstance(told, dict) else None
    reference = {"message_id": str(number)} if number else {}
    return Reply(reply.status, reply.response[: wire.KEPT], reference)


def _asked(response: str) -> float | None:
    """The seconds that Telegram asks for in its JSON, beside the header."""
    try:
        seconds = json.loads(response)["parameters"]["retry_after"]
    except (ValueError, KeyError, TypeError):
        return None
    return float(seconds) if isinstance(seconds, int) else None


def _buttons(message: Message) -> list[Payload]:
    buttons: list[Payload] = []
    if message.state == "firing" and message.alert_uid and settings.TELEGRAM_WEBHOOK_SECRET:
        for name, words in BUTTONS:
            buttons.append({"text": words, "callback_data": f"{name}:{message.alert_uid}"})
    if "." in (urlsplit(message.url).hostname or ""):  # Telegram refuses links to localhost
        buttons.append({"text": "Open the alert", "url": message.url})
    return buttons


def _keyboard(buttons: list[Payload]) -> list[list[Payload]]:
    """What takes the alert in one line, the way to it in another: a phone is narrow."""
    takes = [button for button in buttons if "callback_data" in button]
    opens = [button for button in buttons if "url" in button]
    return [line for line in (takes, opens) if line]


KIND = Kind("telegram", "Telegram", (TOKEN, CHAT), render, send, per_minute=20, threads=True)
