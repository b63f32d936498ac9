"""The stream `alerts`: every change of an alert, in the agent's own fields plus ours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from alerts.receivers.base import Kind, Message, Payload, ReceiverError, Reply, Target

STREAM = "alerts"
PRODUCER = "ops-portal"
STATUSES = {"firing": "firing", "acknowledged": "acknowledged", "resolved": "resolved"}


def render(message: Message) -> Payload:
    """All values are strings. `id` is the rule name, as the agent has it; `alert_uid` is unique."""
    metrics = {"value": message.value, "threshold": message.threshold}
    fields = {
        "id": message.rule_name,
        "timestamp": str(int(message.at.timestamp() * 1000)),
        "severity": message.severity,
        "title": message.title,
        "message": message.description or message.title,
        "source": message.source,
        "metrics": json.dumps(metrics),
        "v": "1",
        "producer": PRODUCER,
        "event_id": f"{message.alert_uid}:{message.seq}",
        "alert_uid": message.alert_uid,
        "fingerprint": message.fingerprint,
        "status": STATUSES[message.state],
        "action": message.reason,
        "condition": message.condition,
        "labels": json.dumps(dict(message.labels), sort_keys=True),
        "starts_at": _iso(message.started_at),
        "ends_at": _iso(message.resolved_at) if message.resolved_at else "",
        "value": "" if message.value is None else repr(message.value),
        "threshold": "" if message.threshold is None else repr(message.threshold),
        "rule_id": "" if message.rule_id is None else str(message.rule_id),
        "url": message.url,
        "acked_by": message.acknowledged_by,
        "suppressed_by": json.dumps(list(message.suppressed_by)),
    }
    return {"fields": fields}


def append(payloads: Sequence[Payload]) -> list[Reply | ReceiverError]:
    """Append all to the stream on STREAMS_URL at once; never trims: its readers own its length.

    An answer for each. When the connection breaks, some may be there and come again; readers know
    them by their `event_id`. Every error of Redis but a refused command is worth another try.
    """
    redis = Redis.from_url(
        settings.STREAMS_URL,
        socket_timeout=5,
        socket_connect_timeout=1,
        decode_responses=True,
        retry=Retry(NoBackoff(), 0),  # the rows are tried again, with their own pauses
    )
    try:
        pipe = redis.pipeline(transaction=False)
        for payload in payloads:
            pipe.xadd(STREAM, payload["fields"])
        return [_answer(said) for said in pipe.execute(raise_on_error=False)]
    except RedisError as error:
        return [ReceiverError(str(error)) for _ in payloads]
    finally:
        redis.close()


def send(target: Target, payload: Payload, *, key: str) -> Reply:
    """Append one. Raises ReceiverError."""
    (answer,) = append([payload])
    if isinstance(answer, ReceiverError):
        raise answer
    return answer


def _answer(said: object) -> Reply | ReceiverError:
    if isinstance(said, Exception):
        transient = str(said).startswith(("OOM", "READONLY", "LOADING", "MISCONF"))
        refused = isinstance(said, ResponseError) and not transient
        return ReceiverError(str(said), permanent=refused)
    return Reply("added", str(said))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


KIND = Kind("stream", "The stream `alerts`", (), render, send, bundles=False, offered=False)
