"""Which errors are the same error. Pure."""

from __future__ import annotations

import hashlib
import re

QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
HEXADECIMAL = re.compile(r"\b(?:0[xX])?(?=[0-9a-fA-F-]{0,64}\d)[0-9a-fA-F]+(?:-[0-9a-fA-F]+)*\b")
DIGITS = re.compile(r"\d+")
SHA1 = re.compile(r"[0-9a-f]{40}")
MASKED_LENGTH = 2_000  # characters of a message that count


def masked(message: str) -> str:
    """Blank what differs between two reports of one error: quoted parts, hex runs, digits."""
    text = QUOTED.sub("''", message[:MASKED_LENGTH])
    text = HEXADECIMAL.sub("0", text)
    return " ".join(DIGITS.sub("0", text).split())


def fingerprint(*, component: str, error_type: str, message: str) -> str:
    """Name the group of an error: SHA-1 over component, type and masked message, 40 hex digits."""
    parts = "|".join((component, error_type, masked(message)))
    return hashlib.sha1(parts.encode(), usedforsecurity=False).hexdigest()


def producer_fingerprint(name: str) -> str:
    """Take the producer's own grouping, of any form: forty hex digits stay as they are."""
    if SHA1.fullmatch(name):
        return name
    return hashlib.sha1(f"producer|{name}".encode(), usedforsecurity=False).hexdigest()
