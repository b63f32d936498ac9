"""E-mail: text and HTML, one thread per alert, the idempotency key as Message-ID."""

from __future__ import annotations

import hashlib
import smtplib
from email.mime.image import MIMEImage
from email.utils import formatdate

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from alerts.receivers.base import Field, Kind, Message, Payload, ReceiverError, Reply, Target
from alerts.receivers.facts import facts, headline
from alerts.receivers.fields import mail_addresses
from alerts.receivers.mail_groups import COLOURS, render_group
from alerts.substitution import one_line

ADDRESS = Field("address", "E-mail addresses", "Comma separated.", check=mail_addresses)
RESOLVED = "#18794e"
BUTTON = "background:#1d4ed8;color:#ffffff;padding:10px 18px;border-radius:6px;text-decoration:none"
CHART = "chart"  # the Content-ID of the picture
ENCLOSED = "<!--enclosed-->"  # where they go; no text can hold it, as all texts are escaped


class Related(EmailMultiAlternatives):
    """A mail whose attachments are part of its text."""

    mixed_subtype = "related"


def render(message: Message) -> Payload:
    """Subject, text, HTML, and the thread that the mail belongs to."""
    subject = headline(message)
    rows = facts(message)
    return {
        "subject": subject,
        "text": _text(subject, rows, message),
        "html": str(_html(subject, rows, message)),
        "thread": message.alert_uid,
        "opens_thread": message.reason in {"fired", "test"},
    }


def send(target: Target, payload: Payload, *, key: str) -> Reply:
    """Send to the comma-separated addresses.

    Raises ReceiverError: permanent for SMTP 5yz, worth another try for 4yz and lost connections.
    """
    link = target.acknowledge_url
    mail = Related(
        subject=payload["subject"],
        body=payload["text"] + (f"Acknowledge it: {link}\n" if link else ""),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address.strip() for address in target["address"].split(",") if address.strip()],
        headers=_headers(payload, key),
        connection=get_connection(timeout=settings.EMAIL_TIMEOUT),
    )
    enclosed = _enclosed(target)
    mail.attach_alternative(payload["html"].replace(ENCLOSED, enclosed), "text/html")
    if target.picture:
        mail.attach(inline(target.picture, CHART))
    try:
        mail.send()
    except smtplib.SMTPException as error:
        raise _refusal(error) from error
    except OSError as error:
        raise ReceiverError(f"The mail server cannot be reached: {error}") from error
    return Reply("250", f"accepted for {len(mail.to)}")


def _enclosed(target: Target) -> SafeString:
    """The picture and the button that takes the alert, where there are such."""
    picture = format_html(
        '<p><img src="cid:{}" width="560" height="140" alt="The value around the firing"'
        ' style="max-width:100%;height:auto;border:1px solid #e4e7eb"></p>',
        CHART,
    )
    button = format_html(
        '<p><a href="{}" style="{}">Acknowledge</a></p>', target.acknowledge_url, BUTTON
    )
    return format_html(
        "{}{}", picture if target.picture else "", button if target.acknowledge_url else ""
    )


def inline(png: bytes, name: str) -> MIMEImage:
    """A picture that the HTML shows as `cid:name`."""
    image = MIMEImage(png, "png")
    image.add_header("Content-ID", f"<{name}>")
    image.add_header("Content-Disposition", "inline", filename=f"{name}.png")
    return image


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
        '<p style="white-space:pre-line">{}</p>' + ENCLOSED + "<table>{}</table>{}</body></html>",
        RESOLVED if message.state == "resolved" else COLOURS.get(message.severity, COLOURS["info"]),
        subject,
        message.description,
        table,
        button,
    )


KIND = Kind("email", "E-mail", (ADDRESS,), render, send, encloses=True, render_group=render_group)
