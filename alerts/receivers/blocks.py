"""Slack's Block Kit: every text escaped and cut to Slack's limits."""

from __future__ import annotations

from alerts.receivers.base import GroupLine, GroupMessage, Message, Payload
from alerts.receivers.facts import facts, headline
from alerts.receivers.presses import ACKNOWLEDGE, BUTTONS
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


def group_blocks(message: GroupMessage) -> list[Payload]:
    """Many alerts: the worst by name, the others counted."""
    title = one_line(f"{message.headline}: {message.title}", longest=HEADER - 4)
    mark = MARKS.get(message.severity, "🔵") if message.firing else "🟢"
    said = "\n".join(_group_line(line) for line in message.lines)
    more = f"\nand {message.left_out:,} more" if message.left_out else ""
    return [
        {"type": "header", "text": {"type": "plain_text", "text": f"{mark} {title}"}},
        _section(f"{said}{more}"),
        {"type": "actions", "elements": [_open(message.url, "Open the alerts")]},
    ]


def group_text(message: GroupMessage) -> str:
    return escape(f"{message.headline} ({message.severity}): {message.title}", longest=FALLBACK)


def _group_line(line: GroupLine) -> str:
    count = f"{line.count:,} x " if line.count else ""
    words = escape(one_line(f"{count}{line.title}", longest=120), longest=140)
    named = f"<{escape(line.url)}|{words}>" if line.url else words
    return f"• {line.state}, {line.severity}: {named}"


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
    """What is pressed comes back to /hooks/slack/ with its name and the alert's uid."""
    elements: list[Payload] = []
    for name, words in BUTTONS if takes else ():
        style = {"style": "primary"} if name == ACKNOWLEDGE else {}
        elements.append(
            {
                "type": "button",
                "text": {"type": "plain_text", "text": words},
                **style,
                "action_id": name,
                "value": message.alert_uid,
            }
        )
    elements.append(_open(message.url, "Open the alert"))
    return {"type": "actions", "elements": elements}


def _open(url: str, words: str) -> Payload:
    return {"type": "button", "text": {"type": "plain_text", "text": words}, "url": url}
