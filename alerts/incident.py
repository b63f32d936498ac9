"""What happened, as a report to keep: the facts of an alert and its timeline, in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils import timezone

from alerts.around import lasted_seconds, sentence
from alerts.measures import measured
from alerts.models import Alert, Transition
from alerts.substitution import one_line, plain_lines
from alerts.summary import person
from alerts.timeline import Item, Try

TAKEN = (Transition.Action.ACKNOWLEDGED, Transition.Action.SNOOZED)
MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def facts(alert: Alert) -> list[tuple[str, str]]:
    """(name, value) pairs, one line each; those without a value are left out."""
    taken = alert.transitions.filter(action__in=TAKEN).select_related("actor").first()
    lasted = lasted_seconds(alert)
    pairs = [
        ("Severity", alert.severity),
        ("State", alert.state),
        ("Rule", f"{alert.rule_name}: {sentence(alert.rule_snapshot)}".rstrip(": ")),
        ("Labels", ", ".join(f"{name}={text}" for name, text in sorted(alert.labels.items()))),
        ("Fired", _moment(alert.started_at)),
        ("Value", _values(alert)),
        ("First taken", _after(taken, alert) if taken else "by nobody"),
        ("Assigned to", person(alert.assignee) if alert.assignee else ""),
        ("Resolved", _moment(alert.resolved_at) if alert.resolved_at else ""),
        ("Resolved by", _ended(alert)),
        ("Lasted", _seconds(lasted) if lasted is not None else ""),
        ("Before it", f"#{alert.previous_id}" if alert.previous_id else ""),
        ("Runbook", alert.runbook_url),
    ]
    return [(name, one_line(text, longest=1_000)) for name, text in pairs if text]


def markdown(alert: Alert, items: Sequence[Item], *, address: str) -> str:
    """The report as Markdown; whatever people or machines wrote stays text."""
    lines = [f"# \\#{alert.pk} {_plain(one_line(alert.title))}", ""]
    lines += [f"- **{name}:** {_plain(text)}" for name, text in facts(alert)]
    lines += [f"- **Page:** <{address}>"]
    if alert.description:
        lines += ["", *_quoted(alert.description, "")]
    lines += ["", f"## Timeline, times in {timezone.get_current_timezone_name()}", ""]
    for item in items:
        lines += _entry(item, alert)
    return "\n".join([*lines, ""])


def _entry(item: Item, alert: Alert) -> Iterator[str]:
    who = f" by {_plain(item.who)}" if item.who else ""
    value = f", at {measured(item.value, alert.rule_snapshot)}" if item.value is not None else ""
    yield f"- `{_moment(item.at)}` **{_plain(one_line(item.title))}**{who}{value}"
    if item.text:
        yield ""
        yield from _quoted(item.text, "  ")
        yield ""
    for attempt in item.tries:
        yield f"  - {_plain(_told(attempt))}"


def _told(attempt: Try) -> str:
    outcome = "delivered" if attempt.ok else "failed"
    status = f" ({attempt.status})" if attempt.status else ""
    error = f": {one_line(attempt.error)}" if attempt.error else ""
    return f"Attempt {attempt.n}: {outcome}{status} in {attempt.seconds:.2f} s{error}"


def _quoted(text: str, margin: str) -> Iterator[str]:
    for line in plain_lines(text).split("\n"):
        yield f"{margin}> {_plain(line)}".rstrip()


def _plain(text: str) -> str:
    return MARKUP.sub(r"\\\1", text)


def _values(alert: Alert) -> str:
    now, worst, limit = (
        measured(value, alert.rule_snapshot)
        for value in (alert.value, alert.peak_value, alert.threshold)
    )
    return f"{now}, worst {worst}" + (f", limit {limit}" if alert.threshold is not None else "")


def _ended(alert: Alert) -> str:
    if alert.resolved_at is None:
        return ""
    return person(alert.resolved_by) if alert.resolved_by else "itself"


def _after(taken: Transition, alert: Alert) -> str:
    who = person(taken.actor) if taken.actor else "nobody"
    return f"by {who}, after {_seconds((taken.at - alert.started_at).total_seconds())}"


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S %Z}"


def _seconds(seconds: float) -> str:
    """`3 min 20 s`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"
