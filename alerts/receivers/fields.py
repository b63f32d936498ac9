"""What several kinds of receiver ask for, and how what was typed is checked."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

from alerts.receivers.base import Check, Field

MOST_ADDRESSES = 20


def web_address(text: str) -> str:
    URLValidator(schemes=["https", "http"])(text)
    return text


def mail_addresses(text: str) -> str:
    """Comma separated; each one is checked."""
    addresses = [part.strip() for part in text.split(",") if part.strip()]
    if len(addresses) > MOST_ADDRESSES:
        raise ValidationError(f"At most {MOST_ADDRESSES} addresses.")
    for address in addresses:
        validate_email(address)
    return ", ".join(addresses)


def shaped(pattern: str, complaint: str) -> Check:
    """A check for texts of this form; the pattern is ours, never a person's."""
    form = re.compile(pattern, re.ASCII)

    def check(text: str) -> str:
        if not form.fullmatch(text):
            raise ValidationError(complaint)
        return text

    return check


WEBHOOK = Field("webhook", "Webhook URL", secret=True, check=web_address)
