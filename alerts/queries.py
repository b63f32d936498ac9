"""Rules that ask PromQL: asked beside the engine's loop, answered as samples that it judges.

1. A question is due by its row; it is asked again after the seconds of its rule, answered or not.
2. Each series of the answer is a sample of the rule's own metric, at the time of the question. One
   that was there and is there no longer is an absence, once.
3. A question without an answer is written down; the engine judges the rule by its policy for errors
   until there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from alerts import prometheus
from alerts.models import PrometheusServer, QueryState, Rule
from alerts.prometheus import Element, NoAnswer, Server
from alerts.recordings import Recording
from alerts.substitution import one_line
from analytics import series as store
from analytics.series import Reading
from ops_portal.lib import secrets

AT_ONCE = 4  # questions under way
MOST_DUE = 200  # questions of one turn


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one question."""

    rule: Rule
    elements: Sequence[Element] = field(default_factory=tuple)
    error: str = ""
    seconds: float = 0.0


def ask_due(*, now: datetime) -> list[Reading]:
    """Ask what is due and give the answers as readings. Takes as long as the slowest server."""
    due = _due(now)
    if not due:
        return []
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="query") as pool:
        replies = list(pool.map(lambda each: _ask(each[0], each[1], now), due))
    _write_down(replies, now=now)
    return [
        reading for reply in replies if not reply.error for reading in _readings(reply, now=now)
    ]


def failing() -> dict[int, str]:
    """The rules whose last question has no answer, and why."""
    rows = QueryState.objects.filter(rule__enabled=True).exclude(rule__query="").exclude(error="")
    return dict(rows.values_list("rule_id", "error"))


def past(rule: Rule, *, start: datetime, end: datetime) -> list[Recording]:
    """What the rule's question would have been answered in a span. Raises NoAnswer."""
    if rule.server is None:
        return []
    reach = rule.for_seconds + rule.keep_firing_seconds + rule.window_seconds
    return prometheus.span(
        _server(rule.server),
        rule.query,
        name=rule.metric,
        start=start - timedelta(seconds=reach),
        end=end,
        step=rule.query_seconds,
    )


def _due(now: datetime) -> list[tuple[Rule, Server | str]]:
    """The rules that are due, with their servers, or why there is none to ask."""
    rules = Rule.objects.filter(enabled=True).exclude(query="").exclude(asked__due_at__gt=now)
    found = rules.select_related("server").order_by("asked__due_at", "pk")[:MOST_DUE]
    return [(rule, _opened(rule.server)) for rule in found if rule.server is not None]


def _opened(row: PrometheusServer) -> Server | str:
    try:
        return _server(row)
    except secrets.WrongKey:
        return f"The token of {row} cannot be opened."


def _server(row: PrometheusServer) -> Server:
    """Raises secrets.WrongKey."""
    token = secrets.decrypt(bytes(row.secret)) if row.secret else ""
    return Server(row.url, token, float(row.timeout_seconds))


def _ask(rule: Rule, server: Server | str, now: datetime) -> Reply:
    """In a thread of its own: nothing here reads the database."""
    if isinstance(server, str):
        return Reply(rule, error=server)
    began = monotonic()
    try:
        elements = prometheus.instant(server, rule.query, at=now)
    except NoAnswer as error:
        return Reply(rule, error=one_line(str(error)), seconds=monotonic() - began)
    return Reply(rule, elements, seconds=monotonic() - began)


def _write_down(replies: Sequence[Reply], *, now: datetime) -> None:
    asked = Rule.objects.filter(pk__in=[reply.rule.pk for reply in replies])
    there = set(asked.values_list("pk", flat=True))
    for reply in replies:
        if reply.rule.pk not in there:
            continue
        told = {"answered_at": now, "series": len(reply.elements)} if not reply.error else {}
        QueryState.objects.update_or_create(
            rule_id=reply.rule.pk,
            defaults={
                "due_at": now + timedelta(seconds=reply.rule.query_seconds),
                "error": reply.error,
                "seconds": reply.seconds,
                **told,
            },
        )


def _readings(reply: Reply, *, now: datetime) -> Iterator[Reading]:
    name, answered = reply.rule.metric, set()
    for element in reply.elements:
        labels = tuple(sorted(element.labels.items()))
        answered.add(labels)
        yield Reading(name, labels, now, element.value)
    for row in store.find(name, {}):
        labels = tuple(sorted(row.labels.items()))
        if row.last_value is not None and labels not in answered:
            yield Reading(name, labels, now, None)
