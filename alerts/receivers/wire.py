"""What every receiver that speaks HTTP shares: one post, and what its answer means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from alerts.receivers.base import ReceiverError, Reply
from ops_portal.lib import http

KEPT = 200  # characters of an answer
PASSING = {408, 425, 429}  # refusals that another try may overcome


def post_json(
    url: str,
    body: Any,
    *,
    key: str,
    headers: Mapping[str, str] | None = None,
    method: str = "POST",
) -> Reply:
    """Send the JSON. Raises ReceiverError."""
    content = json.dumps(body, ensure_ascii=False).encode()
    sent = {"Content-Type": "application/json", **(headers or {})}
    return post(url, content, key=key, headers=sent, method=method)


def post(
    url: str,
    content: bytes,
    *,
    key: str,
    headers: Mapping[str, str],
    method: str = "POST",
) -> Reply:
    """Send the bytes under their idempotency key. Raises ReceiverError.

    Permanent: any 4xx but 408, 425 and 429, a redirect, an address that must not be reached.
    """
    try:
        answer = http.request(
            method, url, content=content, headers={"Idempotency-Key": key, **headers}
        )
    except http.Forbidden as error:
        raise ReceiverError(str(error), permanent=True) from error
    except http.Unreachable as error:
        raise ReceiverError(str(error)) from error
    status = str(answer.status)
    if 200 <= answer.status < 300:
        return Reply(status, answer.text)
    raise ReceiverError(
        f"The other side answered {status}.",
        permanent=answer.status < 500 and answer.status not in PASSING,
        retry_after=answer.retry_after,
        status=status,
        response=answer.text[:KEPT],
    )


def answered(reply: Reply) -> dict[str, Any]:
    """The JSON object of an answer; blank when it is none."""
    try:
        told = json.loads(reply.response)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
