"""Buttons pressed in chats: who it was, whether it came before, and what follows."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from alerts import actions, replies
from alerts.models import Alert, Callback, ChatIdentity
from alerts.receivers.presses import ACKNOWLEDGE, SNOOZES

logger = logging.getLogger(__name__)

SLACK, TELEGRAM = ChatIdentity.Service.SLACK, ChatIdentity.Service.TELEGRAM
MOST_A_MINUTE = 60  # presses, beyond which what is refused is no row: rows stay for months
WINDOW_SECONDS = 300  # how old a signed request may be


class NotGenuine(Exception):
    """The request does not prove where it comes from, is malformed, or was here before."""


@dataclass(frozen=True, slots=True)
class Press:
    """A button pressed by somebody of a chat. `answer_to`: where the answer belongs."""

    service: str
    digest: str
    external_id: str
    action: str
    uid: str
    answer_to: str = ""


def read_slack(body: bytes, *, timestamp: str, signature: str, now: datetime) -> Press:
    """Check Slack's v0 signature over the raw body, then read the one press. Raises NotGenuine."""
    if not (timestamp.isascii() and timestamp.isdigit()):
        raise NotGenuine("no timestamp")
    if abs(now.timestamp() - int(timestamp[:12])) > WINDOW_SECONDS:
        raise NotGenuine("older than five minutes")
    base = f"v0:{timestamp}:".encode() + body
    secret = settings.SLACK_SIGNING_SECRET.encode()
    expected = f"v0={hmac.new(secret, base, hashlib.sha256).hexdigest()}"
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise NotGenuine("wrong signature")
    try:
        ((name, text),) = parse_qsl(body.decode(), strict_parsing=True)
        told = json.loads(text)
        (pressed,) = told["actions"]
        who, answer_to = str(told["user"]["id"]), str(told.get("response_url", ""))
        action, uid = str(pressed["action_id"]), str(pressed.get("value", ""))
    except (ValueError, KeyError, TypeError) as error:
        raise NotGenuine("not one press of one button") from error
    if name != "payload":
        raise NotGenuine("not one press of one button")
    return Press(SLACK, digest_of(base), who, action, uid, answer_to)


def read_telegram(body: bytes, *, token: str) -> Press | None:
    """Check the webhook's secret, then read the press; None for any other update."""
    if not hmac.compare_digest(settings.TELEGRAM_WEBHOOK_SECRET.encode(), token.encode()):
        raise NotGenuine("wrong secret")
    try:
        told: Any = json.loads(body)
        update, query = int(told["update_id"]), told.get("callback_query")
        if query is None:
            return None
        action, _, uid = str(query["data"]).partition(":")
        who, answer_to = str(query["from"]["id"]), str(query["id"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotGenuine("not an update") from error
    return Press(TELEGRAM, digest_of(f"telegram:{update}".encode()), who, action, uid, answer_to)


def act(press: Press, *, ip: str, now: datetime) -> str:
    """Do what was pressed, as the person; the sentence that answers it.

    Raises NotGenuine when the same press was acted on before.
    """
    user = _person(press)
    if user is None:
        reason = f"{press.external_id} is nobody whom the portal knows."
        refuse(press.service, press.digest, reason, ip=ip, now=now, who=press.external_id)
        return f"{reason} An administrator can enter you under Chat identities."
    try:
        with transaction.atomic():
            _accept(press, user, ip=ip, now=now)
            return _carry_out(press, user, now=now)
    except PermissionDenied:
        reason = f"{user.get_username()} may not acknowledge."
        refuse(press.service, press.digest, reason, ip=ip, now=now, who=press.external_id)
        return "You may not acknowledge alerts."


def refuse(
    service: str, digest: str, reason: str, *, ip: str, now: datetime, who: str = ""
) -> None:
    """Write down what was not acted on; of a flood, which anybody can send, only in the log."""
    newest = Callback.objects.order_by("-pk").values_list("at", flat=True)
    before = list(newest[MOST_A_MINUTE - 1 : MOST_A_MINUTE])
    if before and before[0] > now - timedelta(minutes=1):
        logger.warning("a press was refused", extra={"service": service, "ip": ip, "why": reason})
        return
    Callback.objects.create(
        service=service, digest=digest, reason=reason, external_id=who, ip=ip, at=now,
        accepted=False,
    )  # fmt: skip


def digest_of(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _person(press: Press) -> User | None:
    known = ChatIdentity.objects.select_related("user").filter(
        service=press.service, external_id=press.external_id, user__is_active=True
    )
    found = known.first()
    return found.user if found else None


def _accept(press: Press, user: User, *, ip: str, now: datetime) -> None:
    """The table lets a press be accepted once."""
    try:
        with transaction.atomic():
            Callback.objects.create(
                service=press.service, digest=press.digest, external_id=press.external_id,
                user=user, ip=ip, at=now, accepted=True,
            )  # fmt: skip
    except IntegrityError as error:
        raise NotGenuine("sent a second time") from error


def _carry_out(press: Press, user: User, *, now: datetime) -> str:
    lasts = SNOOZES.get(press.action)
    if lasts is None and press.action != ACKNOWLEDGE:
        return "This button does nothing here."
    try:
        alert = Alert.objects.only("pk").get(uid=UUID(press.uid))
        if lasts is None:
            outcome = actions.acknowledge(alert.pk, by=user, via=press.service, now=now)
        else:
            outcome = actions.snooze(
                alert.pk, until=now + lasts, by=user, via=press.service, now=now
            )
    except (ValueError, Alert.DoesNotExist):
        return "This alert is not known here."
    except actions.NotOpen as refusal:
        return replies.resolved_already(refusal.alert).text
    return replies.acknowledged(outcome).text
