"""Slack by incoming webhook: Block Kit, every text escaped and cut to Slack's limits."""

from __future__ import annotations

from alerts.receivers.base import GroupLine, GroupMessage, Message, Payload, ReceiverError, Reply
from alerts.substitution import one_line, plain_number
from ops_portal.lib import http

HEADER, SECTION, FIELD, FALLBACK = 150, 2_900, 1_900, 300  # characters that Slack accepts
MARKS = {"critical": "🔴", "warning": "🟠", "info": "🔵"}


def render(message: Message) -> Payload:
    """The webhook's JSON: a header, what happened, the facts, a button to the alert."""
    title = one_line(f"{message.headline}: {message.title}", longest=HEADER - 4)
    mark = "🟢" if message.state == "resolved" else MARKS.get(message.severity, "🔵")
    blocks: list[Payload] = [
        {"type": "header", "text": {"type": "plain_text", "text": f"{mark} {title}"}}
    ]
    if message.description:
        blocks.append(_section(escape(message.description, longest=SECTION)))
    if message.note:
        said = escape(one_line(message.note, longest=1_000), longest=SECTION)
        blocks.append(_section(f"{escape(message.actor)}: {said}"))
    blocks.append({"type": "section", "fields": [_mrkdwn(text) for text in _facts(message)]})
    if message.url:
        blocks.append(_button(message.url, "Open the alert"))
    text = escape(f"{message.headline} ({message.severity}): {message.title}", longest=FALLBACK)
    return {"json": {"text": text, "blocks": blocks}}


def render_group(message: GroupMessage) -> Payload:
    """Many alerts: the worst by name, the others counted."""
    title = one_line(f"{message.headline}: {message.title}", longest=HEADER - 4)
    mark = MARKS.get(message.severity, "🔵") if message.firing else "🟢"
    said = "\n".join(_group_line(line) for line in message.lines)
    more = f"\nand {message.left_out:,} more" if message.left_out else ""
    blocks: list[Payload] = [
        {"type": "header", "text": {"type": "plain_text", "text": f"{mark} {title}"}},
        _section(f"{said}{more}"),
    ]
    text = escape(f"{message.headline} ({message.severity}): {message.title}", longest=FALLBACK)
    return {"json": {"text": text, "blocks": [*blocks, _button(message.url, "Open the alerts")]}}


def _group_line(line: GroupLine) -> str:
    count = f"{line.count:,} x " if line.count else ""
    words = escape(one_line(f"{count}{line.title}", longest=120), longest=140)
    named = f"<{escape(line.url)}|{words}>" if line.url else words
    return f"• {line.state}, {line.severity}: {named}"


def send(target: str, payload: Payload, *, key: str) -> Reply:
    """Post to the webhook. Raises ReceiverError.

    Permanent: any 4xx but 408 and 429, a redirect, an address that must not be reached.
    """
    try:
        answer = http.post_json(target, payload["json"], headers={"Idempotency-Key": key})
    except http.Forbidden as error:
        raise ReceiverError(str(error), permanent=True) from error
    except http.Unreachable as error:
        raise ReceiverError(str(error)) from error
    status, said = str(answer.status), answer.text[:200]
    if 200 <= answer.status < 300:
        return Reply(status, said)
    raise ReceiverError(
        f"Slack answered {status}.",
        permanent=answer.status < 500 and answer.status not in {408, 429},
        retry_after=answer.retry_after,
        status=status,
        response=said,
    )


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


def _facts(message: Message) -> list[str]:
    limit = "" if message.threshold is None else f" (limit {message.threshold:g})"
    facts = [
        ("Severity", message.severity),
        ("Value", plain_number(message.value) + limit),
        ("Since", message.started_at.strftime("%Y-%m-%d %H:%M:%S UTC")),
        ("By", message.actor),
        ("Escalation", f"step {message.step}" if message.step else ""),
        ("Labels", ", ".join(f"{name}={value}" for name, value in sorted(message.labels.items()))),
        ("Runbook", message.runbook_url),
    ]
    return [f"*{name}*\n{escape(one_line(value, longest=1_500))}" for name, value in facts if value]


def _mrkdwn(text: str) -> Payload:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _section(text: str) -> Payload:
    return {"type": "section", "text": _mrkdwn(text)}


def _button(url: str, words: str) -> Payload:
    button = {
        "type": "button",
        "text": {"type": "plain_text", "text": words},
        "url": url,
    }
    return {"type": "actions", "elements": [button]}
