"""The long tail: any service that the library Apprise knows, by its URL.

Apprise opens its own connections, past our guarded client. So each of them is asked about as it is
opened, and services that act on this machine are refused, as are those that read files of it.
"""

from __future__ import annotations

import logging
from urllib.parse import parse_qsl, urlsplit

import apprise
from django.core.exceptions import ValidationError

from alerts.receivers import wire
from alerts.receivers.base import Field, Kind, Message, Payload, ReceiverError, Reply, Target
from alerts.receivers.facts import facts, headline
from ops_portal.lib import connections

OURS = {
    "json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos", "slack", "discord",
    "tgram", "msteams", "workflow", "workflows", "pagerduty", "vapid",
}  # fmt: skip
HERE = {
    "syslog", "rsyslog", "dbus", "qt", "glib", "kde", "gnome", "windows", "macosx", "macos",
    "growl", "snmp", "irc", "ircs", "fluxer", "file",
}  # fmt: skip
FILES = {"keyfile", "subfile", "pgpkey", "pgpcert"}  # parameters that name a file of this machine
LONGEST = 4_000

logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it would log addresses with their tokens


def known_service(text: str) -> str:
    """A URL that Apprise can use and that we let it. Raises ValidationError."""
    scheme = _scheme(text)
    if scheme in OURS:
        raise ValidationError("Choose this service as a kind of its own: it can do more there.")
    if scheme in HERE:
        raise ValidationError("This service acts on the portal's machine or network.")
    if _names_a_file(text):
        raise ValidationError("A file of the portal's machine cannot be named here.")
    if apprise.Apprise.instantiate(text) is None:
        raise ValidationError("Apprise does not know this address.")
    return text


SERVICE = Field(
    "service_url", "Apprise URL", "For example ntfy://topic or pover://user@token.",
    secret=True, check=known_service,
)  # fmt: skip


def render(message: Message) -> Payload:
    lines = [message.description] if message.description else []
    lines += [f"{name}: {value}" for name, value in facts(message)]
    lines += [message.url] if message.url else []
    return {
        "title": headline(message),
        "body": wire.cut("\n".join(lines), LONGEST),
        "tone": "success" if message.state == "resolved" else _tone(message.severity),
    }


def send(target: Target, payload: Payload, *, key: str) -> Reply:
    """Let Apprise send. Raises ReceiverError; Apprise tells no status, so all may be tried again.

    Permanent: an address that it does not know or that must not be reached.
    """
    address = target["service_url"]
    if _scheme(address) in OURS | HERE or _names_a_file(address):
        raise ReceiverError("Apprise may not use this address.", permanent=True)
    with connections.only_allowed() as refused:
        service = apprise.Apprise.instantiate(address)
        if service is None:
            raise ReceiverError("Apprise does not know this address.", permanent=True)
        taken = service.notify(
            title=payload["title"],
            body=payload["body"],
            notify_type=payload["tone"],
            body_format=apprise.NotifyFormat.TEXT,
        )
    if refused:
        raise ReceiverError(f"It leads to {refused[0]}, which may not be reached.", permanent=True)
    if not taken:
        raise ReceiverError(f"{service.service_name} did not take the message.")
    return Reply("taken", str(service.service_name))


def _names_a_file(address: str) -> bool:
    return not FILES.isdisjoint(name.lower() for name, _ in parse_qsl(urlsplit(address).query))


def _scheme(address: str) -> str:
    return address.partition("://")[0].strip().lower()


def _tone(severity: str) -> str:
    return {"critical": "failure", "warning": "warning"}.get(severity, "info")


KIND = Kind("apprise", "Other service (Apprise)", (SERVICE,), render, send, per_minute=20)
