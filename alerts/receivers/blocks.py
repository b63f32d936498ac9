"""Slack's Block Kit: every text escaped and cut to Slack's limits."""

from __future__ import annotations

from alerts.receivers.base import Message, Payload
from alerts.receivers.facts import facts, headline
from alerts.substitution import one_line

HEADER, SECTION, FIELD, FALLBACK = 150, 2_900, 1_900, 300  # characters that Slack accepts
MARKS = {"critical": "🔴", "warning": "🟠", "info": "🔵"}


def blocks_of(message: Message, *, buttons: bool = False) -> list[Payload]:
    """A header, what happened, the facts, and buttons: to the alert, and to take it."""
    title = headline(message, longest=HEADER - 4)
    mark = "🟢" if message.state == "resolved" else MARKS.get(message.severity, "🔵")
    blocks: list[Payload] = [
        {"type": "header", "text": {"type": "plain_text", "text": f"{mark} {title}"}}
    ]
    if message.description:
        blocks.append(_section(escape(message.description, longest=SECTION)))
    if message.note:
        said = escape(one_line(message.note, longest=1_000), longest=SECTION)
        blocks.append(_section(f"{escape(message.actor)}: {said}"))
    told = [_fact(name, value) for name, value in facts(message) if name != "Note"]
    if told:
        blocks.append({"type": "section", "fields": told})
    if message.url:
        blocks.append(_buttons(message, takes=buttons and message.state == "firing"))
    return blocks


def fallback_text(message: Message) -> str:
    """What a phone's lock screen shows."""
    return escape(f"{message.headline} ({message.severity}): {message.title}", longest=FALLBACK)


def escape(text: str, *, longest: int = FIELD) -> str:
    """Text for mrkdwn: `&`, `<`, `>` as entities, so that `<!channel>` calls nobody.

    Cut before an entity, never inside one.
    """
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if len(safe) <= longest:
        return safe
    cut = safe[: longest - 1]
    entity = cut.rfind("&")
    if entity >= 0 and ";" not in cut[entity:]:
        cut = cut[:entity]
    return f"{cut}…"


def _fact(name: str, value: str) -> Payload:
    return _mrkdwn(f"*{name}*\n{escape(value)}")


def _mrkdwn(text: str) -> Payload:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _section(text: str) -> Payload:
    return {"type": "section", "text": _mrkdwn(text)}


def _buttons(message: Message, *, takes: bool) -> Payload:
    """Pressing Acknowledge comes back to /hooks/slack/ with the alert's uid."""
    elements: list[Payload] = []
    if takes:
        elements.append(
            {
                "type": "button",
                "text": {"type": "plain_text", "text": "Acknowledge"},
                "style": "primary",
                "action_id": "acknowledge",
                "value": message.alert_uid,
            }
        )
    link = {"type": "plain_text", "text": "Open the alert"}
    elements.append({"type": "button", "text": link, "url": message.url})
    return {"type": "actions", "elements": elements}
