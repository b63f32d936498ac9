"""E-mail: text and HTML, one thread per alert, the idempotency key as Message-ID."""

from __future__ import annotations

import hashlib
import smtplib
from email.utils import formatdate

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from alerts.receivers.base import GroupLine, GroupMessage, Message, Payload, ReceiverError, Reply
from alerts.substitution import one_line, plain_number

COLOURS = {"critical": "#b42318", "warning": "#93570a", "info": "#1d4ed8"}


def render(message: Message) -> Payload:
    """Subject, text, HTML, and the thread that the mail belongs to."""
    subject = one_line(f"{message.headline}: {message.title}", longest=150)
    rows = _rows(message)
    return {
        "subject": subject,
        "text": _text(subject, rows, message),
        "html": str(_html(subject, rows, message)),
        "thread": message.alert_uid,
        "opens_thread": message.reason in {"fired", "test"},
    }


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
    value = f" ({plain_number(line.value)})" if line.value is not None else ""
    return one_line(f"{line.state}, {line.severity}: {count}{line.title}{value}", longest=300)


def _linked(line: GroupLine, words: str) -> SafeString:
    return (
        format_html('<a href="{}">{}</a>', line.url, words)
        if line.url
        else format_html("{}", words)
    )


def send(target: str, payload: Payload, *, key: str) -> Reply:
    """Send to the comma-separated addresses.

    Raises ReceiverError: permanent for SMTP 5yz, worth another try for 4yz and lost connections.
    """
    mail = EmailMultiAlternatives(
        subject=payload["subject"],
        body=payload["text"],
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address.strip() for address in target.split(",") if address.strip()],
        headers=_headers(payload, key),
        connection=get_connection(timeout=settings.EMAIL_TIMEOUT),
    )
    if not mail.to:
        raise ReceiverError("The receiver has no address.", permanent=True)
    mail.attach_alternative(payload["html"], "text/html")
    try:
        mail.send()
    except smtplib.SMTPException as error:
        raise _refusal(error) from error
    except OSError as error:
        raise ReceiverError(f"The mail server cannot be reached: {error}") from error
    return Reply("250", f"accepted for {len(mail.to)}")


def message_id(key: str) -> str:
    """The Message-ID of an idempotency key: the same key gives the same id on every try."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"<{digest}@{_domain()}>"


def _headers(payload: Payload, key: str) -> dict[str, str]:
    thread = f"<alert.{payload['thread']}@{_domain()}>"
    headers = {
        "Message-ID": message_id(key),
        "Date": formatdate(usegmt=True),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Idempotency-Key": one_line(key),
        "References": thread,
    }
    if not payload["opens_thread"]:
        headers["In-Reply-To"] = thread
    return headers


def _domain() -> str:
    address = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")
    return address or "ops-portal"


def _refusal(error: smtplib.SMTPException) -> ReceiverError:
    """Read the reply code: all recipients refused for good, or something that may pass."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        replies = list(error.recipients.values())
        code = min((reply[0] for reply in replies), default=550)
        said = "; ".join(str(reply) for _, reply in replies)
    elif isinstance(error, smtplib.SMTPResponseException):
        code, said = error.smtp_code, str(error.smtp_error)
    else:
        return ReceiverError(f"The mail server broke off: {error}")
    return ReceiverError(
        f"The mail server said {code}.",
        permanent=500 <= code < 600,
        status=str(code),
        response=said[:200],
    )


def _rows(message: Message) -> list[tuple[str, str]]:
    """What the mail tells, as (name, value) pairs; empty ones are left out."""
    number = plain_number(message.value)
    compared = number if message.threshold is None else f"{number} (limit {message.threshold:g})"
    rows = [
        ("Severity", message.severity),
        ("Value", compared),
        ("Since", message.started_at.strftime("%Y-%m-%d %H:%M:%S UTC")),
        ("By", message.actor),
        ("Note", message.note),
        ("Escalation", f"step {message.step}" if message.step else ""),
        ("Labels", ", ".join(f"{name}={value}" for name, value in sorted(message.labels.items()))),
        ("Runbook", message.runbook_url),
    ]
    return [(name, one_line(value, longest=1_000)) for name, value in rows if value]


def _text(subject: str, rows: list[tuple[str, str]], message: Message) -> str:
    lines = [subject, "", message.description, ""] if message.description else [subject, ""]
    lines += [f"{name}: {value}" for name, value in rows]
    lines += ["", f"Open the alert: {message.url}"] if message.url else []
    return "\n".join(lines) + "\n"


def _html(subject: str, rows: list[tuple[str, str]], message: Message) -> SafeString:
    table = format_html_join(
        "",
        '<tr><td style="padding:2px 16px 2px 0;color:#57606a">{}</td><td>{}</td></tr>',
        rows,
    )
    button = (
        format_html('<p><a href="{}">Open the alert</a></p>', message.url) if message.url else ""
    )
    return format_html(
        '<!doctype html><html lang="en"><body style="font:15px/1.5 system-ui,sans-serif">'
        '<h1 style="font-size:18px;border-left:4px solid {};padding-left:10px">{}</h1>'
        "<p>{}</p><table>{}</table>{}</body></html>",
        COLOURS.get(message.severity, COLOURS["info"]),
        subject,
        message.description,
        table,
        button,
    )
