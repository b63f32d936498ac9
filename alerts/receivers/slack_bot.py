"""Slack by a bot's token: an alert's first message is kept current, the rest are its thread."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from alerts.receivers import wire
from alerts.receivers.base import (
    Field,
    GroupMessage,
    Kind,
    Message,
    Payload,
    ReceiverError,
    Reply,
    Target,
)
from alerts.receivers.blocks import blocks_of, fallback_text, group_blocks, group_text
from alerts.receivers.fields import shaped

TOKEN = Field(
    "bot_token", "Bot token", "Begins with xoxb-; needs the scope chat:write.", secret=True,
    check=shaped(r"xox[a-z]-[A-Za-z0-9-]{8,200}", "A Slack bot token begins with xoxb-."),
)  # fmt: skip
CHANNEL = Field(
    "channel", "Channel", "The channel's ID, for example C0123456789.",
    check=shaped(r"[CDGU][A-Z0-9]{6,20}", "Slack's channel IDs look like C0123456789."),
)  # fmt: skip
PASSING = {
    "ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable",
    "request_timeout", "team_added_to_org",
}  # fmt: skip
GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}


def render(message: Message) -> Payload:
    takes = bool(settings.SLACK_SIGNING_SECRET)
    return {
        "text": fallback_text(message),
        "blocks": blocks_of(message, buttons=takes),
    }


def render_group(message: GroupMessage) -> Payload:
    return {"text": group_text(message), "blocks": group_blocks(message)}


def send(target: Target, payload: Payload, *, key: str) -> Reply:
    """Post, or bring the alert's first message up to date and answer it. Raises ReceiverError.

    Both halves may be repeated: the update says the same again, and a doubled answer carries the
    same key.
    """
    body = {"text": payload["text"], "blocks": payload["blocks"], "unfurl_links": False}
    earlier = target.earlier
    if not earlier.get("ts"):
        return _call(target, "chat.postMessage", {"channel": target["channel"], **body}, key)
    place = {"channel": earlier["channel"], "ts": earlier["ts"]}
    try:
        _call(target, "chat.update", {**place, **body}, key)
    except ReceiverError as error:
        if str(error).rpartition(" ")[2] not in GONE:
            raise
    answer = {"text": payload["text"], "unfurl_links": False}
    thread = {"channel": earlier["channel"], "thread_ts": earlier["ts"], **answer}
    reply = _call(target, "chat.postMessage", thread, key)
    return Reply(reply.status, reply.response, earlier)


def _call(target: Target, method: str, body: dict[str, Any], key: str) -> Reply:
    """One call of Slack's Web API, which says `ok: false` with a status of 200."""
    reply = wire.post_json(
        f"{settings.SLACK_API_URL.rstrip('/')}/{method}",
        body,
        key=key,
        headers={"Authorization": f"Bearer {target['bot_token']}"},
    )
    told = wire.answered(reply)
    if not told.get("ok"):
        error = str(told.get("error", "no answer that can be read"))
        raise ReceiverError(
            f"Slack refused {method}: {error}",
            permanent=bool(told) and error not in PASSING,
            status=reply.status,
            response=reply.response[: wire.KEPT],
        )
    reference = {"channel": str(told.get("channel", "")), "ts": str(told.get("ts", ""))}
    return Reply(reply.status, reply.response[: wire.KEPT], reference)


KIND = Kind(
    "slack_bot",
    "Slack bot",
    (TOKEN, CHANNEL),
    render,
    send,
    render_group=render_group,
    threads=True,
)
