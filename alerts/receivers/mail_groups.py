"""Many alerts in one mail."""

from __future__ import annotations

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from alerts.receivers.base import GroupLine, GroupMessage, Payload
from alerts.substitution import one_line
from ops_portal.lib.words import measure

COLOURS = {"critical": "#b42318", "warning": "#93570a", "info": "#1d4ed8"}  # of every mail


def render_group(message: GroupMessage) -> Payload:
    """The same payload for many alerts: the worst by name, the others counted."""
    subject = one_line(f"{message.headline}: {message.title}", longest=150)
    said = [(line, _said(line)) for line in message.lines]
    more = f"and {message.left_out:,} more" if message.left_out else ""
    text = [subject, "", *(f"{words} {line.url}".rstrip() for line, words in said), more]
    items = format_html_join("", "<li>{}</li>", [(_linked(line, words),) for line, words in said])
    html = format_html(
        '<!doctype html><html lang="en"><body style="font:15px/1.5 system-ui,sans-serif">'
        '<h1 style="font-size:18px;border-left:4px solid {};padding-left:10px">{}</h1>'
        '<ul>{}</ul><p>{}</p><p><a href="{}">Open the alerts</a></p></body></html>',
        COLOURS.get(message.severity, COLOURS["info"]),
        subject,
        items,
        more,
        message.url,
    )
    return {
        "subject": subject,
        "text": "\n".join([*text, "", f"Open the alerts: {message.url}"]) + "\n",
        "html": str(html),
        "thread": message.thread,
        "opens_thread": message.opens_thread,
    }


def _said(line: GroupLine) -> str:
    count = f"{line.count:,} x " if line.count else ""
    value = f" ({measure(line.value, line.unit)})" if line.value is not None else ""
    return one_line(f"{line.state}, {line.severity}: {count}{line.title}{value}", longest=300)


def _linked(line: GroupLine, words: str) -> SafeString:
    return (
        format_html('<a href="{}">{}</a>', line.url, words)
        if line.url
        else format_html("{}", words)
    )
