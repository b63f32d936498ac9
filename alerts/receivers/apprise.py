"""The long tail: any service that the library Apprise knows, by its URL.

Apprise opens its own connections, past our guarded client. So the hosts that people may name are
checked before each send, and services that act on this machine are refused.
"""

from __future__ import annotations

import logging

import apprise
from django.core.exceptions import ValidationError

from alerts.receivers import wire
from alerts.receivers.base import Field, Kind, Message, Payload, ReceiverError, Reply, Target
from alerts.receivers.facts import facts, headline
from ops_portal.lib import http

# Their servers are fixed: what stands where a host would is a token or a topic.
HOSTED = {
    "boxcar", "bulksms", "clickatell", "clicksend", "fcm", "flock", "gchat", "ifttt", "join",
    "lametric", "line", "messagebird", "msg91", "notica", "notifico", "octopush", "onesignal",
    "opsgenie", "pagertree", "pbul", "plivo", "pover", "prowl", "pushdeer", "pushed", "pushme",
    "pushover", "pushy", "ryver", "sendgrid", "simplepush", "sinch", "sns", "spontit", "spush",
    "techulus", "threema", "twilio", "victorops", "vonage", "webex", "wecombot", "zulip",
}  # fmt: skip
OURS = {
    "json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos", "slack", "discord",
    "tgram", "msteams", "workflow", "workflows", "pagerduty", "vapid",
}  # fmt: skip
HERE = {
    "syslog", "rsyslog", "dbus", "qt", "glib", "kde", "gnome", "windows", "macosx", "macos",
    "growl", "snmp", "irc", "ircs", "fluxer", "file",
}  # fmt: skip
LONGEST = 4_000

logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it would log addresses with their tokens


def known_service(text: str) -> str:
    """A URL that Apprise can use and that we let it. Raises ValidationError."""
    scheme = _scheme(text)
    if scheme in OURS:
        raise ValidationError("Choose this service as a kind of its own: it can do more there.")
    if scheme in HERE:
        raise ValidationError("This service acts on the portal's machine or network.")
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
    service = apprise.Apprise.instantiate(address)
    if service is None or _scheme(address) in OURS | HERE:
        raise ReceiverError("Apprise does not know this address.", permanent=True)
    _check_host(service, _scheme(address))
    taken = service.notify(
        title=payload["title"],
        body=payload["body"],
        notify_type=payload["tone"],
        body_format=apprise.NotifyFormat.TEXT,
    )
    if not taken:
        raise ReceiverError(f"{service.service_name} did not take the message.")
    return Reply("taken", str(service.service_name))


def _check_host(service: apprise.NotifyBase, scheme: str) -> None:
    if scheme in HOSTED or (
        scheme in {"ntfy", "ntfys"} and getattr(service, "mode", "") == "cloud"
    ):
        return
    try:
        http.resolve(str(service.host), int(service.port or 443))
    except http.Forbidden as error:
        raise ReceiverError(str(error), permanent=True) from error
    except http.Unreachable as error:
        raise ReceiverError(str(error)) from error


def _scheme(address: str) -> str:
    return address.partition("://")[0].strip().lower()


def _tone(severity: str) -> str:
    return {"critical": "failure", "warning": "warning"}.get(severity, "info")


KIND = Kind("apprise", "Other service (Apprise)", (SERVICE,), render, send, per_minute=20)
